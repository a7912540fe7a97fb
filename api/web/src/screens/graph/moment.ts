/** The moment of both clocks: what was known then is set by the bar, what held then here. */
import { signal } from '@preact/signals';
import { basis } from '../../state/place';

/** `now`, `ever`, or a day. */
export const holds = signal<string>('now');

type Moment = { asOf: { known: string | null; valid: string | null }; branch: string | null };

/** Arguments of every question to the graph. */
export function moment(): Moment {
  const valid = holds.value === 'ever' ? null : holds.value === 'now' ? 'now' : `${holds.value}T12:00:00Z`;
  return { asOf: { known: basis.value.at, valid }, branch: basis.value.branch };
}

/** The moment that "is over" means, in milliseconds: that of the picture. */
export function shownTime(basisTime: string | null): number {
  if (holds.value !== 'now' && holds.value !== 'ever') return Date.parse(`${holds.value}T12:00:00Z`);
  return basis.value.at === null || !basisTime ? Date.now() : Date.parse(basisTime);
}
