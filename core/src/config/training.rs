//! How long, in which steps and from which seed.

use serde::{Deserialize, Serialize};

/// The rule that turns gradients into updates.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum OptimizerConfig {
    /// Adam (Kingma and Ba 2015), with L2 weight decay added to the gradient.
    Adam {
        /// Decay of the first moment, `0..1`.
        beta_1: f64,
        /// Decay of the second moment, `0..1`.
        beta_2: f64,
        /// Added to the root of the second moment, above 0.
        epsilon: f64,
        /// L2 weight decay, `0..=1`.
        weight_decay: f64,
    },
    /// Stochastic gradient descent with momentum.
    Sgd {
        /// Momentum, `0..1`; 0 for none.
        momentum: f64,
        /// L2 weight decay, `0..=1`.
        weight_decay: f64,
    },
}

impl Default for OptimizerConfig {
    fn default() -> Self {
        Self::Adam {
            beta_1: 0.9,
            beta_2: 0.999,
            epsilon: 1e-8,
            weight_decay: 0.0,
        }
    }
}

/// Random variation of the training images, new in each step and the same in all arms.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AugmentationConfig {
    /// Mirror an image, by a fair coin.
    pub flip: bool,
    /// Shift by up to so many pixels each way, `0..=16`; the edge is repeated.
    pub shift: u32,
    /// Scale brightness, contrast and saturation by up to this fraction each way, `0..=1`.
    pub color_jitter: f64,
}

/// How long, in which steps and from which seed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TrainingConfig {
    /// Passes over the training images, `1..=1000`.
    pub epochs: u32,
    /// Images in a step, `2..=512`.
    pub batch_size: usize,
    /// As many images of each training domain in a batch (`batch_size` rounded down to a multiple of the
    /// number of domains), each domain in an order of its own, as in DomainBed. So it is also wherever an
    /// arm's objective compares domains.
    #[serde(skip_serializing_if = "is_false")]
    pub per_domain_batches: bool,
    /// Step size of the optimizer, above 0 and at most 10.
    pub learning_rate: f64,
    /// The update rule.
    pub optimizer: OptimizerConfig,
    /// Label smoothing of the training loss, `0..1`.
    pub label_smoothing: f64,
    /// Variation of the training images.
    pub augmentation: AugmentationConfig,
    /// Decides the generated data, the split, the initial weights, the batch order and every coin.
    /// At most `2^53 − 1`.
    pub seed: u64,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
fn is_false(value: &bool) -> bool {
    !value
}

impl Default for TrainingConfig {
    fn default() -> Self {
        Self {
            epochs: 20,
            batch_size: 32,
            per_domain_batches: false,
            learning_rate: 1e-3,
            optimizer: OptimizerConfig::default(),
            label_smoothing: 0.0,
            augmentation: AugmentationConfig::default(),
            seed: 0,
        }
    }
}
