//! Importance of each position or channel, from features and gradients.

use burn::tensor::Tensor;

use super::along::Along;
use crate::config::Importance;

/// Importances whose range is at most this, relative to the largest magnitude, count as constant.
pub(super) const DEGENERATE_TOLERANCE: f64 = 1e-6;

/// Importance of each position or channel.
///
/// - [`Importance::GradientMean`]: mean of `G` over channels (positions) or over positions
///   (channels): the replication, DomainBed, the official code for channels.
/// - [`Importance::GradCam`]: over positions `Σ_c Z_c · mean_hw(G_c)` (the official code); over
///   channels the same as the gradient mean.
/// - [`Importance::GradientTimesActivation`]: mean of `G·Z` over the other axis.
///
/// # Shapes
/// - `z`, `g`: `[B, C, H, W]`
/// - output: `[B, H·W]` or `[B, C]`
pub fn importance(z: Tensor<4>, g: Tensor<4>, rule: Importance, along: Along) -> Tensor<2> {
    let [batch, channels, height, width] = z.dims();
    let positions = height * width;
    let flat = [batch, channels, positions];
    let g = g.reshape(flat);
    match (rule, along) {
        (Importance::GradientMean, Along::Spatial) => g.mean_dim(1).reshape([batch, positions]),
        (Importance::GradientMean | Importance::GradCam, Along::Channel) => {
            g.mean_dim(2).reshape([batch, channels])
        }
        (Importance::GradCam, Along::Spatial) => (z.reshape(flat) * g.mean_dim(2))
            .sum_dim(1)
            .reshape([batch, positions]),
        (Importance::GradientTimesActivation, Along::Spatial) => (z.reshape(flat) * g)
            .mean_dim(1)
            .reshape([batch, positions]),
        (Importance::GradientTimesActivation, Along::Channel) => {
            (z.reshape(flat) * g).mean_dim(2).reshape([batch, channels])
        }
    }
}

/// Mean activation of each position or channel: the baseline `top_activation`.
///
/// # Shapes
/// - `z`: `[B, C, H, W]`
/// - output: `[B, H·W]` or `[B, C]`
pub fn activation(z: Tensor<4>, along: Along) -> Tensor<2> {
    let [batch, channels, height, width] = z.dims();
    let positions = height * width;
    let z = z.reshape([batch, channels, positions]);
    match along {
        Along::Spatial => z.mean_dim(1).reshape([batch, positions]),
        Along::Channel => z.mean_dim(2).reshape([batch, channels]),
    }
}

/// 1 for each sample whose importance is the same everywhere: there the literal rule mutes
/// everything.
///
/// # Shapes
/// - `importance`: `[B, n]`
/// - output: `[B]`
pub fn degenerate(importance: Tensor<2>) -> Tensor<1> {
    let batch = importance.dims()[0];
    let spread = importance.clone().max_dim(1) - importance.clone().min_dim(1);
    let scale = importance.abs().max_dim(1);
    spread
        .lower_equal(scale * DEGENERATE_TOLERANCE)
        .float()
        .reshape([batch])
}
