// The engine's worker, a module worker. It loads the engine and reports progress; from `start()` on the
// engine itself answers the page.
//
// Messages in both directions are arrays: a JSON text, then the buffers that it refers to by index.

const ENGINE_BYTES = Number('{{bytes:engine.wasm}}');
const ENGINE_URL = new URL('./{{file:engine.wasm}}', import.meta.url);
const PROGRESS_MESSAGES = 20;

// The benchmark gives its worker this name; its engine reads the globals that are set here.
if (self.name === 'bench') countForBenchmark();

/** Counts dispatched compute shaders, and measures the engine's download. */
function countForBenchmark() {
  Object.defineProperty(self, 'rscEngineBytes', {
    get() {
      const sizes = performance.getEntriesByName(ENGINE_URL.href).map((entry) => entry.encodedBodySize);
      return Math.max(0, ...sizes);
    },
  });
  if (!self.GPUComputePassEncoder) return;
  self.rscDispatches = 0;
  const passes = self.GPUComputePassEncoder.prototype;
  for (const name of ['dispatchWorkgroups', 'dispatchWorkgroupsIndirect']) {
    const original = passes[name];
    passes[name] = function (...args) {
      self.rscDispatches += 1;
      return original.apply(this, args);
    };
  }
}

const post = (event) => self.postMessage([JSON.stringify(event)]);

// The page pings the worker to detect a hang. Errors reach the page as events; an unhandled rejection,
// which is how a panic of the engine ends, does not, so it is posted from here.
self.addEventListener('message', (event) => {
  if (event.data !== 'ping') return;
  event.stopImmediatePropagation();
  self.postMessage('pong');
});
self.addEventListener('unhandledrejection', ({ reason }) => post({
  type: 'failed',
  run: null,
  message: `The engine stopped: ${reason?.message ?? reason}`,
  kept: 'Your settings and images are kept.',
}));

// The page may post before the engine has started. This listener keeps messages from all others, so each
// one reaches the engine once and in order.
const queue = [];
function hold(event) {
  event.stopImmediatePropagation();
  queue.push(event.data);
}
self.addEventListener('message', hold);

/** Passes the bytes through and posts progress. */
function withProgress(body) {
  let received = 0;
  let reported = 0;
  return body.pipeThrough(new TransformStream({
    transform(chunk, controller) {
      received += chunk.byteLength;
      if (received - reported >= ENGINE_BYTES / PROGRESS_MESSAGES) {
        reported = received;
        post({ type: 'loading', received, total: ENGINE_BYTES });
      }
      controller.enqueue(chunk);
    },
    flush() {
      if (reported !== received) post({ type: 'loading', received, total: ENGINE_BYTES });
    },
  }));
}

async function download() {
  const response = await fetch(ENGINE_URL);
  if (!response.ok) throw new Error(`the server answered ${response.status} ${response.statusText}`);
  return response;
}

async function compile() {
  post({ type: 'loading', received: 0, total: ENGINE_BYTES });
  const response = await download();
  const headers = { 'Content-Type': 'application/wasm' };
  if (response.body && WebAssembly.compileStreaming) {
    return WebAssembly.compileStreaming(new Response(withProgress(response.body), { headers }));
  }
  const bytes = await response.arrayBuffer();
  post({ type: 'loading', received: bytes.byteLength, total: ENGINE_BYTES });
  return WebAssembly.compile(bytes);
}

function describe(error) {
  if (error instanceof WebAssembly.CompileError) {
    return 'This browser is too old for the training engine: it lacks WebAssembly SIMD. Any current Firefox, Chrome, Edge or Safari will do.';
  }
  return `The training engine could not be started: ${error?.message ?? error}.`;
}

try {
  const [engine, module] = await Promise.all([import('./{{file:engine.js}}'), compile()]);
  await engine.default({ module_or_path: module });
  engine.start();
  self.removeEventListener('message', hold);
  for (const data of queue) self.dispatchEvent(new MessageEvent('message', { data }));
} catch (error) {
  console.error(error);
  post({
    type: 'failed',
    run: null,
    message: describe(error),
    kept: 'Nothing was lost; reload the page to try again.',
  });
}
