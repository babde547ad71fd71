//! The rule of one optimizer step, as numbers.

/// The update rule and its hyperparameters for one step.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    not(feature = "gpu"),
    allow(dead_code, reason = "the GPU device's optimizer reads them")
)]
pub(super) enum UpdateRule {
    /// Adam; with `scale = √(1 − β₂ᵗ)`:
    /// `w ← w − η · m · scale/(1 − β₁ᵗ) / (√v + ε · scale)`.
    Adam {
        /// `β₁`.
        beta_1: f32,
        /// `β₂`.
        beta_2: f32,
        /// `ε`.
        epsilon: f32,
        /// `λ`.
        weight_decay: f32,
        /// Which step this is, counted from 1.
        step: i32,
    },
    /// Stochastic gradient descent: `v ← μ v + (g + λ w)`, `w ← w − η v`.
    Sgd {
        /// `μ`.
        momentum: f32,
        /// `λ`.
        weight_decay: f32,
    },
}

impl UpdateRule {
    /// Number of moments, each as long as all weights.
    pub(super) fn moments(&self) -> usize {
        match self {
            Self::Adam { .. } => 2,
            Self::Sgd { momentum, .. } => usize::from(*momentum > 0.0),
        }
    }
}
