// Lets the page start without a network: what is named by its bytes comes from the cache, the page itself from
// the server if it answers in time. What people say is not in here: the client keeps that in IndexedDB.
const CACHE = 'parley-1';
const PATIENCE_MS = 3000;

self.addEventListener('install', (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(['/', '/icon.svg'])));
  self.skipWaiting();
});

self.addEventListener('activate', (event) => {
  event.waitUntil(self.clients.claim());
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== 'GET' || origin !== self.location.origin) return;
  if (pathname.startsWith('/assets/')) event.respondWith(fromCache(request));
  else if (pathname === '/' || pathname === '/icon.svg') event.respondWith(fromServer(request));
});

async function fromCache(request) {
  const cache = await caches.open(CACHE);
  const kept = await cache.match(request);
  if (kept) return kept;
  const fresh = await fetch(request);
  if (fresh.ok) await cache.put(request, fresh.clone());
  return fresh;
}

async function fromServer(request) {
  const cache = await caches.open(CACHE);
  try {
    const fresh = await fetch(request, { signal: AbortSignal.timeout(PATIENCE_MS) });
    if (fresh.ok) {
      await cache.put(request, fresh.clone());
      await forgetOld(cache, await fresh.clone().text());
    }
    return fresh;
  } catch (error) {
    const kept = await cache.match(request);
    if (kept) return kept;
    throw error;
  }
}

/** A new page has new files: those that it does not start from go, and come back when they are asked for. */
async function forgetOld(cache, page) {
  const starts = [...page.matchAll(/"(\/assets\/[^"]+)"/g)].map(([, path]) => path);
  if (starts.length === 0) return;
  const keys = await cache.keys();
  const kept = new Set(keys.map((request) => new URL(request.url).pathname));
  if (starts.every((path) => kept.has(path))) return;
  for (const request of keys) {
    const { pathname } = new URL(request.url);
    if (pathname.startsWith('/assets/') && !starts.includes(pathname)) await cache.delete(request);
  }
}
