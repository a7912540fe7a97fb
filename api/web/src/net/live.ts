/** Subscriptions. One socket; after a loss each is taken up again where it was. */
import { createClient, type Client } from 'graphql-ws';
import type { TypedDocumentString } from '../gql/types';
import { back, lost } from './reach';
import { pass, passEnded } from './session';

let client: Client | undefined;

function connect(): Client {
  const address = new URL('/graphql', location.href);
  address.protocol = address.protocol.replace('http', 'ws');
  return createClient({
    url: address.href,
    connectionParams: () => ({ token: pass.value ?? '' }),
    lazyCloseTimeout: 3_000,
    keepAlive: 12_000,
    retryAttempts: Infinity,
    retryWait: async (tried) => {
      const wait = Math.min(250 * 1.7 ** tried, 8_000) * (0.75 + Math.random() / 2);
      await new Promise((done) => setTimeout(done, wait));
    },
    shouldRetry: (error) => !(error instanceof CloseEvent) || error.code !== 4403,
    on: {
      connected: () => back(),
      closed: (event) => {
        const { code, wasClean } = event as CloseEvent;
        if (code === 4403) passEnded();
        else if (!wasClean || code === 1001 || code === 1012) lost();
      },
    },
  });
}

/**
 * Follows a subscription until the returned function is called.
 *
 * `variables` is sent as it is at the moment of each connection: a listener that moves its place in it (`after`,
 * `fromChar`) is taken up again exactly there.
 */
export function follow<R, V extends Record<string, unknown>>(
  doc: TypedDocumentString<R, V>,
  variables: V,
  next: (data: R) => void,
  end: (trouble?: string) => void = () => {},
): () => void {
  client ??= connect();
  return client.subscribe<R>(
    { query: doc.toString(), variables },
    {
      next: (answer) => {
        const trouble = answer.errors?.[0]?.message;
        if (trouble) end(trouble);
        else if (answer.data) next(answer.data);
      },
      error: (error) => end(Array.isArray(error) ? error.map((e) => e.message).join('; ') : String(error)),
      complete: () => end(),
    },
  );
}

/** Drops the socket, so that the next subscription introduces itself anew. */
export function disconnect(): void {
  void client?.dispose();
  client = undefined;
}
