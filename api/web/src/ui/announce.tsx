/**
 * What a screen reader says by itself: two regions, as LibreChat learned. Status tells of beginnings, ends and trouble;
 * the log gets whole sentences of a reply, not more often than every 400 ms, never tokens.
 */
import { signal } from '@preact/signals';

const GAP = 400;

const statusText = signal('');
const logText = signal('');

let said = 0;
let last = 0;
let timer: ReturnType<typeof setTimeout> | undefined;

/** Says that something began, ended or failed. */
export function status(text: string): void {
  statusText.value = text;
}

/** Begins a new reply: what was said of the one before is over. */
export function newReply(): void {
  said = 0;
  clearTimeout(timer);
}

/** Given the whole reply so far, says the sentences that are new. */
export function sentence(whole: string, done = false): void {
  if (whole.length < said) said = 0;
  const rest = whole.slice(said);
  const end = done ? rest.length : Math.max(...['. ', '! ', '? ', '\n', '。'].map((stop) => rest.lastIndexOf(stop))) + 1;
  if (end <= 0) return;
  const now = performance.now();
  clearTimeout(timer);
  if (now - last < GAP) {
    timer = setTimeout(() => sentence(whole, done), GAP - (now - last));
    return;
  }
  last = now;
  logText.value = rest.slice(0, end).trim();
  said += end;
}

export function Announcer() {
  return (
    <div class="unseen">
      <div role="status" aria-live="polite" data-region="status">
        {statusText.value}
      </div>
      <div aria-live="polite" data-region="log">
        {logText.value}
      </div>
    </div>
  );
}
