/**
 * What this browser keeps for the time without a server: answers for reading, and messages that wait to be sent.
 *
 * Everything is sealed with AES-256-GCM under a key that cannot be taken out of the browser; forgetting the key forgets
 * all of it. Outside a secure context there is no such key, and nothing is kept.
 */
import { openDB, type IDBPDatabase } from 'idb';

type Sealed = { iv: Uint8Array<ArrayBuffer>; data: ArrayBuffer; at: number };
type Box = 'answers' | 'outbox' | 'drafts';

const MAX_ANSWERS = 400;

export const canKeep = typeof indexedDB !== 'undefined' && typeof crypto?.subtle !== 'undefined';

let opened: Promise<{ db: IDBPDatabase; key: CryptoKey }> | undefined;

async function open(): Promise<{ db: IDBPDatabase; key: CryptoKey }> {
  const db = await openDB('aico', 1, {
    upgrade(fresh) {
      for (const box of ['keys', 'answers', 'outbox', 'drafts']) fresh.createObjectStore(box);
    },
  });
  let key = (await db.get('keys', 'seal')) as CryptoKey | undefined;
  if (!key) {
    const made = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
    // Another tab may have been faster: the first key stays.
    const turn = db.transaction('keys', 'readwrite');
    const first = (await turn.store.get('seal')) as CryptoKey | undefined;
    if (!first) await turn.store.put(made, 'seal');
    await turn.done;
    key = first ?? made;
  }
  return { db, key };
}

function store(): Promise<{ db: IDBPDatabase; key: CryptoKey }> {
  opened ??= open();
  return opened;
}

/** Keeps a value. `false` when it could not be kept: there is no room, or no secure context. */
export async function put(box: Box, name: string, value: unknown): Promise<boolean> {
  if (!canKeep) return false;
  try {
    const { db, key } = await store();
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const plain = new TextEncoder().encode(JSON.stringify(value));
    const data = await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData: nameOf(box, name) }, key, plain);
    await db.put(box, { iv, data, at: Date.now() } satisfies Sealed, name);
    return true;
  } catch {
    return false;
  }
}

function nameOf(box: Box, name: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`${box}/${name}`);
}

async function unseal<T>(key: CryptoKey, box: Box, name: string, sealed: Sealed): Promise<T> {
  const opening = { name: 'AES-GCM', iv: sealed.iv, additionalData: nameOf(box, name) };
  const plain = await crypto.subtle.decrypt(opening, key, sealed.data);
  return JSON.parse(new TextDecoder().decode(plain)) as T;
}

/** A value that was kept, and since when. */
export async function get<T>(box: Box, name: string): Promise<{ value: T; at: number } | undefined> {
  if (!canKeep) return undefined;
  try {
    const { db, key } = await store();
    const sealed = (await db.get(box, name)) as Sealed | undefined;
    return sealed && { value: await unseal<T>(key, box, name, sealed), at: sealed.at };
  } catch {
    return undefined;
  }
}

/** All of a box, the oldest first. */
export async function all<T>(box: Box): Promise<{ name: string; value: T }[]> {
  if (!canKeep) return [];
  try {
    const { db, key } = await store();
    const names = (await db.getAllKeys(box)) as string[];
    const found = await Promise.all(
      names.map(async (name) => {
        const sealed = (await db.get(box, name)) as Sealed;
        return { name, at: sealed.at, value: await unseal<T>(key, box, name, sealed) };
      }),
    );
    return found.sort((a, b) => a.at - b.at);
  } catch {
    return [];
  }
}

export async function remove(box: Box, name: string): Promise<void> {
  if (!canKeep) return;
  const { db } = await store();
  await db.delete(box, name);
}

/** Drops the oldest answers over the limit. */
export async function prune(): Promise<void> {
  if (!canKeep) return;
  const { db } = await store();
  const names = (await db.getAllKeys('answers')) as string[];
  if (names.length <= MAX_ANSWERS) return;
  const dated = await Promise.all(
    names.map(async (name) => ({ name, at: ((await db.get('answers', name)) as Sealed).at })),
  );
  dated.sort((a, b) => a.at - b.at);
  for (const { name } of dated.slice(0, names.length - MAX_ANSWERS)) await db.delete('answers', name);
}

/** Forgets everything of this browser, the key first. */
export async function forgetAll(): Promise<void> {
  if (!canKeep) return;
  const { db } = await store();
  for (const box of ['keys', 'answers', 'outbox', 'drafts']) await db.clear(box);
  opened = undefined;
}
