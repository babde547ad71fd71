// Keeps the site on the visitor's machine, so that it opens without a network. The build fills in the version, which
// is a hash of all files, and the files with their SHA-256.
//
// Each version has a cache of its own, and a version is used only when all its files are there and are what they
// should be. But for the page itself, whose newest version is given, names have a hash of the content: a page
// asks for the files of its own version by their names, and never gets another version's. A page holds a lock with
// its version's name, by which this script knows which versions are in use.

const VERSION = '{{site:version}}';
/** Addresses and SHA-256 of what the page needs. */
const FILES = {{site:files}};
/** The same of what it needs where it uses a GPU. */
const GPU_FILES = {{site:gpu}};
/** The same of what visitors may ask to keep too. */
const EXTRAS = {{site:extras}};
const EMBEDS = {{value:embeds}};

const SCOPE = new URL('./', self.location.href).href;
const PREFIX = `rsc-lab ${SCOPE} `;
const CACHE = PREFIX + VERSION;
/** Extras are for all versions: their names have a hash of the content too. */
const EXTRAS_CACHE = `${PREFIX}extras`;
/** Stands in that cache once all of them are to be kept. */
const EXTRAS_WANTED = new URL('extras-wanted', SCOPE).href;
const AT_ONCE = 4;
/** The version's cache, once it was asked for a file. */
let opened = null;

self.addEventListener('install', (event) => event.waitUntil(install()));
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim().then(tidy)));
self.addEventListener('message', (event) => {
  if (event.data === 'tidy') event.waitUntil(tidy());
  if (event.data === 'gpu') event.waitUntil(keepAll(CACHE, GPU_FILES).catch(() => {}));
});
self.addEventListener('fetch', (event) => {
  const { request } = event;
  const address = request.url.split('#')[0];
  if (request.method !== 'GET' || !address.startsWith(SCOPE)) return;
  if (request.mode === 'navigate') {
    const name = address.slice(SCOPE.length).split('?')[0];
    if (name === '' || name === 'index.html') event.respondWith(page(request));
  } else if (address !== SCOPE) {
    event.respondWith(file(request, address));
  }
});

async function install() {
  try {
    const extras = await caches.match(EXTRAS_WANTED) ? EXTRAS : [];
    await keepAll(CACHE, FILES.filter((it) => !isIndex(it)));
    await keepAll(EXTRAS_CACHE, extras);
    if (await usesGpu()) await keepAll(CACHE, GPU_FILES);
    // Last: a version with a page is whole.
    await keepAll(CACHE, FILES.filter(isIndex));
  } catch (error) {
    const pages = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
    const problem = String(error?.message ?? error);
    for (const it of pages) it.postMessage({ type: 'not-saved', version: VERSION, problem });
    throw error;
  }
  await self.skipWaiting();
}

/** Whether a version that is kept has the files for a GPU. */
async function usesGpu() {
  const names = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== CACHE);
  for (const name of names) {
    const kept = await (await caches.open(name)).keys();
    if (kept.some(({ url }) => url.startsWith(`${SCOPE}engine-gpu-`))) return true;
  }
  return false;
}

function isIndex([address]) {
  return address === '';
}

/** Puts files into a cache, some at a time. */
async function keepAll(name, files) {
  const cache = await caches.open(name);
  const waiting = [...files];
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    while (waiting.length > 0) await keep(cache, ...waiting.shift());
  }));
}

/** Puts a file into a cache: from another version that has it, or from the server. */
async function keep(cache, address, hash) {
  const url = new URL(address, SCOPE).href;
  if (await cache.match(url)) return;
  const known = address !== '' && await caches.match(url);
  if (known) {
    await cache.put(url, known);
    return;
  }
  // What the browser has kept by itself may be damaged or, for the page, old.
  for (const mode of address === '' ? ['no-cache', 'reload'] : ['default', 'reload']) {
    const response = await fetch(url, { cache: mode });
    if (!response.ok) throw new Error(`${address}: HTTP ${response.status}`);
    const bytes = await response.arrayBuffer();
    if (await sha256(bytes) === hash) {
      await cache.put(url, plain(response, bytes));
      return;
    }
  }
  throw new Error(`${address || 'index.html'} is of another version`);
}

async function sha256(bytes) {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** An answer of these bytes: they are not compressed any more, and the same whoever asks. */
function plain(response, bytes) {
  const headers = new Headers(response.headers);
  for (const name of ['content-encoding', 'content-length', 'vary']) headers.delete(name);
  return new Response(bytes, { headers });
}

/** The page, in the newest version that is whole. */
async function page(request) {
  const found = await caches.match(SCOPE, { cacheName: CACHE });
  if (!found) return fetch(request);
  const part = new URL(request.url).searchParams.get('embed');
  return EMBEDS.includes(part) ? forFrames(found) : found;
}

/** The page was fetched with headers that forbid frames; its parts are made for them. */
function forFrames(response) {
  const headers = new Headers(response.headers);
  const policy = headers.get('content-security-policy');
  if (policy) {
    const rules = policy.split(';').filter((rule) => !rule.trim().startsWith('frame-ancestors'));
    headers.set('content-security-policy', rules.join(';'));
  }
  if (headers.has('cross-origin-resource-policy')) headers.set('cross-origin-resource-policy', 'cross-origin');
  return new Response(response.body, { headers });
}

/** A file of any version, by its name, mostly of this one; from the server where it is not kept. */
async function file(request, address) {
  opened ??= caches.open(CACHE);
  return await (await opened).match(address) ?? await caches.match(address) ?? fetch(request);
}

/** Deletes the versions that no page uses any more. */
async function tidy() {
  if (!navigator.locks) return;
  const { held } = await navigator.locks.query();
  const locks = held.filter((lock) => lock.name.startsWith(PREFIX));
  const pages = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
  // A page that has just been opened does not hold its lock yet. (Browsers name the holder of a lock otherwise
  // than the page.)
  const holders = new Set(locks.map((lock) => lock.clientId));
  if (pages.filter((it) => it.url.startsWith(SCOPE)).length > holders.size) return;
  const versions = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== EXTRAS_CACHE);
  const isUsed = (name) => name === CACHE || locks.some((lock) => lock.name === name);
  for (const name of versions.filter((it) => !isUsed(it))) await caches.delete(name);
  // Earlier versions' extras go with the last of these.
  if (versions.filter(isUsed).length > 1) return;
  const wanted = [EXTRAS_WANTED, ...EXTRAS.map(([address]) => new URL(address, SCOPE).href)];
  const extras = await caches.open(EXTRAS_CACHE);
  for (const { url } of await extras.keys()) {
    if (!wanted.includes(url)) await extras.delete(url);
  }
}
