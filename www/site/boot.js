// Starts the page's wasm module. Errors are shown as a sentence in the page, because nothing else has
// loaded that could show them.

import { workerUrl } from './{{file:guard.js}}';

// The page starts the engine's worker at this address.
globalThis.rscWorkerUrl = workerUrl;
// Fetched only when a preset made from handwritten digits is chosen.
globalThis.rscDigitsUrl = new URL('./{{file:digits/mnist-2000.png}}', import.meta.url).href;
// Fetched only when EfficientNet-Lite0 is chosen; the size is for its progress.
globalThis.rscLite0Url = new URL('./{{file:models/efficientnet-lite0.safetensors}}', import.meta.url).href;
globalThis.rscLite0Bytes = '{{bytes:models/efficientnet-lite0.safetensors}}';

// The page's texts, one file for each language; the page fetches the visitor's.
globalThis.rscTextsEnUrl = new URL('./{{file:texts.en.json}}', import.meta.url).href;
globalThis.rscTextsDeUrl = new URL('./{{file:texts.de.json}}', import.meta.url).href;

function showError(message, error) {
  console.error(message, error);
  const element = document.getElementById('boot');
  if (element) {
    element.setAttribute('role', 'alert');
    element.textContent = message;
  }
}

if (typeof WebAssembly !== 'object') {
  showError('RSC Lab needs WebAssembly, and this browser has none or has it switched off. Any current Firefox, Chrome, Edge or Safari will do.');
} else {
  try {
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
