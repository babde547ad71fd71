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

/// 1 for the samples that are challenged.
///
/// - Without `minimum`: those with `d ≥ quantile(d, 1 − b)` (DomainBed).
/// - With it, as the official code does: of `c = max(d − minimum, 0)`, those strictly above the
///   `round(b·B)`-th largest counted from 0; so at most `round(b·B)` samples, ties with the next
///   and `c = 0` left out.
///
/// `b = 0` selects none.
///
/// # Shapes
/// - `drop`: `[B]`
/// - output: `[B]`
pub fn select(drop: Tensor<1>, b: f64, minimum: Option<f64>) -> Tensor<1> {
    let batch = drop.dims()[0];
    let Some(minimum) = minimum else {
        let k = count_at_or_above(batch, b);
        return at_or_above_kth(drop.reshape([1, batch]), k).reshape([batch]);
    };
    let k = (b * batch as f64).round_ties_even();
    let excess = (drop - minimum).clamp_min(0.0);
    let this = excess.clone().reshape([batch, 1]).expand([batch, batch]);
    let other = excess.clone().reshape([1, batch]).expand([batch, batch]);
    // c is strictly above the (k + 1)-th largest iff at most k values are at least c.
    let at_least = other.greater_equal(this).float().sum_dim(1);
    let largest = at_least.reshape([batch]).lower_scalar(k as f32 + 0.5);
    largest.float() * excess.greater_scalar(0.0).float()
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
