/** Where we are, in the address: `#/talk/<id>?at=41203&branch=what-if`. A link to it shows the same. */
import { batch, computed, signal } from '@preact/signals';

export const SCREENS = ['talk', 'memory', 'graph', 'album', 'feelings', 'history', 'trust', 'system', 'settings'] as const;
export type Screen = (typeof SCREENS)[number];

export const screen = signal<Screen>('talk');
/** What the screen shows: a conversation, a tab. */
export const item = signal<string | null>(null);
/** A position in the past, or `null` for now. Moves with every step of the time bar. */
export const at = signal<number | null>(null);
/** The same, once the bar rests: what whole screens are asked for. */
export const restAt = signal<number | null>(null);
export const branch = signal('main');
/** The message whose causes are shown beside the screen. */
export const whyOf = signal<string | null>(null);

export const isPast = computed(() => at.value !== null);
/** Arguments of every query. */
export const basis = computed(() => ({
  at: restAt.value === null ? null : String(restAt.value),
  branch: branch.value === 'main' ? null : branch.value,
}));

function address(): string {
  const query = new URLSearchParams();
  if (at.value !== null) query.set('at', String(at.value));
  if (branch.value !== 'main') query.set('branch', branch.value);
  if (whyOf.value) query.set('why', whyOf.value);
  const tail = query.size ? `?${query}` : '';
  return `#/${screen.value}${item.value ? `/${encodeURIComponent(item.value)}` : ''}${tail}`;
}

/** The address of this place, to be shared. */
export function link(): string {
  return new URL(address(), location.href).href;
}

export type Move = {
  screen?: Screen;
  item?: string | null;
  at?: number | null;
  branch?: string;
  why?: string | null;
};

/** Goes there. `quiet` replaces the entry in the history instead of adding one. */
export function go(move: Move, quiet = false): void {
  batch(() => {
    if (move.screen !== undefined && move.screen !== screen.value) {
      screen.value = move.screen;
      item.value = null;
    }
    if (move.item !== undefined) item.value = move.item;
    if (move.at !== undefined) {
      at.value = move.at;
      restAt.value = move.at;
    }
    if (move.branch !== undefined) branch.value = move.branch;
    if (move.why !== undefined) whyOf.value = move.why;
  });
  const to = address();
  if (to === location.hash) return;
  if (quiet) history.replaceState(null, '', to);
  else history.pushState(null, '', to);
}

/** Moves the bar without asking for whole screens yet. */
export function scrub(position: number | null): void {
  at.value = position;
}

/** The bar rests. */
export function rest(): void {
  restAt.value = at.value;
  history.replaceState(null, '', address());
}

function readAddress(): void {
  const [path = '', query = ''] = location.hash.replace(/^#\/?/, '').split('?');
  const [name = '', ...rest] = path.split('/');
  const parameters = new URLSearchParams(query);
  const position = Number(parameters.get('at'));
  batch(() => {
    screen.value = (SCREENS as readonly string[]).includes(name) ? (name as Screen) : 'talk';
    item.value = rest.length ? decodeURIComponent(rest.join('/')) : null;
    at.value = parameters.has('at') && Number.isInteger(position) && position > 0 ? position : null;
    restAt.value = at.value;
    branch.value = parameters.get('branch') ?? 'main';
    whyOf.value = parameters.get('why');
  });
}

/** Reads the address now, and whenever it changes. */
export function startPlace(): void {
  readAddress();
  addEventListener('popstate', readAddress);
  addEventListener('hashchange', readAddress);
}
