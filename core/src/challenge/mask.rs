//! From importance to a mask, and from a mask to muted features.

use burn::tensor::Tensor;

use super::{along::Along, rank::at_or_above_kth};
use crate::quantile::count_at_or_above;

/// The mask `M = 1[importance < quantile(importance, 1 − p)]`, per sample, linear interpolation,
/// strictly below; `p = 0` keeps everything.
///
/// Computed exactly as *keep what is smaller than the k-th largest*, with
/// `k =` [`count_at_or_above`]`(n, p)`; values tied with the k-th largest are muted.
///
/// # Shapes
/// - `importance`: `[B, n]`
/// - output: `[B, n]`, 1 keeps, 0 mutes
pub fn mask(importance: Tensor<2>, p: f64) -> Tensor<2> {
    let k = count_at_or_above(importance.dims()[1], p);
    1.0 - at_or_above_kth(importance, k)
}

/// One more round: the same rule among what `so_far` keeps, of which `left` remain in each sample;
/// returns the product of both masks and how many then remain.
///
/// `left` is `n − k`, what remains without ties; where ties muted more, this round mutes that much
/// less.
///
/// # Shapes
/// - `importance`, `so_far`: `[B, n]`
pub fn next_round(
    importance: Tensor<2>,
    so_far: Tensor<2>,
    left: usize,
    p: f64,
) -> (Tensor<2>, usize) {
    let k = count_at_or_above(left, p);
    // What is muted already ranks below everything.
    let ranked = importance.mask_fill(so_far.clone().lower_scalar(0.5), f32::NEG_INFINITY);
    let mask = so_far * (1.0 - at_or_above_kth(ranked, k));
    (mask, left - k)
}

/// Muted features `F ⊙ M`, the mask spread over the other axis.
///
/// # Shapes
/// - `features`: `[B, C, H, W]`
/// - `mask`: `[B, H·W]` or `[B, C]`
/// - output: `[B, C, H, W]`
pub fn apply(features: Tensor<4>, mask: Tensor<2>, along: Along) -> Tensor<4> {
    let [batch, channels, height, width] = features.dims();
    match along {
        Along::Spatial => features * mask.reshape([batch, 1, height, width]),
        Along::Channel => features * mask.reshape([batch, channels, 1, 1]),
    }
}
