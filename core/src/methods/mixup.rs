//! Mixup between domains.

use burn::tensor::{Tensor, TensorData};

/// What one step of Mixup draws.
#[derive(Debug, Clone, PartialEq)]
pub struct MixupDraw {
    /// The domains in the order in which each is mixed with the next, the last with the first.
    pub order: Vec<usize>,
    /// `λ` of each pair, in that order.
    pub shares: Vec<f64>,
}

/// Mixup (Zhang et al. 2018) between domains (Yan et al. 2020), as DomainBed has it: pair `i` is
/// `λ_i x_a + (1 − λ_i) x_b` with `a = order[i]` and `b = order[i + 1]`, one `λ` for all images of a pair.
/// Labels are mixed alike: cross-entropy is linear in its targets, so their loss is DomainBed's
/// `λ CE(y_a) + (1 − λ) CE(y_b)`.
///
/// # Shapes
/// - `images`: `[D·n, C, H, W]`, `labels`: `[D·n, K]`, domain after domain
/// - output: the same, pair after pair
pub fn mixup(images: &Tensor<4>, labels: &Tensor<2>, draw: &MixupDraw) -> (Tensor<4>, Tensor<2>) {
    let domains = draw.order.len();
    let batch = labels.dims()[0];
    let each = batch / domains;
    let (mut first, mut second, mut shares) = (Vec::new(), Vec::new(), Vec::new());
    for (pair, &domain) in draw.order.iter().enumerate() {
        let next = draw.order[(pair + 1) % domains];
        for image in 0..each {
            first.push((domain * each + image) as i32);
            second.push((next * each + image) as i32);
            shares.push(draw.shares[pair] as f32);
        }
    }
    let device = images.device();
    let at = |rows: Vec<i32>| Tensor::from_data(TensorData::new(rows, [batch]), &device);
    let (first, second) = (at(first), at(second));
    let share: Tensor<1> = Tensor::from_data(TensorData::new(shares, [batch]), &device);
    let other = share.clone().neg() + 1.0;
    let mixed_images = images.clone().select(0, first.clone())
        * share.clone().reshape([batch, 1, 1, 1])
        + images.clone().select(0, second.clone()) * other.clone().reshape([batch, 1, 1, 1]);
    let mixed_labels = labels.clone().select(0, first) * share.reshape([batch, 1])
        + labels.clone().select(0, second) * other.reshape([batch, 1]);
    (mixed_images, mixed_labels)
}
