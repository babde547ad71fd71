//! Convolution and max-pool by the fastest implementation on the input's device: this crate's own
//! where there is one, else Burn's.

use burn::{
    nn::conv::Conv2d,
    tensor::{Tensor, module, ops::MaxPoolOptions},
};

use super::{clamp::Clamp, cpu, gpu};

/// A convolution.
///
/// # Shapes
/// - input: `[B, C_in, H, W]`
/// - output: as [`Conv2d::forward`]
pub(super) fn conv2d(conv: &Conv2d, input: Tensor<4>) -> Tensor<4> {
    cpu::conv2d(conv, &input, Clamp::None)
        .or_else(|| gpu::conv2d(conv, &input, gpu::Epilogue::None))
        .unwrap_or_else(|| conv.forward(input))
}

/// A convolution, then a clamp; on the CPU both in one pass.
///
/// # Shapes
/// - input: `[B, C_in, H, W]`
/// - output: as [`Conv2d::forward`]
pub(super) fn conv2d_activated(conv: &Conv2d, input: Tensor<4>, activation: Clamp) -> Tensor<4> {
    cpu::conv2d(conv, &input, activation).unwrap_or_else(|| activation.apply(conv2d(conv, input)))
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
