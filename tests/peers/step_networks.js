// What is trained, in whichever library.

export const BATCH = 32, CLASSES = 4;

/** The networks of `rsc bench --network`. A ResNet has two basic blocks for each `[channels, stride]`. */
export const NETWORKS = {
  reference: { size: 32, channels: [16, 32, 64] },
  large: { size: 96, channels: [64, 128, 256] },
  resnet: { size: 64, stem: 16, stages: [[16, 1], [32, 2], [64, 2], [128, 2]] },
};
