// Starts the page's wasm module. Errors are shown as a sentence in the page, because nothing else has
// loaded that could show them.

import { workerUrl } from './{{file:guard.js}}';

// The page starts the engine's workers at this address.
globalThis.rscWorkerUrl = workerUrl;
// Fetched only when a preset is chosen that is made from them.
globalThis.rscDigitsUrl = new URL('./{{file:digits/mnist-2000.png}}', import.meta.url).href;
globalThis.rscDigitsBytes = '{{bytes:digits/mnist-2000.png}}';
globalThis.rscEmojiUrl = new URL('./{{file:emoji/emoji.pack}}', import.meta.url).href;
globalThis.rscEmojiBytes = '{{bytes:emoji/emoji.pack}}';
// Fetched only when EfficientNet-Lite0 is chosen; the size is for its progress.
globalThis.rscLite0Url = new URL('./{{file:models/efficientnet-lite0.safetensors}}', import.meta.url).href;
globalThis.rscLite0Bytes = '{{bytes:models/efficientnet-lite0.safetensors}}';

// Keeps the page for use without a network; imported once the page is complete.
globalThis.rscOffline = () => import('./{{file:offline.js}}');

// The languages, with what is known of each before its texts are here; the page fetches the visitor's texts.
const languages = {{value:languages}};
for (const language of languages) language.url = new URL(`./${language.url}`, import.meta.url).href;
globalThis.rscLanguages = JSON.stringify(languages);

function showError(message, error) {
  if (error) console.error(message, error);
  const element = document.getElementById('boot');
  if (element) {
    element.setAttribute('role', 'alert');
    element.textContent = message;
  }
}

// Other sites may frame the parts of the page that save nothing. The whole page is shown in a window of its
// own only: in a frame, what looks like another site's button could delete what the visitor has made.
const EMBEDS = {{value:embeds}};
const isFramed = window.parent !== window;
const isWhole = !EMBEDS.includes(new URLSearchParams(location.search).get('embed'));

/** Says why a frame shows nothing, and links to the page. */
function refuseFrame() {
  showError('RSC Lab shows its whole page in a window of its own only.');
  const link = document.createElement('a');
  link.className = 'button';
  link.href = location.href;
  link.target = '_blank';
  link.rel = 'noopener';
  link.textContent = 'Open RSC Lab';
  document.getElementById('boot')?.append(document.createElement('br'), link);
}

/**
 * Starts the first worker, which the page takes over: it loads its engine while the page loads. The second, which the
 * page starts, gets the engine from there. Not where the address asks for a GPU, as a guess would fetch the engine of
 * the processor in vain.
 */
function startEarly() {
  const asked = new URLSearchParams(location.search);
  const device = asked.get('device');
  if (!isWhole || asked.has('limits') || (device && device !== 'cpu')) return;
  const start = (name, port) => {
    const worker = new Worker(workerUrl, { type: 'module', name });
    worker.postMessage('engine', [port]);
    return worker;
  };
  const { port1, port2 } = new MessageChannel();
  // Without them the page starts workers of its own, and says what goes wrong.
  const early = [];
  globalThis.rscEarlyWorkers = early;
  try {
    const first = start(device === 'cpu' ? 'early cpu' : 'early', port1);
    first.onerror = () => early.splice(0);
    early.push(() => first);
    if (navigator.hardwareConcurrency > 1) early.push(() => start('second', port2));
  } catch {
    early.splice(0);
  }
}

// What is not painted until the rest of the page is there is painted now at the latest.
const PATIENCE = 8000;
setTimeout(() => document.documentElement.toggleAttribute('data-late', true), PATIENCE);

if (isFramed && isWhole) {
  refuseFrame();
} else if (typeof WebAssembly !== 'object') {
  showError('RSC Lab needs WebAssembly, and this browser has none or has it switched off. Any current Firefox, Chrome, Edge or Safari will do.');
} else {
  try {
    startEarly();
    const page = await import('./{{file:page.js}}');
    // Deferred modules import the page's memory and functions from here.
    globalThis.rscPage = page;
    await page.default({ module_or_path: new URL('./{{file:page.wasm}}', import.meta.url) });
  } catch (error) {
    if (error instanceof WebAssembly.CompileError) {
      showError('This browser is too old for RSC Lab: it lacks WebAssembly SIMD. Any current Firefox, Chrome, Edge or Safari will do.', error);
    } else if (error instanceof WebAssembly.RuntimeError) {
      showError(`RSC Lab stopped while starting (${error.message}). Reload the page to try again.`, error);
    } else {
      showError(`RSC Lab could not be loaded (${error?.message ?? error}). Check the connection and reload the page.`, error);
    }
  }
}
