//! The part of a network after the challenge point, as a challenge sees it.

use burn::tensor::Tensor;

/// Maps features to logits, with normalisation in evaluation mode and untracked weights. Implemented
/// for every function from features to logits.
pub trait Head {
    /// # Shapes
    /// - features: `[B, C, H, W]`
    /// - output: `[B, K]`
    fn logits(&self, features: Tensor<4>) -> Tensor<2>;

    /// The linear layer, if the head is global average pooling and that layer and nothing else: the
    /// gradient then has a closed form, which a GPU uses.
    fn layer(&self) -> Option<Layer> {
        None
    }
}

impl<F: Fn(Tensor<4>) -> Tensor<2>> Head for F {
    fn logits(&self, features: Tensor<4>) -> Tensor<2> {
        self(features)
    }
}

/// A linear layer.
#[derive(Debug, Clone)]
pub struct Layer {
    /// `[C, K]`.
    pub weight: Tensor<2>,
    /// `[K]`.
    pub bias: Tensor<1>,
}
