//! Convolution and max-pool by the fastest implementation on the input's device: this crate's own
//! where there is one, else Burn's.

use burn::{
    nn::conv::Conv2d,
    tensor::{Tensor, activation::relu, module, ops::MaxPoolOptions},
};

use super::{clamp::Clamp, cpu, epilogue::Epilogue, gpu};

/// A convolution.
///
/// # Shapes
/// - input: `[B, C_in, H, W]`
/// - output: as [`Conv2d::forward`]
pub(super) fn conv2d(conv: &Conv2d, input: Tensor<4>) -> Tensor<4> {
    conv2d_activated(conv, input, Clamp::None)
}

/// A convolution, then a clamp; both in one pass where the convolution is this crate's own.
///
/// # Shapes
/// - input: `[B, C_in, H, W]`
/// - output: as [`Conv2d::forward`]
pub(super) fn conv2d_activated(conv: &Conv2d, input: Tensor<4>, activation: Clamp) -> Tensor<4> {
    cpu::conv2d(conv, &input, activation)
        .or_else(|| gpu::conv2d(conv, &input, Epilogue::Clamp(activation)))
        .unwrap_or_else(|| clamp(conv.forward(input), activation))
}

/// Limits each value; the gradient passes strictly inside the interval, as in PyTorch.
///
/// # Shapes
/// - input, output: `[B, C, H, W]`
pub(super) fn clamp(input: Tensor<4>, interval: Clamp) -> Tensor<4> {
    if let Some(output) = cpu::clamp(interval, &input) {
        return output;
    }
    match interval {
        Clamp::None => input,
        Clamp::Relu => relu(input),
        Clamp::Relu6 => relu(input).clamp_max(6.0),
    }
}

/// The largest value of each 2×2 window.
///
/// # Shapes
/// - input: `[B, C, H, W]`
/// - output: `[B, C, ⌊H/2⌋, ⌊W/2⌋]`
pub(super) fn max_pool2d(input: Tensor<4>) -> Tensor<4> {
    cpu::max_pool2d(&input).unwrap_or_else(|| {
        module::max_pool2d(input, MaxPoolOptions::new([2, 2]).with_stride([2, 2]))
    })
}

#[cfg(test)]
mod backbone_tests;
#[cfg(test)]
mod tests;
