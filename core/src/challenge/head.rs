//! What a challenge needs of the part of the network behind the cut.

use burn::tensor::Tensor;

/// Maps features to logits, with normalisation in evaluation mode and untracked weights.
///
/// A function of features is one.
pub trait Head {
    /// # Shapes
    /// - features: `[B, C, H, W]`
    /// - output: `[B, K]`
    fn logits(&self, features: Tensor<4>) -> Tensor<2>;

    /// The linear layer, if the logits are the mean of each channel over all positions followed by
    /// that layer and nothing else: then a GPU needs no graph.
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
