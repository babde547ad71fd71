// The page's side of service-worker.js: registers it, and keeps the files that the page needs only when they are
// chosen. The page imports this script once it is complete, and shows what it reports.

import { realAdapter } from './{{file:adapter.js}}';
import { serviceWorkerUrl } from './{{file:guard.js}}';

const SCOPE = new URL('./', import.meta.url).href;
const VERSION = document.querySelector('meta[name="version"]')?.content ?? '';
const PREFIX = `rsc-lab ${SCOPE} `;
const CACHE = PREFIX + VERSION;
const EXTRAS_CACHE = `${PREFIX}extras`;
const EXTRAS_WANTED = new URL('extras-wanted', SCOPE).href;
const EXTRAS = [
  { name: 'digits', url: new URL('./{{file:digits/mnist-2000.png}}', import.meta.url).href, bytes: Number('{{bytes:digits/mnist-2000.png}}') },
  { name: 'icons', url: new URL('./{{file:emoji/emoji.pack}}', import.meta.url).href, bytes: Number('{{bytes:emoji/emoji.pack}}') },
  { name: 'weights', url: new URL('./{{file:models/efficientnet-lite0.safetensors}}', import.meta.url).href, bytes: Number('{{bytes:models/efficientnet-lite0.safetensors}}') },
];
const TOTAL = EXTRAS.reduce((sum, extra) => sum + extra.bytes, 0);
const PROGRESS_REPORTS = 50;

/** Registers the service worker, and reports what is kept of the page. */
export async function start(report) {
  const tell = (state) => report(JSON.stringify(state));
  const impossible = (why, more = '') => tell({ state: 'impossible', why, more });
  if (!VERSION) {
    await unregister();
    return impossible('development');
  }
  if (!globalThis.isSecureContext) return impossible('insecure');
  if (!navigator.serviceWorker || !globalThis.caches || !navigator.locks) return impossible('missing');
  // Held for as long as the page is open: its version is in use.
  navigator.locks.request(CACHE, { mode: 'shared' }, () => new Promise(() => {})).catch(() => {});
  let problem = '';
  navigator.serviceWorker.addEventListener('message', ({ data }) => {
    if (data?.type === 'not-saved') problem = data.problem;
  });
  navigator.serviceWorker.startMessages();
  try {
    const isFirst = !(await navigator.serviceWorker.getRegistration(SCOPE))?.active;
    if (isFirst) tell({ state: 'saving' });
    const registration = await navigator.serviceWorker.register(serviceWorkerUrl, { scope: SCOPE });
    if (isFirst) await settled(registration.installing ?? registration.waiting);
    await look(tell, registration, problem);
    registration.active?.postMessage('tidy');
    if (await usesGpu()) registration.active?.postMessage('gpu');
    const watch = async (worker) => {
      await settled(worker);
      if (worker?.state === 'activated') tell({ state: 'newer' });
    };
    if (registration.installing) watch(registration.installing);
    registration.addEventListener('updatefound', () => watch(registration.installing));
    // Without a network there is nothing newer.
    await registration.update().catch(() => {});
  } catch (error) {
    impossible('refused', String(error?.message ?? error));
  }
}

/** Keeps all extras, and reports how far that is, and what could not be kept. */
export async function keepAll(report) {
  const tell = (state) => report(JSON.stringify(state));
  const failed = [];
  let kept = 0;
  let told = -Infinity;
  const onProgress = (received) => {
    if (received - told < TOTAL / PROGRESS_REPORTS && received < TOTAL) return;
    told = received;
    tell({ state: 'keeping', received, total: TOTAL });
  };
  onProgress(0);
  // A browser that does not promise to keep them may keep them all the same.
  await navigator.storage?.persist?.().catch(() => {});
  for (const extra of EXTRAS) {
    try {
      await keep(extra, (received) => onProgress(kept + received));
    } catch (error) {
      failed.push({ name: extra.name, why: String(error?.message ?? error) });
    }
    kept += extra.bytes;
  }
  if (failed.length > 0) return tell({ state: 'failed', files: failed, bytes: await missingBytes() });
  const cache = await caches.open(EXTRAS_CACHE);
  await cache.put(EXTRAS_WANTED, new Response(''));
  return tell({ state: 'kept', bytes: TOTAL });
}

async function keep({ url, bytes }, onProgress) {
  const cache = await caches.open(EXTRAS_CACHE);
  if (await cache.match(url)) return;
  const response = await fetch(url);
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  const parts = [];
  let received = 0;
  for (const reader = response.body.getReader(); ;) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value);
    received += value.byteLength;
    onProgress(Math.min(received, bytes));
  }
  if (received !== bytes) throw new Error(`${received} of ${bytes} bytes`);
  const headers = new Headers(response.headers);
  for (const name of ['content-encoding', 'content-length', 'vary']) headers.delete(name);
  await cache.put(url, new Response(new Blob(parts), { headers }));
}

/** Whether this page takes the engine with the GPU device. */
async function usesGpu() {
  const query = new URLSearchParams(location.search);
  const asked = query.get('device');
  if (asked === 'cpu') return false;
  return asked === 'webgpu' || query.has('limits') || (await realAdapter()).adapter !== null;
}

/** Waits until a service worker is in use, or will never be. */
function settled(worker) {
  const isSettled = () => !worker || ['activated', 'redundant'].includes(worker.state);
  return new Promise((resolve) => {
    if (isSettled()) return resolve();
    worker.addEventListener('statechange', () => isSettled() && resolve());
  });
}

/** Whether all that this page needs is kept. */
async function isSaved() {
  return await caches.match(SCOPE, { cacheName: CACHE }) !== undefined;
}

async function missingBytes() {
  const cache = await caches.open(EXTRAS_CACHE);
  let missing = 0;
  for (const extra of EXTRAS) {
    if (!await cache.match(extra.url)) missing += extra.bytes;
  }
  return missing;
}

/** Reports what is kept of this page's version. */
async function look(tell, registration, problem) {
  if (await isSaved()) {
    const missing = await missingBytes();
    tell(missing === 0 ? { state: 'kept', bytes: TOTAL } : { state: 'page', bytes: missing });
  } else if (registration.active) {
    // The site has changed since this page was loaded.
    tell({ state: 'impossible', why: 'newer', more: '' });
  } else {
    tell({ state: 'impossible', why: 'not-saved', more: problem });
  }
}

/** Another build may have been served at this address. */
async function unregister() {
  const registrations = await navigator.serviceWorker?.getRegistrations().catch(() => []) ?? [];
  for (const it of registrations.filter(({ scope }) => scope === SCOPE)) await it.unregister();
}
