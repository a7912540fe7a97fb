// The shell for the time without a server. The server writes its build in here, so each build is a new worker with a cache
// of its own. Questions and commands are never kept here: the page seals what it keeps.
const BUILD = '__BUILD__';
const CACHE = `aico-${BUILD}`;
const SHELL = ['/', './a/app.js', './a/app.css', './a/later.js', './a/inter.woff2', '/icon.svg', '/manifest.webmanifest'];

self.addEventListener('install', (event) => {
  event.waitUntil(
    (async () => {
      const cache = await caches.open(CACHE);
      await cache.addAll(SHELL.map((path) => new Request(path, { cache: 'reload' })));
      await self.skipWaiting();
    })(),
  );
});

self.addEventListener('activate', (event) => {
  event.waitUntil(
    (async () => {
      const names = await caches.keys();
      await Promise.all(names.filter((name) => name.startsWith('aico-') && name !== CACHE).map((name) => caches.delete(name)));
      await self.clients.claim();
    })(),
  );
});

// The page from the server first, so that it is never older than it; files of the build from here first, as they never
// change; what is not known is what the server says it is, never the page in its place.
async function page(request) {
  try {
    const answer = await fetch(request);
    if (answer.ok) {
      const cache = await caches.open(CACHE);
      await cache.put('/', answer.clone());
    }
    return answer;
  } catch {
    return (await caches.match('/')) ?? Response.error();
  }
}

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== location.origin) return;
  if (request.mode === 'navigate' && url.pathname === '/') event.respondWith(page(request));
  else if (SHELL.includes(url.pathname) || url.pathname.startsWith('/a/')) {
    event.respondWith(caches.match(request).then((kept) => kept ?? fetch(request)));
  }
});
