//! The training loss: cross-entropy with label smoothing.

use burn::tensor::{Tensor, activation::log_softmax};

use super::gpu;
use crate::methods::targets;

/// Mean cross-entropy `−1/B Σ_b Σ_k t_bk log softmax(logits)_bk`, with targets
/// `t = (1 − ε)·one_hot + ε/K` under label smoothing `ε` (Szegedy et al. 2016).
///
/// # Shapes
/// - `logits`, `one_hot`: `[B, K]`
/// - output: `[1]`
pub fn cross_entropy(logits: Tensor<2>, one_hot: Tensor<2>, smoothing: f64) -> Tensor<1> {
    if let Some(loss) = gpu::cross_entropy::cross_entropy(&logits, &one_hot, smoothing) {
        return loss;
    }
    let batch = logits.dims()[0];
    (log_softmax(logits, 1) * targets(one_hot, smoothing)).sum() / -(batch as f64)
}
