/** The service worker: it keeps the shell for the time without a server, and tells of a new build. */
import { signal } from '@preact/signals';

export const updateReady = signal(false);

type Policy = { createScriptURL: (address: string) => string };
type Policies = { createPolicy: (name: string, rules: Policy) => Policy };

export function startWorker(): void {
  if (!('serviceWorker' in navigator) || import.meta.env.DEV) return;
  // The one address that this page ever runs a script from by name.
  const policies = (globalThis as { trustedTypes?: Policies }).trustedTypes;
  const policy = policies?.createPolicy('aico', { createScriptURL: (address) => (address === '/sw.js' ? address : '') });
  const had = navigator.serviceWorker.controller !== null;
  navigator.serviceWorker.addEventListener('controllerchange', () => {
    if (had) updateReady.value = true;
  });
  navigator.serviceWorker.register(policy ? policy.createScriptURL('/sw.js') : '/sw.js', { scope: '/' }).catch(() => undefined);
  // Files of an older build are gone: this page is older than the server.
  addEventListener('vite:preloadError', () => {
    updateReady.value = true;
  });
}
