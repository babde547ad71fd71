//! Weights of the domains by their losses: GroupDRO.

use burn::tensor::Tensor;

/// GroupDRO (Sagawa et al. 2020, algorithm 1): `q_d ← q_d · exp(η L_d)`, then `q ← q / Σ q`. The step
/// minimises `Σ_d q_d L_d` with the new `q`, which has no gradient.
///
/// # Shapes
/// - `weights`: `q` before, `[D]`; `losses`: `L`, `[D]`, outside any graph
/// - output: `[D]`
pub fn group_weights(weights: Tensor<1>, losses: Tensor<1>, eta: f64) -> Tensor<1> {
    let raised = weights * (losses * eta).exp();
    let sum = raised.clone().sum();
    raised / sum
}
