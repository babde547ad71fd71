//! Masks of features drawn at random: dropout, spatial dropout, DropBlock. They are drawn on the
//! processor, so that they are the same on every device.

use rand::Rng;

/// Dropout (Srivastava et al. 2014): each value is kept with probability `1 − rate` and scaled by
/// `1/(1 − rate)`.
///
/// Returns `count` factors.
pub fn dropout(count: usize, rate: f64, rng: &mut impl Rng) -> Vec<f32> {
    let kept = (1.0 / (1.0 - rate)) as f32;
    let factor = |drop: bool| if drop { 0.0 } else { kept };
    (0..count).map(|_| factor(rng.random_bool(rate))).collect()
}

/// Spatial dropout (Tompson et al. 2015): [`dropout`] of whole channels.
///
/// Returns one factor for each image and channel, `[B, C]`.
pub fn spatial_dropout(batch: usize, channels: usize, rate: f64, rng: &mut impl Rng) -> Vec<f32> {
    dropout(batch * channels, rate, rng)
}

/// DropBlock (Ghiasi et al. 2018): squares of `block` by `block` positions that lie within the map are
/// dropped, each possible one with probability
/// `γ = rate / block² · H·W / ((H − block + 1)(W − block + 1))`; what is left is scaled by the number of all
/// values over the number of those left.
///
/// `shape` is `[B, C, H, W]`; returns a factor for each value.
pub fn drop_block(shape: [usize; 4], rate: f64, block: usize, rng: &mut impl Rng) -> Vec<f32> {
    let [batch, channels, height, width] = shape;
    let (down, right) = (height - block + 1, width - block + 1);
    let gamma = rate / (block * block) as f64 * (height * width) as f64 / (down * right) as f64;
    let area = height * width;
    let mut kept = vec![1.0_f32; batch * channels * area];
    for plane in kept.chunks_exact_mut(area) {
        for top in 0..down {
            for left in 0..right {
                if !rng.random_bool(gamma.min(1.0)) {
                    continue;
                }
                for row in plane[top * width..].chunks_mut(width).take(block) {
                    row[left..left + block].fill(0.0);
                }
            }
        }
    }
    let left = kept.iter().filter(|value| **value > 0.0).count();
    let scale = kept.len() as f32 / left.max(1) as f32;
    kept.iter_mut().for_each(|value| *value *= scale);
    kept
}
