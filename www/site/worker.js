// The engine's worker, a module worker. It loads the engine and tells how far it is; from
// `start()` on, the engine itself answers the page.
//
// All messages, both ways, are arrays: a JSON text, then the buffers that it refers to.

const ENGINE_BYTES = Number('{{bytes:engine.wasm}}');
const ENGINE_URL = new URL('./{{file:engine.wasm}}', import.meta.url);
const PROGRESS_MESSAGES = 20;

// A benchmark calls its worker so, and its engine reads what is counted here.
if (self.name === 'bench') countForBenchmark();

/** Counts the compute shaders that are started, and tells how large the engine's download was. */
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
    passes[name] = function (...given) {
      self.rscDispatches += 1;
      return original.apply(this, given);
    };
  }
}

const say = (event) => self.postMessage([JSON.stringify(event)]);

// The page asks now and then whether anybody is here. It hears of an error by itself; of a promise
// that nobody caught, which is how a panic of the engine ends, only from here.
self.addEventListener('message', (event) => {
  if (event.data !== 'ping') return;
  event.stopImmediatePropagation();
  self.postMessage('pong');
});
self.addEventListener('unhandledrejection', ({ reason }) => say({
  type: 'failed',
  run: null,
  message: `The engine stopped: ${reason?.message ?? reason}`,
  kept: 'Your settings and images are kept.',
}));

// The page may speak before the engine is up. While this listener is there nobody else hears a
// message, so each one reaches the engine once and in order.
const waiting = [];
function hold(event) {
  event.stopImmediatePropagation();
  waiting.push(event.data);
}
self.addEventListener('message', hold);

/** Passes the bytes on and says how many there were. */
function counted(body) {
  let received = 0;
  let said = 0;
  return body.pipeThrough(new TransformStream({
    transform(chunk, controller) {
      received += chunk.byteLength;
      if (received - said >= ENGINE_BYTES / PROGRESS_MESSAGES) {
        said = received;
        say({ type: 'loading', received, total: ENGINE_BYTES });
      }
      controller.enqueue(chunk);
    },
    flush() {
      if (said !== received) say({ type: 'loading', received, total: ENGINE_BYTES });
    },
  }));
}

async function download() {
  const response = await fetch(ENGINE_URL);
  if (!response.ok) throw new Error(`the server answered ${response.status} ${response.statusText}`);
  return response;
}

async function compile() {
  say({ type: 'loading', received: 0, total: ENGINE_BYTES });
  const response = await download();
  const headers = { 'Content-Type': 'application/wasm' };
  if (response.body && WebAssembly.compileStreaming) {
    return WebAssembly.compileStreaming(new Response(counted(response.body), { headers }));
  }
  const bytes = await response.arrayBuffer();
  say({ type: 'loading', received: bytes.byteLength, total: ENGINE_BYTES });
  return WebAssembly.compile(bytes);
}

function inWords(error) {
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
  for (const data of waiting) self.dispatchEvent(new MessageEvent('message', { data }));
} catch (error) {
  console.error(error);
  say({
    type: 'failed',
    run: null,
    message: inWords(error),
    kept: 'Nothing was lost; reload the page to try again.',
  });
}
