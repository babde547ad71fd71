//! How much memory a run takes, from its settings alone: to be said before it starts.

use super::{OptimizerConfig, RunConfig};

/// Bytes of a value.
const VALUE: u64 = 4;
/// Images whose features are computed at once in a browser.
const AT_ONCE: u64 = 2;

/// What a run takes, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RunMemory {
    /// The images, at the network's size.
    pub images: u64,
    /// The features of frozen stages, of all images.
    pub features: u64,
    /// Weights, gradients and moments of all arms, and the weights of a pretrained network.
    pub weights: u64,
    /// What a training step, or the computation of features, takes besides.
    pub activations: u64,
}

impl RunMemory {
    /// All together.
    pub fn total(&self) -> u64 {
        self.images + self.features + self.weights + self.activations
    }

    /// The same where so many workers train an arm each, with images, features and activations of its own.
    pub fn in_workers(self, workers: usize) -> Self {
        let each = |bytes: u64| bytes * workers.max(1) as u64;
        Self {
            images: each(self.images),
            features: each(self.features),
            weights: self.weights,
            activations: each(self.activations),
        }
    }
}

impl RunConfig {
    /// An estimate of what a run on `train` and `test` images in `classes` classes takes.
    ///
    /// It counts a convolution's output three times in a step (the output, what the activation makes of
    /// it, and its gradient), and each trained weight five times with Adam (weight, its copy in the
    /// optimizer, gradient and two moments).
    pub fn memory(&self, train: usize, test: usize, classes: usize) -> RunMemory {
        let size = self.data.image_size;
        let cost = self.network.cost(size, classes);
        let flips = if self.training.augmentation.flip {
            2
        } else {
            1
        };
        let frozen = self.network.backbone.frozen_blocks();
        let features = match frozen.checked_sub(1) {
            None => 0,
            Some(last) => {
                let part = &cost.blocks[last];
                (part.channels * part.side * part.side) as u64
            }
        };
        let moments = match self.training.optimizer {
            OptimizerConfig::Adam { .. } => 2,
            OptimizerConfig::Sgd { momentum, .. } => u64::from(momentum > 0.0),
        };
        let trained = cost.parameters() + cost.statistics();
        let pretrained = match self.network.backbone.pretrained() {
            None => 0,
            // The tensors of the file, and those of the frozen stages.
            Some(_) => {
                let all: u64 = cost.blocks.iter().map(|it| it.parameters).sum();
                all + cost.frozen_parameters()
            }
        };
        let of_parts = |is_frozen: bool| -> u64 {
            let parts = cost.parts().filter(|part| part.frozen == is_frozen);
            parts.map(|part| part.activations).sum()
        };
        let step = 3 * self.training.batch_size as u64 * of_parts(false);
        let extraction = AT_ONCE * of_parts(true);
        RunMemory {
            images: ((train + test) * 3 * size * size) as u64,
            features: VALUE * features * (flips * train + test) as u64,
            weights: VALUE * (pretrained + self.arms.len() as u64 * trained * (3 + moments)),
            activations: VALUE * step.max(extraction),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::config::*;

    fn frozen(size: usize) -> RunConfig {
        let mut config = RunConfig::default();
        config.data.image_size = size;
        config.network.backbone = Backbone::Pretrained {
            network: PretrainedNetwork::EfficientNetLite0,
            trains: Trains::Head,
            batch_statistics: false,
        };
        config
    }

    #[test]
    fn features_are_counted_once_for_each_image() {
        let memory = frozen(224).memory(300, 200, 2);
        assert_eq!(memory.features, 500 * 1280 * 7 * 7 * 4);
        assert_eq!(memory.images, 500 * 3 * 224 * 224);
        let mut flipped = frozen(224);
        flipped.training.augmentation.flip = true;
        let more = flipped.memory(300, 200, 2).features;
        assert_eq!(more, 800 * 1280 * 7 * 7 * 4);
    }

    #[test]
    fn a_network_from_nothing_has_no_features_to_keep() {
        let memory = RunConfig::default().memory(1024, 1024, 4);
        assert_eq!(memory.features, 0);
        // Two arms of 23,844 weights, each five times.
        assert_eq!(memory.weights, 2 * 5 * 4 * 23_844);
        assert_eq!(
            memory.total() - memory.weights,
            memory.images + memory.activations
        );
    }

    #[test]
    fn training_everything_takes_the_most() {
        let mut all = frozen(224);
        let head = all.memory(100, 100, 2).activations;
        let Backbone::Pretrained { trains, .. } = &mut all.network.backbone else {
            panic!("a pretrained network");
        };
        *trains = Trains::All;
        assert!(all.memory(100, 100, 2).activations > 20 * head);
    }
}
