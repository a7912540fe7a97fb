/** Questions as component state: what is shown stays until the new answer is there. */
import { signal } from '@preact/signals';
import { useEffect, useState } from 'preact/hooks';
import type { TypedDocumentString } from '../gql/types';
import { ask, type Failure } from '../net/http';
import { epoch } from '../net/reach';

export type Asked<T> = { data?: T; error?: Failure; busy: boolean; kept?: number; again: () => void };

/** Goes up, a moment after something happened: what shows the newest is then asked for again. */
export const pulse = signal(0);

/** Asks whenever the variables change. `null` asks nothing. `live` asks again when something happened. */
export function useAsk<R, V>(
  doc: TypedDocumentString<R, V>,
  variables: V | null,
  options: { keep?: boolean; live?: boolean } = {},
): Asked<R> {
  const [state, set] = useState<Omit<Asked<R>, 'again'>>({ busy: variables !== null });
  const [turn, setTurn] = useState(0);
  const name = variables === null ? null : JSON.stringify(variables);
  const beat = options.live ? pulse.value : 0;
  const round = epoch.value;
  useEffect(() => {
    if (variables === null) return;
    const stop = new AbortController();
    set((now) => ({ ...now, busy: true }));
    ask(doc, variables, { signal: stop.signal, keep: options.keep ?? false }).then(
      ({ data, kept }) => set({ data, busy: false, ...(kept === undefined ? {} : { kept }) }),
      (error: Failure) => {
        if (!stop.signal.aborted) set((now) => ({ ...now, error, busy: false }));
      },
    );
    return () => stop.abort();
  }, [doc, name, turn, beat, round]);
  return { ...state, again: () => setTurn((n) => n + 1) };
}
