//! The metrics of a step, computed on the device and read later.

use burn::tensor::Tensor;

use super::{gpu::metrics::metrics_on_gpu, loss::cross_entropy};
use crate::challenge::Challenged;

/// Number of metrics of a step: loss, accuracy before masking, muted fraction, degenerate samples,
/// challenged samples, challenge gap.
pub const METRICS: usize = 6;

/// Fraction of samples whose largest logit is the true class's.
///
/// # Shapes
/// - `logits`, `one_hot`: `[B, K]`
/// - output: `[1]`
fn accuracy(logits: Tensor<2>, one_hot: Tensor<2>) -> Tensor<1> {
    let batch = logits.dims()[0] as f64;
    one_hot.gather(1, logits.argmax(1)).sum() / batch
}

/// The metrics of a step, in the order of [`METRICS`], from its loss, its logits (of the muted features
/// where there was a challenge) and the challenge's outcome. The challenge gap is
/// `Γ = loss(masked) − loss(unmasked)` (the paper's Fig. 2), both without label smoothing.
///
/// # Shapes
/// - `loss`: `[1]`
/// - `logits`, `one_hot`: `[B, K]`
/// - output: `[METRICS]`
pub(super) fn metrics(
    loss: Tensor<1>,
    logits: Tensor<2>,
    one_hot: &Tensor<2>,
    outcome: Option<&Challenged>,
) -> Tensor<1> {
    metrics_on_gpu(&loss, &logits, one_hot, outcome, METRICS)
        .unwrap_or_else(|| plain_metrics(loss, logits, one_hot, outcome))
}

/// The same by plain tensor operations.
pub(super) fn plain_metrics(
    loss: Tensor<1>,
    logits: Tensor<2>,
    one_hot: &Tensor<2>,
    outcome: Option<&Challenged>,
) -> Tensor<1> {
    let Some(outcome) = outcome else {
        let none = Tensor::zeros([4], &loss.device());
        return Tensor::cat(vec![loss, accuracy(logits, one_hot.clone()), none], 0);
    };
    let masked = cross_entropy(logits, one_hot.clone(), 0.0);
    let unmasked = cross_entropy(outcome.logits.clone(), one_hot.clone(), 0.0);
    let parts = vec![
        loss,
        accuracy(outcome.logits.clone(), one_hot.clone()),
        1.0 - outcome.mask.clone().mean(),
        outcome.degenerate.clone().sum(),
        outcome.selected.clone().sum(),
        masked - unmasked,
    ];
    Tensor::cat(parts, 0)
}
