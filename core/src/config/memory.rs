//! How much memory a run takes, from its settings alone: to be said before it starts.

use super::{NetworkConfig, OptimizerConfig, RunConfig};
use crate::error::ConfigError;

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

/// The largest feature map of a part of a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LargestMap {
    /// The block, counted from 1; 0 for the stem or the images.
    pub block: usize,
    /// Its bytes for one image.
    pub bytes: u64,
}

impl NetworkConfig {
    /// The largest feature map that the trained part makes for an image of `size` pixels, or the image
    /// itself; with `frozen` that of the frozen stages.
    pub fn largest_map(&self, size: usize, frozen: bool) -> LargestMap {
        let cost = self.cost(size, 1);
        let stem = cost.stem.iter().map(|part| (0, part));
        let blocks = (1..).zip(&cost.blocks);
        let maps = stem.chain(blocks).filter(|(_, part)| part.frozen == frozen);
        let image = LargestMap {
            block: 0,
            bytes: VALUE * (3 * size * size) as u64,
        };
        maps.fold(image, |largest, (block, part)| {
            let bytes = VALUE * part.largest;
            if bytes > largest.bytes {
                LargestMap { block, bytes }
            } else {
                largest
            }
        })
    }
}

impl RunConfig {
    /// Whether every feature map of a batch of `training_images` fits into a tensor of `limit` bytes, the most
    /// that a GPU has.
    ///
    /// # Errors
    /// The batch size, and what would fit.
    pub fn fits_buffers(&self, training_images: usize, limit: u64) -> Result<(), ConfigError> {
        let LargestMap { block, bytes } = self.network.largest_map(self.data.image_size, false);
        let batch = self.training.batch_size.min(training_images);
        let most = limit / bytes.max(1);
        if batch as u64 <= most {
            return Ok(());
        }
        let part = match block {
            0 => "the first layer".to_owned(),
            block => format!("block {block}"),
        };
        let accepted = match most {
            0 | 1 => "smaller images or a smaller network".to_owned(),
            most => format!("at most {most}, or smaller images"),
        };
        Err(ConfigError::new(
            "training.batch_size",
            batch,
            format!(
                "{accepted}: {part} makes {} MB for each image of {} px, and a buffer of this GPU holds {} MB",
                megabytes(bytes),
                self.data.image_size,
                megabytes(limit),
            ),
        ))
    }
}

/// Megabytes with a decimal where there are few.
fn megabytes(bytes: u64) -> String {
    let megabytes = bytes as f64 / 1e6;
    if megabytes < 100.0 {
        format!("{megabytes:.1}")
    } else {
        format!("{megabytes:.0}")
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
    fn the_largest_map_decides_whether_a_batch_fits() {
        let mut lite = frozen(224);
        let Backbone::Pretrained { trains, .. } = &mut lite.network.backbone else {
            panic!("a pretrained network");
        };
        *trains = Trains::All;
        lite.training.batch_size = 32;
        // The second stage widens 16 channels to 96 at 112 × 112 positions.
        let map = lite.network.largest_map(224, false);
        assert_eq!(map.bytes, 4 * 96 * 112 * 112);
        assert_eq!(map.block, 2);
        let refused = lite.fits_buffers(100, 128 << 20).expect_err("too large");
        assert_eq!(refused.field, "training.batch_size");
        assert_eq!(
            refused.expected,
            "at most 27, or smaller images: block 2 makes 4.8 MB for each image of 224 px, and a buffer \
             of this GPU holds 134 MB"
        );
        // Fewer images than a batch has.
        assert_eq!(lite.fits_buffers(20, 128 << 20), Ok(()));
        lite.training.batch_size = 27;
        assert_eq!(lite.fits_buffers(100, 128 << 20), Ok(()));
        let none = lite.fits_buffers(100, 1 << 20).expect_err("too large");
        assert!(none.expected.starts_with("smaller images"), "{none}");
    }

    #[test]
    fn frozen_stages_do_not_count_for_a_batch() {
        let head = frozen(224);
        // Only the head trains: the images are larger than all that it makes.
        assert_eq!(
            head.network.largest_map(224, false).bytes,
            4 * 3 * 224 * 224
        );
        assert_eq!(
            head.network.largest_map(224, true).bytes,
            4 * 96 * 112 * 112
        );
        assert_eq!(
            RunConfig::default().network.largest_map(32, false).bytes,
            4 * 16 * 32 * 32
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
