//! Which samples of the batch are challenged.

use burn::tensor::{Tensor, activation::softmax};

use super::rank::at_or_above_kth;
use crate::quantile::count_at_or_above;

/// How much the probability of the true class drops under the mask:
/// `d = softmax(head(Z))[y] − softmax(head(Z ⊙ M))[y]`.
///
/// # Shapes
/// - `before`, `after`, `one_hot`: `[B, K]` (logits)
/// - output: `[B]`
pub fn probability_drop(before: Tensor<2>, after: Tensor<2>, one_hot: Tensor<2>) -> Tensor<1> {
    let batch = before.dims()[0];
    ((softmax(before, 1) - softmax(after, 1)) * one_hot)
        .sum_dim(1)
        .reshape([batch])
}

/// 1 for the samples with `d ≥ quantile(d, 1 − b)`; with `minimum`, only where also `d > minimum`
/// (official code: `1e-4`). `b = 0` selects none.
///
/// # Shapes
/// - `drop`: `[B]`
/// - output: `[B]`
pub fn select(drop: Tensor<1>, b: f64, minimum: Option<f64>) -> Tensor<1> {
    let batch = drop.dims()[0];
    let k = count_at_or_above(batch, b);
    let chosen = at_or_above_kth(drop.clone().reshape([1, batch]), k).reshape([batch]);
    match minimum {
        Some(minimum) => chosen * drop.greater_scalar(minimum).float(),
        None => chosen,
    }
}

/// The mask in force: that of the selected samples, 1 everywhere for the others.
///
/// # Shapes
/// - `mask`: `[B, n]`, `selected`: `[B]`
/// - output: `[B, n]`
pub fn keep_selected(mask: Tensor<2>, selected: Tensor<1>) -> Tensor<2> {
    let batch = mask.dims()[0];
    1.0 - (1.0 - mask) * selected.reshape([batch, 1])
}
