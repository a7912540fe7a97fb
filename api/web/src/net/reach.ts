/** Whether the server can be reached, and a pulse when it can be again. */
import { signal } from '@preact/signals';

export const reachable = signal(true);
/** Goes up each time the server came back: what is shown is then asked for anew. */
export const epoch = signal(0);

let timer: ReturnType<typeof setTimeout> | undefined;
let wait = 500;

async function knock(): Promise<void> {
  try {
    const answer = await fetch('/alive', { cache: 'no-store' });
    if (answer.ok) {
      back();
      return;
    }
  } catch {
    /* Still away. */
  }
  wait = Math.min(wait * 1.6, 8_000);
  timer = setTimeout(() => void knock(), wait);
}

/** The server did not answer: knock until it does. */
export function lost(): void {
  if (!reachable.value) return;
  reachable.value = false;
  wait = 500;
  clearTimeout(timer);
  timer = setTimeout(() => void knock(), wait);
}

/** The server answered. */
export function back(): void {
  clearTimeout(timer);
  if (reachable.value) return;
  reachable.value = true;
  epoch.value += 1;
}

/** Knock now, for example because the device is online again. */
export function knockNow(): void {
  if (reachable.value) return;
  clearTimeout(timer);
  void knock();
}

addEventListener('online', knockNow);
addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible') knockNow();
});
