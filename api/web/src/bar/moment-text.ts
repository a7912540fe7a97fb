/** A moment as people write it: `41203`, `yesterday 9pm`, `2 hours ago`, `gestern 21:00`, `vor 3 Tagen`, `2026-11-23 14:02`. */

const UNITS: [RegExp, number][] = [
  [/^(s|sec|second|sekunde)/, 1],
  [/^(min|minute)/, 60],
  [/^(h|hour|stunde|std)/, 3_600],
  [/^(d|day|tag)/, 86_400],
  [/^(w|week|woche)/, 604_800],
  [/^(month|monat)/, 2_592_000],
];

const WEEKDAYS = [
  ['sunday', 'sonntag'],
  ['monday', 'montag'],
  ['tuesday', 'dienstag'],
  ['wednesday', 'mittwoch'],
  ['thursday', 'donnerstag'],
  ['friday', 'freitag'],
  ['saturday', 'samstag'],
];

/** `9pm`, `21:00`, `9 Uhr`: minutes since midnight. */
function clock(text: string): number | null {
  const match = /^(?:at |um )?(\d{1,2})(?::(\d{2}))?\s*(am|pm|uhr)?$/.exec(text.trim());
  if (!match) return null;
  let hour = Number(match[1]);
  const minute = Number(match[2] ?? 0);
  if (match[3] === 'pm' && hour < 12) hour += 12;
  if (match[3] === 'am' && hour === 12) hour = 0;
  return hour < 24 && minute < 60 ? hour * 60 + minute : null;
}

function atClock(day: Date, rest: string): string | null {
  const minutes = rest.trim() ? clock(rest) : 12 * 60;
  if (minutes === null) return null;
  const moment = new Date(day.getFullYear(), day.getMonth(), day.getDate(), 0, minutes);
  return moment.toISOString();
}

/** What `asOf` takes for it: a position or a time; `null` when it is no moment. */
export function momentOf(text: string, now = new Date()): string | null {
  const given = text.trim().toLowerCase();
  if (/^#?[\d.,\s]*\d$/.test(given) && !/^\d{1,2}\.\d{1,2}\./.test(given)) {
    const position = given.replace(/[#.,\s]/g, '');
    return Number(position) > 0 ? String(Number(position)) : null;
  }
  if (given === 'now' || given === 'jetzt') return 'latest';
  const back = /^(?:vor |before )?(\d+|an?|one|einem|einer)\s*([a-zä]+)(?: ago)?$/.exec(given);
  if (back && (given.startsWith('vor ') || given.endsWith(' ago'))) {
    const count = Number(back[1]) || 1;
    const unit = UNITS.find(([pattern]) => pattern.test(back[2] ?? ''));
    return unit ? new Date(now.getTime() - count * unit[1] * 1000).toISOString() : null;
  }
  const [first = '', ...rest] = given.split(/[\s,]+/);
  const days = { today: 0, heute: 0, yesterday: 1, gestern: 1, vorgestern: 2 }[first];
  if (days !== undefined) return atClock(new Date(now.getTime() - days * 86_400_000), rest.join(' '));
  const weekday = WEEKDAYS.findIndex((names) => names.some((name) => first.length > 1 && name.startsWith(first)));
  if (weekday >= 0) {
    const passed = (now.getDay() - weekday + 7) % 7 || 7;
    return atClock(new Date(now.getTime() - passed * 86_400_000), rest.join(' '));
  }
  const german = /^(\d{1,2})\.(\d{1,2})\.(\d{4})?\s*(.*)$/.exec(given);
  if (german) {
    const day = new Date(Number(german[3] ?? now.getFullYear()), Number(german[2]) - 1, Number(german[1]));
    return atClock(day, german[4] ?? '');
  }
  const iso = /^(\d{4})-(\d{2})-(\d{2})(?:[t\s]+(.*))?$/.exec(given);
  if (iso) {
    if (/z$|[+-]\d{2}:\d{2}$/.test(given)) return text.trim();
    return atClock(new Date(Number(iso[1]), Number(iso[2]) - 1, Number(iso[3])), iso[4] ?? '');
  }
  const minutes = clock(given);
  return minutes === null ? null : atClock(now, given);
}
