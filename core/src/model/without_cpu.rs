//! What the CPU device's own layers are in a module without that device: there are none.

use burn::{nn::conv::Conv2d, tensor::Tensor};

use super::clamp::Clamp;

/// No convolution.
pub(super) fn conv2d(_: &Conv2d, _: &Tensor<4>, _: Clamp) -> Option<Tensor<4>> {
    None
}

/// No clamp.
pub(super) fn clamp(_: Clamp, _: &Tensor<4>) -> Option<Tensor<4>> {
    None
}

/// No pool.
pub(super) fn max_pool2d(_: &Tensor<4>) -> Option<Tensor<4>> {
    None
}

/// No batch normalisation.
pub(super) fn batch_norm(
    _: &Tensor<4>,
    _: [&Tensor<1>; 2],
    _: f64,
) -> Option<(Tensor<4>, [Tensor<1>; 2])> {
    None
}
