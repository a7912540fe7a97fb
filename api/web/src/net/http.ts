/** Questions and commands over HTTP. */
import type { TypedDocumentString } from '../gql/types';
import { back, lost } from './reach';
import * as sealed from './sealed';
import { pass, passEnded } from './session';

/** Why there is no answer. `code` is the stable code of the server, where it gave one. */
export class Failure extends Error {
  constructor(
    readonly kind: 'lost' | 'out' | 'refused',
    message: string,
    readonly code?: string,
  ) {
    super(message);
  }
}

export type Answer<T> = { data: T; /** Set when it comes from this browser: since when. */ kept?: number };

type Options = {
  signal?: AbortSignal;
  /** Keep the answer for the time without a server. */
  keep?: boolean;
};

type Doc<R, V> = TypedDocumentString<R, V>;
type Wire<R> = { data?: R | null; errors?: { message: string; extensions?: { code?: string } }[] };

/** Answers about a fixed position never change. */
const settled = new Map<string, unknown>();
const MAX_SETTLED = 256;

function remember(name: string, data: unknown): void {
  settled.set(name, data);
  if (settled.size > MAX_SETTLED) settled.delete(settled.keys().next().value as string);
}

async function post<R>(query: string, variables: unknown, signal?: AbortSignal): Promise<R> {
  let response: Response;
  try {
    response = await fetch('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${pass.value ?? ''}` },
      body: JSON.stringify({ query, variables }),
      signal: signal ?? null,
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    lost();
    throw new Failure('lost', 'the server does not answer');
  }
  // The worker in between answers so when the server is away.
  if (response.status === 503 || response.status === 502) {
    lost();
    throw new Failure('lost', 'the server does not answer');
  }
  back();
  const answer = (await response.json().catch(() => ({}))) as Wire<R>;
  const error = answer.errors?.[0];
  if (response.status === 401) {
    passEnded();
    throw new Failure('out', error?.message ?? '', error?.extensions?.code);
  }
  if (error) throw new Failure('refused', error.message, error.extensions?.code);
  if (answer.data == null) throw new Failure('refused', `${response.status} ${response.statusText}`);
  return answer.data;
}

/** Asks. With `keep`, an answer from an earlier time is given while the server is away. */
export async function ask<R, V>(doc: Doc<R, V>, variables: V, options: Options = {}): Promise<Answer<R>> {
  const query = doc.toString();
  const name = `${operationOf(query)} ${JSON.stringify(variables)}`;
  const fixed = /^\d+$/.test(String((variables as { at?: string | null }).at ?? ''));
  if (fixed && settled.has(name)) {
    const data = settled.get(name) as R;
    remember(name, data);
    return { data };
  }
  try {
    const data = await post<R>(query, variables, options.signal);
    if (fixed) remember(name, data);
    if (options.keep) void sealed.put('answers', name, data);
    return { data };
  } catch (error) {
    if (options.keep && error instanceof Failure && error.kind === 'lost') {
      const kept = await sealed.get<R>('answers', name);
      if (kept) return { data: kept.value, kept: kept.at };
    }
    throw error;
  }
}

/** Commands. `commandId` in the variables makes a repetition harmless. */
export function tell<R, V>(doc: Doc<R, V>, variables: V): Promise<R> {
  return post<R>(doc.toString(), variables);
}

/** Any operation, for the page that tries the interface. */
export async function raw(query: string, variables: unknown): Promise<unknown> {
  const response = await fetch('/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${pass.value ?? ''}` },
    body: JSON.stringify({ query, variables }),
  });
  return response.json();
}

function operationOf(query: string): string {
  return /(?:query|mutation)\s+(\w+)/.exec(query)?.[1] ?? query;
}

/** Forgets answers that may have changed all the same, for example after an erasure. */
export function forgetSettled(): void {
  settled.clear();
}

/** An id for a command. Outside a secure context `randomUUID` is missing, and `getRandomValues` is not. */
export function commandId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = [...bytes].map((b) => b.toString(16).padStart(2, '0')).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
