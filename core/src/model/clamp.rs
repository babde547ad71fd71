//! Activations that cut values off, which a convolution can apply to its output in passing.

use burn::tensor::{Tensor, activation::relu};

/// What follows a convolution and its bias.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clamp {
    /// Nothing.
    None,
    /// `max(0, x)`.
    Relu,
    /// `min(max(0, x), 6)` (Howard et al. 2017).
    Relu6,
}

impl Clamp {
    /// # Shapes
    /// - input, output: `[B, C, H, W]`
    pub fn apply(self, input: Tensor<4>) -> Tensor<4> {
        match self {
            Self::None => input,
            Self::Relu => relu(input),
            Self::Relu6 => input.clamp(0.0, 6.0),
        }
    }
}
