//! The activations of pretrained backbones that limit a value to an interval.

use burn::tensor::{Tensor, activation::relu};

use super::cpu;

/// What limits the outputs of a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clamp {
    /// Nothing.
    None,
    /// ReLU: `max(x, 0)`.
    Relu,
    /// ReLU6: `min(max(x, 0), 6)`.
    Relu6,
}

impl Clamp {
    /// The interval, if there is one.
    pub(super) fn bounds(self) -> Option<[f32; 2]> {
        match self {
            Self::None => None,
            Self::Relu => Some([0.0, f32::INFINITY]),
            Self::Relu6 => Some([0.0, 6.0]),
        }
    }

    /// Limits each value; the gradient passes strictly inside the interval, as in PyTorch.
    ///
    /// # Shapes
    /// - input, output: `[B, C, H, W]`
    pub fn apply(self, input: Tensor<4>) -> Tensor<4> {
        if let Some(output) = cpu::clamp(self, &input) {
            return output;
        }
        match self {
            Self::None => input,
            Self::Relu => relu(input),
            Self::Relu6 => relu(input).clamp_max(6.0),
        }
    }
}
