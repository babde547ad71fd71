// The step in jax-js: that of pytorch_step.py, but for running statistics of batch normalisation. All of it is one
// compiled function. An array is consumed where it is used; `.ref` is another use.

import { BATCH, CLASSES } from './step_networks.js';

const FOLDER = './node_modules/@jax-js/jax';
const EPSILON = 1e-5;
const RATE = 1e-3, BETA_1 = 0.9, BETA_2 = 0.999;

let jax, np, lax, nn;

/** The weights of a network as a list, and what makes features of them and of images. */
class Weights {
  list = [];
  seed = 0;

  drawn(shape, deviation) {
    const values = jax.random.normal(jax.random.key(this.seed++), shape);
    return this.list.push(values.mul(deviation)) - 1;
  }

  constant(count, value) {
    return this.list.push(np.full([count], value)) - 1;
  }

  kernel(size, from, to) {
    return this.drawn([to, from, size, size], Math.sqrt(2 / (size * size * from)));
  }
}

const perChannel = values => values.reshape([1, -1, 1, 1]);

const convolve = (x, kernel, stride) => lax.convGeneralDilated(x, kernel, [stride, stride], 'SAME');

function pool(x) {
  const [count, channels, height, width] = x.shape;
  return np.max(x.reshape([count, channels, height / 2, 2, width / 2, 2]), [3, 5]);
}

function small(weights, channels) {
  const blocks = channels.map((to, i) => ({
    kernel: weights.kernel(3, channels[i - 1] ?? 3, to), bias: weights.constant(to, 0),
  }));
  return (at, images) => blocks.reduce((x, block, i) => {
    const y = nn.relu(convolve(x, at(block.kernel), 1).add(perChannel(at(block.bias))));
    return i + 1 < blocks.length ? pool(y) : y;
  }, images);
}

/** A convolution and batch normalisation by the statistics of the batch. */
function normalized(weights, size, from, to, stride) {
  const kernel = weights.kernel(size, from, to);
  const scale = weights.constant(to, 1), shift = weights.constant(to, 0);
  return (at, x) => {
    const y = convolve(x, at(kernel), stride);
    const centred = y.ref.sub(np.mean(y, [0, 2, 3], { keepdims: true }));
    const variance = np.mean(np.square(centred.ref), [0, 2, 3], { keepdims: true });
    const normal = centred.div(np.sqrt(variance.add(EPSILON)));
    return normal.mul(perChannel(at(scale))).add(perChannel(at(shift)));
  };
}

function resnet(weights, { stem, stages }) {
  const first = normalized(weights, 3, 3, stem, 1);
  let from = stem;
  const blocks = stages.flatMap(([to, stride]) => [stride, 1].map(stride => {
    const one = normalized(weights, 3, from, to, stride), two = normalized(weights, 3, to, to, 1);
    const shortcut = from === to && stride === 1 ? (at, x) => x : normalized(weights, 1, from, to, stride);
    from = to;
    return (at, x) => {
      const main = two(at, nn.relu(one(at, x.ref)));
      return nn.relu(main.add(shortcut(at, x)));
    };
  }));
  return (at, images) => blocks.reduce((x, block) => block(at, x), nn.relu(first(at, images)));
}

const head = (features, linear, offset) => np.matmul(np.mean(features, [2, 3]), linear).add(offset);

/** What a challenge leaves of each feature, 0 or 1: [B, 1, H, W]. */
function challenge(features, linear, offset, truth, p = 1 / 3, b = 1 / 3) {
  const [count, channels, height, width] = features.shape;
  const ofTrue = logits => np.sum(nn.softmax(logits).mul(truth.ref), 1);
  // The mean gradient of the true class's logit, by hand: the head is linear.
  const gradient = np.matmul(truth.ref, np.matrixTranspose(linear.ref)).div(height * width);
  const importance = np.sum(gradient.reshape([count, channels, 1, 1]).mul(features.ref), 1);
  const flat = importance.reshape([count, height * width]);
  const muted = Math.round(p * height * width + 0.5);
  const threshold = np.min(first(lax.topK(flat.ref, muted)), 1, { keepdims: true });
  const mask = flat.less(threshold).astype(np.float32).reshape([count, 1, height, width]);
  const before = ofTrue(head(features.ref, linear.ref, offset.ref));
  const drop = before.sub(ofTrue(head(features.mul(mask.ref), linear, offset)));
  const least = np.min(first(lax.topK(drop.ref, Math.round(b * count))));
  truth.dispose();
  const challenged = drop.greaterEqual(least).reshape([count, 1, 1, 1]);
  return np.where(challenged, mask, 1);
}

function first([values, indices]) {
  indices.dispose();
  return values;
}

export async function prepare(backend, network) {
  let version;
  try {
    jax = await import(`${FOLDER}/dist/index.js`);
    ({ version } = await (await fetch(`${FOLDER}/package.json`)).json());
  } catch (error) {
    throw new Error(`jax-js cannot be loaded (README.md says how to get it): ${error.message}`);
  }
  ({ numpy: np, lax, nn } = jax);
  if (!(await jax.init(backend)).includes(backend)) throw new Error(`jax-js cannot use ${backend} here`);
  jax.defaultDevice(backend);
  const info = backend === 'webgpu' ? jax.getWebGPUDevice().adapterInfo : undefined;
  const device = info && [info.vendor, info.architecture, info.description].filter(Boolean).join(' ');
  return { library: 'jax-js', version, device_name: device ?? null, stepper: rsc => stepper(network, rsc) };
}

function stepper(network, rsc) {
  const weights = new Weights();
  const body = network.channels ? small(weights, network.channels) : resnet(weights, network);
  const width = network.channels?.at(-1) ?? network.stages.at(-1)[0];
  const linear = weights.drawn([width, CLASSES], 0.1), offset = weights.constant(CLASSES, 0);
  const images = jax.random.uniform(jax.random.key(1000), [BATCH, 3, network.size, network.size]);
  const labels = np.array(Array.from({ length: BATCH }, (_, i) => i % CLASSES), { dtype: np.int32 });
  const truth = nn.oneHot(labels, CLASSES);

  const loss = (list, images, truth) => {
    const at = index => list[index].ref;
    let features = body(at, images);
    if (rsc) {
      const fixed = [features.ref, at(linear), at(offset)].map(lax.stopGradient);
      features = features.mul(lax.stopGradient(challenge(...fixed, truth.ref)));
    }
    const logits = head(features, at(linear), at(offset));
    const value = np.sum(nn.logSoftmax(logits).mul(truth)).div(-BATCH);
    list.forEach(weight => weight.dispose());
    return value;
  };
  // Adam; `scales` are its two corrections for the beginning.
  const step = jax.jit((list, means, squares, images, truth, scales) => {
    const [value, gradients] = jax.valueAndGrad(loss)(list.map(it => it.ref), images, truth);
    const [ofMean, ofSquare] = scales;
    const nextMeans = means.map((mean, i) => mean.mul(BETA_1).add(gradients[i].ref.mul(1 - BETA_1)));
    const nextSquares = squares.map((it, i) => it.mul(BETA_2).add(np.square(gradients[i]).mul(1 - BETA_2)));
    const next = list.map((weight, i) => {
      const root = np.sqrt(nextSquares[i].ref.mul(ofSquare.ref)).add(1e-8);
      return weight.sub(nextMeans[i].ref.mul(ofMean.ref).div(root).mul(RATE));
    });
    ofMean.dispose();
    ofSquare.dispose();
    return [value, next, nextMeans, nextSquares];
  });

  let list = weights.list, made = 0;
  let [means, squares] = [0, 1].map(() => list.map(weight => np.zeros(weight.shape)));
  return async () => {
    made += 1;
    const scales = [1 / (1 - BETA_1 ** made), 1 / (1 - BETA_2 ** made)].map(it => np.array(it));
    let value;
    [value, list, means, squares] = step(list, means, squares, images.ref, truth.ref, scales);
    const [number] = await value.data();
    await jax.blockUntilReady(list);
    return number;
  };
}
