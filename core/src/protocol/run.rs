//! A run: what it is made of, what it is doing, and its numbers.

use serde::{Deserialize, Serialize};

use crate::config::Axis;

/// One domain of a run's data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DomainInfo {
    /// Name.
    pub name: String,
    /// Whether it is never trained on.
    pub held_out: bool,
    /// Images in the training split (0 where held out).
    pub train: usize,
    /// Images in the test split.
    pub test: usize,
}

/// What a run turned out to be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunInfo {
    /// Class names; labels are indices into it.
    pub classes: Vec<String>,
    /// The domains.
    pub domains: Vec<DomainInfo>,
    /// Names of the arms.
    pub arms: Vec<String>,
    /// Side of the input images in pixels.
    pub image_size: usize,
    /// Feature map at the challenge point: `[channels, height, width]`.
    pub features: [usize; 3],
    /// Parameters of one arm, with the running statistics of batch normalisation.
    pub parameters: usize,
    /// Steps in an epoch.
    pub steps_per_epoch: u64,
    /// Steps in the whole run.
    pub total_steps: u64,
}

/// What a run is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunState {
    /// Prepared, no step made.
    Ready,
    /// Training.
    Training,
    /// Between steps.
    Paused,
    /// After the last epoch.
    Done,
    /// Stopped by a fault.
    Failed,
}

/// One training step of one arm.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct StepMetrics {
    /// Mean cross-entropy that was minimised (after masking, with label smoothing if set).
    pub loss: f32,
    /// Fraction of the batch classified rightly before masking, `0..=1`.
    pub accuracy: f32,
    /// Fraction of all positions or channels in the batch that were muted, `0..=1`.
    pub muted_fraction: f32,
    /// Samples whose importance was the same everywhere (so that the rule mutes everything).
    pub degenerate: u32,
    /// Samples that kept their mask.
    pub challenged: u32,
    /// Challenge gap `Γ = loss(masked) − loss(unmasked)`, both plain cross-entropies.
    pub challenge_gap: f32,
    /// Axis used (a mixed arm tosses a coin); `None` without a challenge.
    pub axis: Option<Axis>,
}

/// Where the time of one training step of a challenged arm goes: medians, in milliseconds, each
/// part waited for.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct StepSplit {
    /// Images to tensors on the device.
    pub batch_ms: f64,
    /// From images to features.
    pub body_ms: f64,
    /// Gradient, importance, mask and selection; 0 for a plain arm.
    pub challenge_ms: f64,
    /// From masked features to the loss.
    pub head_ms: f64,
    /// Gradients of all weights.
    pub backward_ms: f64,
    /// The optimizer.
    pub update_ms: f64,
}

/// Metrics of one step, all arms.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StepRecord {
    /// Step, counted from 1.
    pub step: u64,
    /// Epoch, counted from 0.
    pub epoch: u32,
    /// One entry per arm.
    pub arms: Vec<StepMetrics>,
}

/// How well an arm does on images it was not trained on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EvaluationMetrics {
    /// Accuracy on the training domains' test splits together, `0..=1`.
    pub accuracy_same_domain: f32,
    /// Accuracy on the held-out domain, `0..=1`; `None` where none is held out.
    pub accuracy_new_domain: Option<f32>,
    /// Mean cross-entropy on the training domains' test splits.
    pub loss_same_domain: f32,
    /// Mean cross-entropy on the held-out domain.
    pub loss_new_domain: Option<f32>,
    /// Accuracy on each domain's test split, in the order of [`RunInfo::domains`].
    pub accuracy_per_domain: Vec<f32>,
    /// How evenly the channels at the challenge point are used on the training domains' test
    /// images.
    pub usage: FeatureUsage,
}

/// How many of its channels a network uses, and how evenly, from the contributions
/// `u_c = mean |Z_c · G_c|`, normalised to sum 1, with `G` the gradient of the true class's logit.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct FeatureUsage {
    /// Effective number of channels `exp(−Σ u ln u)`.
    pub effective_number: f32,
    /// Gini coefficient: 0 where all are used alike.
    pub gini: f32,
    /// Share of the most used tenth of the channels.
    pub top_tenth: f32,
    /// The shares, largest first.
    pub curve: Vec<f32>,
}

/// One evaluation, all arms.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EvaluationRecord {
    /// After this many steps.
    pub step: u64,
    /// In this epoch, counted from 0.
    pub epoch: u32,
    /// One entry per arm.
    pub arms: Vec<EvaluationMetrics>,
}
