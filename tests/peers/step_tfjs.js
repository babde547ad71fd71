// The step in TensorFlow.js: that of pytorch_step.py, but for running statistics of batch normalisation.

import { BATCH, CLASSES } from './step_networks.js';

const SCRIPTS = {
  core: 'node_modules/@tensorflow/tfjs/dist/tf.min.js',
  webgpu: 'node_modules/@tensorflow/tfjs-backend-webgpu/dist/tf-backend-webgpu.min.js',
  wasm: 'node_modules/@tensorflow/tfjs-backend-wasm/dist/tf-backend-wasm.min.js',
};
const EPSILON = 1e-5;

const load = source => new Promise((resolve, reject) => {
  const script = document.createElement('script');
  script.src = source;
  script.onload = resolve;
  script.onerror = () => reject(new Error(`${source} is not there; README.md says how to get it`));
  document.head.append(script);
});

/** A convolution's kernel, drawn after He. */
const kernel = (size, from, to) =>
  tf.variable(tf.randomNormal([size, size, from, to], 0, Math.sqrt(2 / (size * size * from))));

function small(channels) {
  const blocks = channels.map((to, i) => ({
    kernel: kernel(3, channels[i - 1] ?? 3, to),
    bias: tf.variable(tf.zeros([to])),
  }));
  return images => blocks.reduce((x, block, i) => {
    const y = tf.relu(tf.add(tf.conv2d(x, block.kernel, 1, 'same'), block.bias));
    return i + 1 < blocks.length ? tf.maxPool(y, 2, 2, 'valid') : y;
  }, images);
}

/** A convolution and batch normalisation by the statistics of the batch. */
function normalized(size, from, to, stride) {
  const weights = kernel(size, from, to);
  const scale = tf.variable(tf.ones([to])), shift = tf.variable(tf.zeros([to]));
  return x => {
    const y = tf.conv2d(x, weights, stride, 'same');
    const { mean, variance } = tf.moments(y, [0, 1, 2]);
    return tf.batchNorm(y, mean, variance, shift, scale, EPSILON);
  };
}

function resnet({ stem, stages }) {
  const first = normalized(3, 3, stem, 1);
  let from = stem;
  const blocks = stages.flatMap(([to, stride]) => [stride, 1].map(stride => {
    const [one, two] = [normalized(3, from, to, stride), normalized(3, to, to, 1)];
    const shortcut = from === to && stride === 1 ? x => x : normalized(1, from, to, stride);
    from = to;
    return x => tf.relu(tf.add(two(tf.relu(one(x))), shortcut(x)));
  }));
  return images => blocks.reduce((x, block) => block(x), tf.relu(first(images)));
}

/** What a challenge leaves of each feature, 0 or 1: [B, H, W, 1]. */
function challenge({ head, linear }, features, truth, p = 1 / 3, b = 1 / 3) {
  const ofTrue = logits => tf.sum(tf.mul(tf.softmax(logits), truth), 1);
  const [count, height, width, channels] = features.shape;
  // The mean gradient of the true class's logit, by hand: no gradient can be taken in here.
  const gradient = tf.div(tf.matMul(truth, linear, false, true), height * width);
  const importance = tf.sum(tf.mul(tf.reshape(gradient, [count, 1, 1, channels]), features), 3);
  const flat = tf.reshape(importance, [count, height * width]);
  const muted = Math.round(p * height * width + 0.5);
  const threshold = tf.slice(tf.topk(flat, muted).values, [0, muted - 1], [-1, 1]);
  const mask = tf.reshape(tf.cast(tf.less(flat, threshold), 'float32'), [count, height, width, 1]);
  const drop = tf.sub(ofTrue(head(features)), ofTrue(head(tf.mul(features, mask))));
  const chosen = Math.round(b * count);
  const least = tf.slice(tf.topk(drop, chosen).values, [chosen - 1], [1]);
  const challenged = tf.reshape(tf.greaterEqual(drop, least), [count, 1, 1, 1]);
  return tf.where(tf.tile(challenged, [1, height, width, 1]), mask, tf.onesLike(mask));
}

export async function prepare(backend, network) {
  await load(SCRIPTS.core);
  if (backend in SCRIPTS) await load(SCRIPTS[backend]);
  if (backend === 'wasm') tf.wasm.setWasmPaths('node_modules/@tensorflow/tfjs-backend-wasm/dist/');
  if (!await tf.setBackend(backend)) throw new Error(`TensorFlow.js cannot use the backend ${backend} here`);
  await tf.ready();
  const adapter = tf.backend().adapterInfo;
  const device = adapter && [adapter.vendor, adapter.architecture, adapter.description].filter(Boolean).join(' ');
  return {
    library: 'TensorFlow.js', version: tf.version.tfjs, device_name: device ?? null,
    stepper: rsc => stepper(network, rsc),
  };
}

function stepper(network, rsc) {
  const body = network.channels ? small(network.channels) : resnet(network);
  const width = network.channels?.at(-1) ?? network.stages.at(-1)[0];
  const linear = tf.variable(tf.randomNormal([width, CLASSES], 0, 0.1));
  const offset = tf.variable(tf.zeros([CLASSES]));
  const head = features => tf.add(tf.matMul(tf.mean(features, [1, 2]), linear), offset);
  const images = tf.randomUniform([BATCH, network.size, network.size, 3]);
  const labels = Array.from({ length: BATCH }, (_, i) => i % CLASSES);
  const truth = tf.oneHot(tf.tensor1d(labels, 'int32'), CLASSES).toFloat();
  const optimizer = tf.train.adam(0.001);
  // The mask is a constant for the gradient.
  const constant = tf.customGrad(z => ({
    value: tf.tidy(() => challenge({ head, linear }, z, truth)),
    gradFunc: () => tf.zerosLike(z),
  }));
  return async () => {
    const loss = tf.tidy(() => optimizer.minimize(() => {
      const features = body(images);
      const kept = rsc ? tf.mul(features, constant(features)) : features;
      return tf.losses.softmaxCrossEntropy(truth, head(kept));
    }, true));
    const [value] = await loss.data();
    loss.dispose();
    return value;
  };
}
