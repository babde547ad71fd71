//! Penalties for what differs between domains in losses and logits: VREx, IRM, spectral decoupling.

use burn::tensor::{Tensor, TensorData, activation::softmax};

/// VREx (Krueger et al. 2021): the variance of the domains' losses, `1/D Σ_d (L_d − mean L)²`.
///
/// # Shapes
/// - `losses`: `[D]`
/// - output: `[1]`
pub fn loss_variance(losses: Tensor<1>) -> Tensor<1> {
    let mean = losses.clone().mean();
    (losses - mean).square().mean()
}

/// IRM (Arjovsky et al. 2019), in the unbiased form of its section 3.1 that DomainBed has: the mean over
/// domains of `g_even · g_odd`. `g` is the derivative of the mean cross-entropy of `s · logits` by `s`
/// at 1, on every other image: `mean_b Σ_k (softmax(logits)_bk − t_bk) · logits_bk`. As this is plain
/// arithmetic, no second derivative is needed. It may be negative.
///
/// # Shapes
/// - `logits`, `targets`: `[D·n, K]`, domain after domain, `n ≥ 2`
/// - output: `[1]`
pub fn irm_penalty(logits: Tensor<2>, targets: Tensor<2>, domains: usize) -> Tensor<1> {
    let each = logits.dims()[0] / domains;
    let slopes = ((softmax(logits.clone(), 1) - targets) * logits).sum_dim(1);
    let slopes = slopes.reshape([domains, each]);
    let device = slopes.device();
    let mean_of = |first: usize| {
        let share = 1.0 / (each + 1 - first).div_euclid(2) as f32;
        let shares = (0..each).map(|i| if i % 2 == first { share } else { 0.0 });
        let shares = TensorData::new(shares.collect::<Vec<f32>>(), [1, each]);
        (slopes.clone() * Tensor::from_data(shares, &device)).sum_dim(1)
    };
    (mean_of(0) * mean_of(1)).mean()
}

/// Spectral decoupling (Pezeshki et al. 2021): the mean of the squared logits, over images and classes.
///
/// # Shapes
/// - `logits`: `[B, K]`
/// - output: `[1]`
pub fn logit_penalty(logits: Tensor<2>) -> Tensor<1> {
    logits.square().mean()
}
