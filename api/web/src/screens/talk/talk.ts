/** What the talk screen shares: the list of conversations, the thread on the screen, drafts. */
import { effect, signal, untracked } from '@preact/signals';
import { ConversationsDocument, MeDocument, type ConversationsQuery, type MeQuery } from '../../gql/types';
import { ask, type Failure } from '../../net/http';
import { onSent, post } from '../../net/outbox';
import { epoch } from '../../net/reach';
import * as sealed from '../../net/sealed';
import { entry } from '../../net/session';
import { onEvent } from '../../state/happened';
import { basis, branch, go, isPast, item, restAt, screen } from '../../state/place';
import { Thread } from '../../state/thread';
import { pulse } from '../../state/use';

export type Talked = ConversationsQuery['conversations']['items'][number];

export const me = signal<MeQuery['me'] | null>(null);
export const talks = signal<readonly Talked[] | null>(null);
export const talksTrouble = signal<Failure | null>(null);
export const thread = signal<Thread | null>(null);
/** Whether the next conversation that begins is private. */
export const beginPrivate = signal(false);
/** Where the thread should open: the position of a message. */
export const openAt = signal<number | null>(null);

/** The companion's name. */
export function itsName(): string {
  return me.value?.companion.name ?? 'AICO';
}

/** What `item` says when a new conversation is begun. */
export const NEW = 'new';

export function startTalk(): void {
  effect(() => {
    void epoch.value;
    const variables = basis.value;
    if (variables.at === null) void pulse.value;
    if (entry.value !== 'in') return;
    ask(ConversationsDocument, { ...variables, first: 500 }, { keep: true }).then(
      ({ data }) => {
        talks.value = data.conversations.items;
        talksTrouble.value = null;
      },
      (error: Failure) => {
        talksTrouble.value = error;
      },
    );
    ask(MeDocument, variables, { keep: true }).then(({ data }) => (me.value = data.me), () => undefined);
  });
  // The first visit shows the newest conversation, or how to begin one.
  effect(() => {
    const list = talks.value;
    if (screen.value !== 'talk' || item.value !== null || list === null) return;
    if (list.length === 0) return void untracked(() => go({ item: NEW }, true));
    if (matchMedia('(min-width: 760px)').matches) untracked(() => go({ item: list[0]!.id }, true));
  });
  effect(() => {
    const id = item.value;
    const variables = basis.value;
    void epoch.value;
    if (screen.value !== 'talk' || entry.value !== 'in') return;
    untracked(() => {
      const before = thread.value;
      if (!id || id === NEW) {
        before?.close();
        thread.value = null;
        return;
      }
      const around = openAt.value ?? undefined;
      openAt.value = null;
      if (before && before.id === id && before.at === variables.at && before.branch === variables.branch && !around) {
        if (before.kept.value !== null || before.trouble.value) void before.load();
        else void before.catchUp();
        return;
      }
      before?.close();
      const next = new Thread(id, variables.at, variables.branch);
      thread.value = next;
      void next.load(around);
    });
  });
  onEvent((event) => {
    const shown = thread.value;
    if (shown && shown.at === null) void shown.hear(event);
  });
  onSent((parcel, sent) => {
    const here = thread.value?.id === sent.conversation;
    // A conversation that has just begun here is shown from now on, also when it was sent before the list was there.
    if (!here && screen.value === 'talk' && (item.value === NEW || item.value === null) && parcel.conversation === null) {
      const fresh = new Thread(sent.conversation, null, parcel.branch);
      fresh.loading.value = false;
      thread.value = fresh;
      go({ item: sent.conversation }, true);
      void fresh.load().then(() => fresh.add(sent.message, parcel.text, sent.position));
    }
    const shown = thread.value;
    if (shown?.id !== sent.conversation || shown.at !== null) return;
    shown.sent.value = sent.message;
    shown.add(sent.message, parcel.text, sent.position);
    shown.begin(sent.run, sent.message);
  });
}

/** Says something, here or in a conversation that begins with it. */
export async function say(text: string): Promise<void> {
  const id = item.value;
  const conversation = id && id !== NEW ? id : null;
  const quietly = beginPrivate.value;
  beginPrivate.value = false;
  await post({ text, conversation, branch: branch.value === 'main' ? null : branch.value, private: quietly });
}

/** Opens a conversation, at a message. */
export function openMessage(conversation: string, position: number): void {
  openAt.value = position;
  if (item.value === conversation && screen.value === 'talk') {
    const shown = thread.value;
    openAt.value = null;
    if (shown) void shown.load(position);
    if (shown) shown.goal.value = position;
    return;
  }
  go({ screen: 'talk', item: conversation });
  if (thread.value) thread.value.goal.value = position;
}

export function canWrite(): boolean {
  return !isPast.value && restAt.value === null;
}

/** A draft per conversation, kept sealed, so that nothing typed is lost by a reload, a lost server or an old pass. */
export async function keepDraft(name: string, text: string): Promise<void> {
  if (text) await sealed.put('drafts', name, text);
  else await sealed.remove('drafts', name);
}

export async function draftOf(name: string): Promise<string> {
  return (await sealed.get<string>('drafts', name))?.value ?? '';
}
