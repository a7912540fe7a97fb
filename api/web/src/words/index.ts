/** Texts from one catalogue, in the language of this browser. */
import { language } from '../state/prefs';
import { de } from './de';
import { en } from './en';

export type Word = keyof typeof en;

const CATALOGUES: Record<string, Record<Word, string>> = { en, de };

/** A text. `{name}` stands for a value; `{n|one|many}` chooses by the number `n`. */
export function t(word: Word, values: Record<string, string | number> = {}): string {
  const text = (CATALOGUES[language.value] ?? en)[word];
  return text.replace(/\{(\w+)(?:\|([^|}]*)\|([^}]*))?\}/g, (_, name: string, one?: string, many?: string) => {
    const value = values[name] ?? '';
    if (one === undefined) return typeof value === 'number' ? number(value) : value;
    return value === 1 ? one : (many ?? '');
  });
}

/** A word that the server gave, in this language where the catalogue has it. */
export function known(prefix: string, name: string): string {
  const word = `${prefix}.${name}`;
  const catalogue = CATALOGUES[language.value] ?? en;
  return (catalogue as Record<string, string>)[word] ?? name.replaceAll('_', ' ');
}

function locale(): string {
  return language.value === 'de' ? 'de-DE' : 'en-GB';
}

export function number(value: number, digits = 0): string {
  return value.toLocaleString(locale(), { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

export function percent(value: number): string {
  return value.toLocaleString(locale(), { style: 'percent', maximumFractionDigits: 0 });
}

const DAY = 86_400_000;

function startOfDay(date: Date): number {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}

/** `14:02`, `Tue 14:02`, `3 May`, `3 May 2025`: as much as is needed to know when. */
export function when(time: string | null | undefined, exact = false): string {
  if (!time) return '';
  const date = new Date(time);
  const clock = date.toLocaleTimeString(locale(), { hour: '2-digit', minute: '2-digit' });
  const days = Math.round((startOfDay(new Date()) - startOfDay(date)) / DAY);
  if (days === 0) return clock;
  const sameYear = date.getFullYear() === new Date().getFullYear();
  if (days === 1) return exact ? `${t('time.yesterday')} ${clock}` : t('time.yesterday');
  if (days > 1 && days < 7) {
    const day = date.toLocaleDateString(locale(), { weekday: 'short' });
    return exact ? `${day} ${clock}` : day;
  }
  const day = date.toLocaleDateString(locale(), { day: 'numeric', month: 'short', ...(sameYear ? {} : { year: 'numeric' }) });
  return exact ? `${day}, ${clock}` : day;
}

/** The whole of it, for titles. */
export function fully(time: string | null | undefined): string {
  return time ? new Date(time).toLocaleString(locale(), { dateStyle: 'full', timeStyle: 'medium' }) : '';
}

/** A day as a heading. */
export function day(time: string): string {
  const date = new Date(time);
  const days = Math.round((startOfDay(new Date()) - startOfDay(date)) / DAY);
  if (days === 0) return t('time.today');
  if (days === 1) return t('time.yesterday');
  return date.toLocaleDateString(locale(), {
    weekday: 'long', day: 'numeric', month: 'long',
    ...(date.getFullYear() === new Date().getFullYear() ? {} : { year: 'numeric' }),
  });
}

/** `3 days ago`. */
export function ago(time: string | null | undefined): string {
  if (!time) return '';
  const seconds = (Date.parse(time) - Date.now()) / 1000;
  const format = new Intl.RelativeTimeFormat(locale(), { numeric: 'auto' });
  const steps: [Intl.RelativeTimeFormatUnit, number][] = [['second', 60], ['minute', 60], ['hour', 24], ['day', 30], ['month', 12], ['year', 1e9]];
  let value = seconds;
  for (const [unit, size] of steps) {
    if (Math.abs(value) < size) return format.format(Math.round(value), unit);
    value /= size;
  }
  return '';
}

/** `9 h`, `3 d`: a stretch of time. */
export function stretch(milliseconds: number): string {
  const minutes = milliseconds / 60_000;
  if (minutes < 90) return t('time.minutes', { n: Math.round(minutes) });
  if (minutes < 36 * 60) return t('time.hours', { n: Math.round(minutes / 60) });
  return t('time.days', { n: Math.round(minutes / 1440) });
}
