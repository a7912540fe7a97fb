/** How this window was let in: a ticket from the link becomes a pass, which our origin keeps. */
import { signal } from '@preact/signals';

/** `checking` until it is known; `ended` when the server no longer takes a pass that it once took. */
export type Entry = 'checking' | 'in' | 'out' | 'ended';

const PASS = 'aico.pass';
const UNTIL = 'aico.until';

export const entry = signal<Entry>('checking');
export const entryTrouble = signal<string | null>(null);

/** The pass, or the token where somebody pasted it. */
export const pass = signal<string | null>(read(PASS));

function read(name: string): string | null {
  try {
    return localStorage.getItem(name);
  } catch {
    return null; // Storage is switched off: the window works until it is closed.
  }
}

function keep(value: string, until: string): void {
  pass.value = value;
  try {
    localStorage.setItem(PASS, value);
    localStorage.setItem(UNTIL, until);
  } catch {
    /* As above. */
  }
}

/** Takes the ticket out of the address, so that it is neither kept in the history nor copied with it. */
function ticketOfAddress(): string | null {
  const match = /^#ticket=([0-9a-f]{16,})$/.exec(location.hash);
  if (match) history.replaceState(null, '', location.pathname);
  return match?.[1] ?? null;
}

async function fetchPass(body: object, bearer?: string): Promise<Response> {
  return fetch('/window/pass', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(bearer ? { authorization: `Bearer ${bearer}` } : {}) },
    body: JSON.stringify(body),
  });
}

async function take(response: Response): Promise<boolean> {
  if (!response.ok) {
    const answer = (await response.json().catch(() => null)) as { errors?: { message: string }[] } | null;
    entryTrouble.value = answer?.errors?.[0]?.message ?? `${response.status}`;
    return false;
  }
  const got = (await response.json()) as { pass: string; until: string };
  keep(got.pass, got.until);
  return true;
}

/** Finds out whether we are let in. Called once, at the start. */
export async function enter(): Promise<void> {
  const ticket = ticketOfAddress();
  if (ticket) {
    try {
      if (await take(await fetchPass({ ticket }))) {
        entry.value = 'in';
        return;
      }
    } catch {
      /* The server is away: an older pass may still do. */
    }
  }
  entry.value = pass.value ? 'in' : 'out';
  void renew();
}

/** Asks for a new pass when half of the old one's time is over. */
async function renew(): Promise<void> {
  const until = Date.parse(read(UNTIL) ?? '');
  if (!pass.value || !Number.isFinite(until) || until - Date.now() > 15 * 86_400_000) return;
  try {
    await take(await fetchPass({}, pass.value));
  } catch {
    /* Next time. */
  }
}

/** Lets this browser in by the token of the data folder, pasted by hand. */
export async function enterByToken(token: string): Promise<boolean> {
  const given = token.trim();
  // A link was pasted instead: its ticket is as good.
  const ticket = /#ticket=([0-9a-f]{16,})$/.exec(given)?.[1];
  const response = ticket ? await fetchPass({ ticket }) : await fetchPass({}, given);
  const let_in = await take(response);
  if (let_in) {
    entryTrouble.value = null;
    entry.value = 'in';
  }
  return let_in;
}

/** The server refused our pass. Nothing that was typed is lost by that. */
export function passEnded(): void {
  if (entry.value === 'in') entry.value = 'ended';
}

/** Forgets the pass of this browser. */
export function leave(): void {
  pass.value = null;
  try {
    localStorage.removeItem(PASS);
    localStorage.removeItem(UNTIL);
  } catch {
    /* Nothing was kept. */
  }
  entry.value = 'out';
}

// Another tab came in or went out.
addEventListener('storage', (event) => {
  if (event.key !== PASS) return;
  pass.value = event.newValue;
  entry.value = event.newValue ? 'in' : 'out';
});
