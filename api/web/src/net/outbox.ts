/** Messages on their way. Each is kept, sealed, until the server has it; its command id makes sending twice harmless. */
import { effect, signal } from '@preact/signals';
import { BeginDocument, SendDocument, type SendMutation } from '../gql/types';
import { commandId, Failure, tell } from './http';
import { reachable } from './reach';
import * as sealed from './sealed';
import { entry } from './session';

export type Parcel = {
  commandId: string;
  text: string;
  conversation: string | null;
  /** For a new conversation: how it begins. */
  begin?: { commandId: string; private: boolean };
  branch: string | null;
  at: string;
  trouble?: string;
  /** It is kept by this browser, and outlives the page. */
  kept?: boolean;
  /** It cannot be taken as it is: only the person can help. */
  stuck?: boolean;
};

export const parcels = signal<Parcel[]>([]);

type Sent = SendMutation['sendMessage'];
type Listener = (parcel: Parcel, sent: Sent) => void;
const listeners = new Set<Listener>();

/** Hears of each message that was taken. */
export function onSent(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function replace(parcel: Parcel): void {
  parcels.value = parcels.value.map((p) => (p.commandId === parcel.commandId ? parcel : p));
}

function drop(parcel: Parcel): void {
  parcels.value = parcels.value.filter((p) => p.commandId !== parcel.commandId);
  void sealed.remove('outbox', parcel.commandId);
}

/** Takes a message. It is in the outbox, and kept, before anything is sent. */
export async function post(given: Pick<Parcel, 'text' | 'conversation' | 'branch'> & { private?: boolean }): Promise<void> {
  const { private: quiet, ...rest } = given;
  const parcel: Parcel = {
    ...rest,
    commandId: commandId(),
    at: new Date().toISOString(),
    ...(given.conversation === null ? { begin: { commandId: commandId(), private: quiet ?? false } } : {}),
  };
  parcels.value = [...parcels.value, parcel];
  await sealed.put('outbox', parcel.commandId, { ...parcel, kept: true });
  replace({ ...parcel, kept: true });
  void flush();
}

/** Takes a message back that was not sent. */
export function withdraw(parcel: Parcel): void {
  drop(parcel);
}

let flushing = false;

/** Sends what waits, in order. */
export async function flush(): Promise<void> {
  if (flushing || entry.value !== 'in') return;
  flushing = true;
  try {
    for (;;) {
      const parcel = parcels.value.find((p) => p.kept && !p.stuck);
      if (!parcel) break;
      try {
        const sent = await send(parcel);
        drop(parcel);
        for (const listener of listeners) listener(parcel, sent);
      } catch (error) {
        const failure = error as Failure;
        // Lost or let out: it waits. Refused: it would be refused again.
        const stuck = failure.kind === 'refused';
        replace({ ...parcel, trouble: failure.message, stuck });
        if (!stuck) break;
      }
    }
  } finally {
    flushing = false;
  }
}

async function send(parcel: Parcel): Promise<Sent> {
  let { conversation } = parcel;
  if (conversation === null && parcel.begin) {
    const begun = await tell(BeginDocument, { ...parcel.begin, title: null, branch: parcel.branch });
    conversation = begun.startConversation.conversation;
  }
  const { commandId: id, text, branch } = parcel;
  return (await tell(SendDocument, { commandId: id, text, conversation, branch })).sendMessage;
}

/** Reads what an earlier window left, and sends whenever the server is there. */
export async function startOutbox(): Promise<void> {
  const waiting = await sealed.all<Parcel>('outbox');
  const known = new Set(parcels.value.map((p) => p.commandId));
  parcels.value = [...waiting.map((w) => w.value).filter((p) => !known.has(p.commandId)), ...parcels.value];
  effect(() => {
    if (reachable.value && entry.value === 'in') void flush();
  });
}
