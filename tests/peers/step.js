// Times a plain and an RSC step of a library, and leaves the report as JSON in #report; the title is then "done".
// A library's module has `prepare(backend, network)`, which returns its name, version, device and `stepper(rsc)`,
// which returns a function that makes a step and waits for its loss.

import { NETWORKS } from './step_networks.js';

const LIBRARIES = { tfjs: './step_tfjs.js', jaxjs: './step_jaxjs.js' };

/** At most so many steps come before those that are timed. */
const WARM_UP = 3;

/** The median of so many steps, of fewer where that takes longer than so many milliseconds, at least of one. */
async function measure(step, steps, limit) {
  const began = performance.now();
  const timed = async () => {
    const started = performance.now();
    const loss = await step();
    if (!Number.isFinite(loss)) throw new Error(`the loss is ${loss}`);
    return performance.now() - started;
  };
  const over = share => performance.now() - began > share * limit;
  for (let i = 0; i < WARM_UP && !(i && over(0.4)); i++) await timed();
  const times = [await timed()];
  while (times.length < steps && !over(1)) times.push(await timed());
  return { ms: times.sort((a, b) => a - b)[times.length >> 1], steps: times.length };
}

async function report() {
  const query = new URLSearchParams(location.search);
  const name = query.get('library') ?? 'tfjs', network = query.get('network') ?? 'reference';
  const backend = query.get('backend') ?? 'webgpu';
  const steps = Number(query.get('steps') ?? 20), limit = 1000 * Number(query.get('seconds') ?? 15);
  const rounded = ms => Math.round(1000 * ms) / 1000;
  const found = {
    library: name, version: null, backend, device_name: null, network, plain_ms: null, rsc_ms: null, steps: 0,
    problem: null,
  };
  try {
    if (!(name in LIBRARIES)) throw new Error(`library is one of ${Object.keys(LIBRARIES).join(', ')}`);
    if (!(network in NETWORKS)) throw new Error(`network is one of ${Object.keys(NETWORKS).join(', ')}`);
    const { prepare } = await import(LIBRARIES[name]);
    const { stepper, ...about } = await prepare(backend, NETWORKS[network]);
    Object.assign(found, about);
    const plain = await measure(stepper(false), steps, limit);
    found.plain_ms = rounded(plain.ms);
    const rsc = await measure(stepper(true), steps, limit);
    Object.assign(found, { rsc_ms: rounded(rsc.ms), steps: rsc.steps });
  } catch (error) {
    // What a library cannot do is part of the report.
    found.problem = String(error?.message ?? error);
  }
  return found;
}

document.getElementById('report').textContent = JSON.stringify(await report(), null, 2);
document.title = 'done';
