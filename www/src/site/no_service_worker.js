// Only in `cargo lab serve --dev`: takes the place of a service worker that another build has left at this address,
// deletes what it has kept, and is gone itself.
const SCOPE = new URL('./', self.location.href).href;

async function remove() {
  await self.clients.claim();
  for (const name of await caches.keys()) {
    if (name.startsWith(`rsc-lab ${SCOPE} `)) await caches.delete(name);
  }
  await self.registration.unregister();
  for (const page of await self.clients.matchAll({ type: 'window' })) {
    if (page.url.startsWith(SCOPE)) await page.navigate(page.url);
  }
}

self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(remove()));
