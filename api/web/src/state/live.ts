/** Replies that are being written. Words arrive in pieces and are shown once per frame. */
import { signal, type Signal } from '@preact/signals';
import { DeltasDocument, type DeltasSubscription } from '../gql/types';
import { follow } from '../net/live';
import { sentence, status } from '../ui/announce';
import { t } from '../words';

type End = NonNullable<DeltasSubscription['replyDeltas']['ended']>;

/** A reply on its way. `state` is `waiting` until the first word. */
export type Live = {
  run: string;
  conversation: string;
  /** The message that it answers. */
  message: string;
  text: Signal<string>;
  thinking: Signal<string>;
  state: Signal<'waiting' | 'writing' | 'done'>;
  end: Signal<End | null>;
  trouble: Signal<string | null>;
};

export const runs = signal<ReadonlyMap<string, Live>>(new Map());
const stops = new Map<string, () => void>();

/** The reply that is being written to a message. */
export function liveFor(message: string): Live | undefined {
  return [...runs.value.values()].find((live) => live.message === message && live.state.value !== 'done');
}

/** Follows a run, from its first word. Does nothing when it is followed already. */
export function watch(run: string, conversation: string, message: string, ended: (end: End | null) => void): void {
  if (runs.value.has(run)) return;
  const live: Live = {
    run,
    conversation,
    message,
    text: signal(''),
    thinking: signal(''),
    state: signal('waiting'),
    end: signal(null),
    trouble: signal(null),
  };
  runs.value = new Map(runs.value).set(run, live);
  status(t('says.started'));
  const variables = { runId: run, fromChar: 0 };
  let text = '';
  let thinking = '';
  let frame = 0;
  const show = (): void => {
    frame = 0;
    live.text.value = text;
    live.thinking.value = thinking;
  };
  const finish = (end: End | null): void => {
    cancelAnimationFrame(frame);
    show();
    live.end.value = end;
    live.state.value = 'done';
    stops.get(run)?.();
    stops.delete(run);
    ended(end);
  };
  stops.set(
    run,
    follow(
      DeltasDocument,
      variables,
      ({ replyDeltas: piece }) => {
        // Taken up again after a loss: what is there already is not added twice.
        const known = variables.fromChar - piece.fromChar;
        const fresh = known > 0 ? [...piece.text].slice(known).join('') : piece.text;
        text += fresh;
        thinking += piece.thinking;
        variables.fromChar += [...fresh].length;
        if (text) live.state.value = 'writing';
        if (fresh) sentence(text);
        frame ||= requestAnimationFrame(show);
        if (piece.ended) finish(piece.ended);
      },
      (trouble) => {
        if (live.state.value === 'done') return;
        live.trouble.value = trouble ?? null;
        finish(null);
      },
    ),
  );
}

/** Forgets a run whose message is now shown from the log. */
export function forget(run: string): void {
  if (!runs.value.has(run)) return;
  const next = new Map(runs.value);
  next.delete(run);
  runs.value = next;
}
