//! Gradients on which the domains agree: ANDMask.

use burn::tensor::Tensor;

/// ANDMask (Parascandolo et al. 2021) of one tensor of weights: the mean of the domains' gradients where
/// `|mean_d sign(g_d)| ≥ τ`, else 0, divided by the share of weights that are kept (plus `1e-10`). The sign of 0
/// is 0.
///
/// # Shapes
/// - `gradients`: `[N]` of each domain
/// - output: `[N]`
pub fn and_mask(gradients: &[Tensor<1>], tau: f64) -> Tensor<1> {
    let stacked = Tensor::stack::<2>(gradients.to_vec(), 0);
    let count = stacked.dims()[1];
    let over_domains = |it: Tensor<2>| it.mean_dim(0).reshape([count]);
    let agreement = over_domains(stacked.clone().sign()).abs();
    let kept = agreement.greater_equal_scalar(tau as f32).float();
    let share = kept.clone().mean() + 1e-10;
    over_domains(stacked) * kept / share
}
