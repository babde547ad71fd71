// Starts the page's wasm module. What goes wrong here is told in words on the page, because
// nothing else is there yet to tell it.

import { workerUrl } from './{{file:guard.js}}';

// The page starts the engine's worker from this address.
globalThis.rscWorkerUrl = workerUrl;
// Fetched only when a preset made from handwritten digits is chosen.
globalThis.rscDigitsUrl = new URL('./{{file:digits/mnist-2000.png}}', import.meta.url).href;

// The page's words, one file for each language; the page fetches the one it needs.
globalThis.rscTextsEnUrl = new URL('./{{file:texts.en.json}}', import.meta.url).href;
globalThis.rscTextsDeUrl = new URL('./{{file:texts.de.json}}', import.meta.url).href;

function tell(message, error) {
  console.error(message, error);
  const place = document.getElementById('boot');
  if (place) {
    place.setAttribute('role', 'alert');
    place.textContent = message;
  }
}

if (typeof WebAssembly !== 'object') {
  tell('RSC Lab needs WebAssembly, and this browser has none or has it switched off. Any current Firefox, Chrome, Edge or Safari will do.');
} else {
  try {
    const page = await import('./{{file:page.js}}');
    // What the page loads later shares its memory and functions, and finds them here.
    globalThis.rscPage = page;
    await page.default({ module_or_path: new URL('./{{file:page.wasm}}', import.meta.url) });
  } catch (error) {
    if (error instanceof WebAssembly.CompileError) {
      tell('This browser is too old for RSC Lab: it lacks WebAssembly SIMD. Any current Firefox, Chrome, Edge or Safari will do.', error);
    } else if (error instanceof WebAssembly.RuntimeError) {
      tell(`RSC Lab stopped while starting (${error.message}). Reload the page to try again.`, error);
    } else {
      tell(`RSC Lab could not be loaded (${error?.message ?? error}). Check the connection and reload the page.`, error);
    }
  }
}
