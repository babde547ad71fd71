// The engine's worker, a module worker. It loads the engine, with the GPU device or without it, and reports
// progress; from `start()` on the engine itself answers the page.
//
// Messages in both directions are arrays: a JSON text, then the buffers that it refers to by index.

import { realAdapter } from './{{file:adapter.js}}';

const ENGINES = {
  cpu: {
    url: new URL('./{{file:engine-cpu.wasm}}', import.meta.url),
    bytes: Number('{{bytes:engine-cpu.wasm}}'),
    glue: () => import('./{{file:engine-cpu.js}}'),
  },
  gpu: {
    url: new URL('./{{file:engine-gpu.wasm}}', import.meta.url),
    bytes: Number('{{bytes:engine-gpu.wasm}}'),
    glue: () => import('./{{file:engine-gpu.js}}'),
  },
};
const PROGRESS_MESSAGES = 20;

// The benchmark gives its worker this name; its engine reads the globals that are set here.
if (self.name === 'bench') countForBenchmark();

/** Counts dispatched compute shaders, and measures the engine's download. */
function countForBenchmark() {
  Object.defineProperty(self, 'rscEngineBytes', {
    get() {
      const loaded = Object.values(ENGINES).flatMap(({ url }) => performance.getEntriesByName(url.href));
      const sizes = loaded.map((entry) => entry.encodedBodySize);
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

if (self.GPUDevice && self.name !== 'bench') tellOfPrograms();

/**
 * Tells the page how many of the GPU's programs are compiled. The engine asks for those of a step or of an
 * inspection within a moment, then waits for their results; compiling them can take most of that time. The
 * browser takes up what it is asked in order, so that the queue answers when it has come to the next program.
 */
function tellOfPrograms() {
  const device = self.GPUDevice.prototype;
  const { createComputePipeline } = device;
  let total = 0;
  let done = 0;
  let told = 0;
  const tell = () => {
    done += 1;
    const now = performance.now();
    if (done < total && now - told < 100) return;
    told = now;
    post({ type: 'compiling', done, total });
    if (done === total) total = done = 0;
  };
  device.createComputePipeline = function (descriptor) {
    const program = createComputePipeline.call(this, descriptor);
    total += 1;
    this.queue.onSubmittedWorkDone().then(tell, tell);
    return program;
  };
}

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

// boot.js starts the first worker while the page itself still loads, and gives it and the second one the ends of a
// channel, with their first messages. What goes wrong with the engine is told when the page asks for it.
if (self.name.startsWith('early') || self.name === 'second') {
  self.addEventListener('message', (event) => {
    const [port] = event.ports;
    event.stopImmediatePropagation();
    if (self.name === 'second') {
      port.onmessage = ({ data }) => tellHandedOn(data);
      port.onmessageerror = () => tellHandedOn(null);
    } else {
      second = port;
      expected().then(loaded).catch(() => {});
    }
  }, { once: true });
}

// The page may post before the engine has started. This listener keeps messages from all others, so each
// one reaches the engine once and in order.
const queue = [];
let tellFirst;
/** The page's first message, which opens a device. */
const first = new Promise((resolve) => {
  tellFirst = resolve;
});
function hold(event) {
  event.stopImmediatePropagation();
  queue.push(event.data);
  tellFirst(event.data);
}
self.addEventListener('message', hold);

/** Which engine can open the device that the page asks for. */
async function chosen() {
  const [text] = await first;
  const { device } = JSON.parse(text);
  // An object asks for a GPU with the limits of a weaker one.
  if (device === 'webgpu' || typeof device === 'object') return ENGINES.gpu;
  if (device !== 'automatic') return ENGINES.cpu;
  const { adapter, software } = await realAdapter();
  // The engine gives this as the reason for the device that it opens.
  if (software) self.rscSoftwareAdapter = software;
  return adapter ? ENGINES.gpu : ENGINES.cpu;
}

let tellHandedOn;
/** In the second worker: the processor's engine as the first has compiled it; null where it cannot be handed on. */
const handedOn = new Promise((resolve) => {
  tellHandedOn = resolve;
});
/** In the first worker: where to hand it on. */
let second;

/** Hands the processor's engine on to the second worker. One that waits in vain is ended, as a GPU has no use for it. */
function handOn({ compiled }) {
  try {
    second?.postMessage(compiled);
  } catch {
    second.postMessage(null);
  }
}

/** Loads an engine once, up to where it can be started. */
function loaded(engine) {
  const compiled = async () => (self.name === 'second' ? await handedOn : null) ?? compile(engine);
  engine.loaded ??= (async () => {
    const [glue, module] = await Promise.all([engine.glue(), compiled()]);
    engine.compiled = module;
    await glue.default({ module_or_path: module });
    return glue;
  })();
  return engine.loaded;
}

/** The engine that the page will ask for unless its settings are others than usual. */
async function expected() {
  if (self.name === 'early cpu') return ENGINES.cpu;
  const { adapter } = await realAdapter();
  return adapter ? ENGINES.gpu : ENGINES.cpu;
}

/** The engine for the device that the page asks for; that of the processor where the GPU does not open. */
async function load() {
  const engine = await chosen();
  const glue = await loaded(engine);
  const [text] = await first;
  const automatic = engine === ENGINES.gpu && JSON.parse(text).device === 'automatic';
  // `cargo lab serve` has one engine with both devices, which itself takes the processor where the GPU does not open.
  if (engine === ENGINES.cpu || (automatic && !glue.prepare)) handOn(engine);
  if (!automatic || !glue.prepare) return glue;
  const problem = await glue.prepare();
  if (problem === undefined) return glue;
  self.rscGpuProblem = problem;
  const instead = await loaded(ENGINES.cpu);
  handOn(ENGINES.cpu);
  return instead;
}

/** Passes the bytes through and posts progress. */
function withProgress(body, total) {
  let received = 0;
  let reported = 0;
  return body.pipeThrough(new TransformStream({
    transform(chunk, controller) {
      received += chunk.byteLength;
      if (received - reported >= total / PROGRESS_MESSAGES) {
        reported = received;
        post({ type: 'loading', received, total });
      }
      controller.enqueue(chunk);
    },
    flush() {
      if (reported !== received) post({ type: 'loading', received, total });
    },
  }));
}

async function download(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`the server answered ${response.status} ${response.statusText}`);
  return response;
}

async function compile({ url, bytes: total }) {
  post({ type: 'loading', received: 0, total });
  const response = await download(url);
  const headers = { 'Content-Type': 'application/wasm' };
  if (response.body && WebAssembly.compileStreaming) {
    return WebAssembly.compileStreaming(new Response(withProgress(response.body, total), { headers }));
  }
  const bytes = await response.arrayBuffer();
  post({ type: 'loading', received: bytes.byteLength, total });
  return WebAssembly.compile(bytes);
}

function describe(error) {
  if (error instanceof WebAssembly.CompileError) {
    return 'This browser is too old for the training engine: it lacks WebAssembly SIMD. Any current Firefox, Chrome, Edge or Safari will do.';
  }
  return `The training engine could not be started: ${error?.message ?? error}.`;
}

try {
  const engine = await load();
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
