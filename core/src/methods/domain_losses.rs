//! The losses of the domains of a batch.

use burn::tensor::{Tensor, activation::log_softmax};

/// Targets under label smoothing `ε`: `(1 − ε)·one_hot + ε/K` (Szegedy et al. 2016).
///
/// # Shapes
/// - `one_hot`, output: `[B, K]`
pub fn targets(one_hot: Tensor<2>, smoothing: f64) -> Tensor<2> {
    if smoothing <= 0.0 {
        return one_hot;
    }
    let classes = one_hot.dims()[1];
    one_hot * (1.0 - smoothing) + smoothing / classes as f64
}

/// Cross-entropy of each image, `−Σ_k t_k log softmax(logits)_k`.
///
/// # Shapes
/// - `logits`, `targets`: `[B, K]`
/// - output: `[B]`
pub fn cross_entropies(logits: Tensor<2>, targets: Tensor<2>) -> Tensor<1> {
    let batch = logits.dims()[0];
    let sums = (log_softmax(logits, 1) * targets).sum_dim(1);
    sums.reshape([batch]).neg()
}

/// `L_d`, the mean over each domain's images.
///
/// # Shapes
/// - `losses`: `[D·n]`, domain after domain
/// - output: `[D]`
pub fn domain_losses(losses: Tensor<1>, domains: usize) -> Tensor<1> {
    let each = losses.dims()[0] / domains;
    losses
        .reshape([domains, each])
        .mean_dim(1)
        .reshape([domains])
}
