/** What changed in the companion since this browser was here last. */
import { useEffect, useState } from 'preact/hooks';
import { DiffDocument } from '../../gql/types';
import { head } from '../../state/happened';
import { branch, isPast } from '../../state/place';
import { useAsk } from '../../state/use';
import { known, t } from '../../words';

const NAME = 'aico.seen';

function seen(): number {
  try {
    return Number(localStorage.getItem(NAME)) || 0;
  } catch {
    return 0;
  }
}

export function SinceThen() {
  const [then] = useState(seen);
  const now = head.value;
  useEffect(() => {
    if (now === 0 || branch.value !== 'main') return;
    try {
      localStorage.setItem(NAME, String(now));
    } catch {
      /* Then every visit is the first. */
    }
  }, [now]);
  const [from, setFrom] = useState<number | null>(null);
  // Asked once, at the beginning of the visit.
  useEffect(() => {
    if (from === null && now > 0) setFrom(now);
  }, [now]);
  const worth = then > 0 && from !== null && then < from && branch.value === 'main' && !isPast.value;
  const { data } = useAsk(DiffDocument, worth ? { from: String(then), to: String(from), branch: null } : null);
  if (!data) return null;
  const changes = data.stateDiff.changes;
  const facts = changes.filter((c) => c.path.startsWith('facts') && c.before === null).length;
  const mood = changes.find((c) => c.path === 'mood.label');
  const messages = changes
    .filter((c) => c.path.endsWith('.messages'))
    .reduce((sum, c) => sum + (Number(c.after) || 0) - (Number(c.before) || 0), 0);
  const parts = [
    messages > 0 && t('talk.changed.messages', { n: messages }),
    facts > 0 && t('talk.changed.facts', { n: facts }),
    mood && t('talk.changed.mood', { from: known('mood', String(mood.before)), to: known('mood', String(mood.after)) }),
  ].filter(Boolean);
  if (!parts.length) return null;
  return (
    <div class="since">
      <h3>{t('talk.changed')}</h3>
      <ul>
        {parts.map((part) => (
          <li key={String(part)}>{part}</li>
        ))}
      </ul>
    </div>
  );
}
