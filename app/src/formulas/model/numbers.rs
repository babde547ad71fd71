//! The numbers that the formulas are filled in with.

use rsc_core::config::{Axis, ChallengeConfig, Objective, Regularizer, TrainingConfig};
use rsc_core::protocol::FeatureUsage;

/// What the numbers are taken from.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Numbers {
    /// The challenged arm's settings.
    pub(crate) challenge: ChallengeConfig,
    /// What the arm minimises.
    pub(crate) objective: Objective,
    /// What is dropped while it trains.
    pub(crate) regularizer: Regularizer,
    /// Batch, rate and optimizer.
    pub(crate) training: TrainingConfig,
    /// Feature map at the challenge point: channels, height, width.
    pub(crate) features: [usize; 3],
    /// Number of classes.
    pub(crate) classes: usize,
    /// Epoch, counted from 0.
    pub(crate) epoch: u32,
    /// What the formulas came to.
    pub(crate) live: Live,
}

/// What the formulas came to where they were worked out last; `None` where they were not yet.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Live {
    /// Along what the image under the microscope was challenged, and its threshold.
    pub(crate) threshold: Option<(Axis, f32)>,
    /// The probability of its true class before and after.
    pub(crate) true_class: Option<(f32, f32)>,
    /// The drop from which on images of the last batch were challenged.
    pub(crate) batch_drop: Option<f32>,
    /// Loss and challenge gap of the last step.
    pub(crate) gap: Option<(f32, f32)>,
    /// Feature usage at the last evaluation.
    pub(crate) usage: Option<FeatureUsage>,
}
