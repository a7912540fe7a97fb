/** The one subscription to everything that happens on the line of history that is shown. */
import { effect, signal } from '@preact/signals';
import { FrameDocument, HappenedDocument, type HappenedSubscription } from '../gql/types';
import { ask } from '../net/http';
import { follow } from '../net/live';
import { epoch } from '../net/reach';
import { entry } from '../net/session';
import { branch } from './place';
import { pulse } from './use';

export type Happening = HappenedSubscription['events'] & { body: Record<string, unknown> | null };

/** The newest position that was seen, and when it was recorded. */
export const head = signal(0);
export const headTime = signal<string | null>(null);

const listeners = new Set<(event: Happening) => void>();

/** Hears every event until the returned function is called. */
export function onEvent(listener: (event: Happening) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

let beat: ReturnType<typeof setTimeout> | undefined;

function heard(event: Happening): void {
  head.value = event.position;
  headTime.value = event.recordedAt;
  for (const listener of listeners) listener(event);
  // One turn is a dozen events in a row: they are one change.
  clearTimeout(beat);
  beat = setTimeout(() => {
    pulse.value += 1;
  }, 350);
}

/** Begins to listen, and begins anew on another branch. */
export function startListening(): void {
  let stop: (() => void) | undefined;
  let round = 0;
  effect(() => {
    const name = branch.value;
    const inside = entry.value === 'in';
    void epoch.value;
    stop?.();
    stop = undefined;
    if (!inside) return;
    round += 1;
    const mine = round;
    ask(FrameDocument, { at: null, branch: name === 'main' ? null : name }).then(
      ({ data }) => {
        if (mine !== round) return;
        head.value = data.basis.position;
        headTime.value = data.basis.time;
        pulse.value += 1;
        const variables = { after: data.basis.position, branch: name };
        stop = follow(HappenedDocument, variables, ({ events: event }) => {
          if (event.position <= variables.after) return;
          variables.after = event.position;
          heard(event as Happening);
        });
      },
      () => undefined, // Lost or out: `epoch` or `entry` will change.
    );
  });
}
