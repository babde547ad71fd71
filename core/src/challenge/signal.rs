//! The scalar `s` whose gradient measures how much each feature matters.

use burn::tensor::{Tensor, activation::log_softmax};

use crate::config::Signal;

/// The signal `s`.
///
/// - [`Signal::TrueLogit`]: `Σ_b logits[b, y_b]` (paper, Eq. 1; official code; DomainBed).
/// - [`Signal::Loss`]: mean cross-entropy (the replication's literal formula).
/// - [`Signal::LossDecrease`]: minus that.
///
/// # Shapes
/// - `logits`, `one_hot`: `[B, K]`
/// - output: `[1]`
pub fn signal(logits: Tensor<2>, one_hot: Tensor<2>, kind: Signal) -> Tensor<1> {
    let batch = logits.dims()[0] as f64;
    match kind {
        Signal::TrueLogit => (logits * one_hot).sum(),
        Signal::Loss => (log_softmax(logits, 1) * one_hot).sum() / -batch,
        Signal::LossDecrease => (log_softmax(logits, 1) * one_hot).sum() / batch,
    }
}

/// Logits and `G = ∂s/∂Z`, by one forward and backward pass through `head`.
///
/// `head` must not track its own weights, so that the pass costs nothing for them.
///
/// # Shapes
/// - `features`: `[B, C, H, W]`, outside any graph
/// - `one_hot`: `[B, K]`
/// - output: logits `[B, K]` and gradient `[B, C, H, W]`, both outside any graph
pub fn gradient(
    features: &Tensor<4>,
    one_hot: &Tensor<2>,
    head: impl Fn(Tensor<4>) -> Tensor<2>,
    kind: Signal,
) -> (Tensor<2>, Tensor<4>) {
    let z = features.clone().autodiff().require_grad();
    let logits = head(z.clone());
    let plain_logits = logits.clone().without_autodiff();
    let s = signal(logits, one_hot.clone().autodiff(), kind);
    let gradient = z
        .grad(&s.backward())
        .map(Tensor::without_autodiff)
        // A head that ignores its input has gradient zero.
        .unwrap_or_else(|| features.zeros_like());
    (plain_logits, gradient)
}
