//! The GPU device's own layers: 3×3, 1×1 and depthwise convolutions, alone or fused with the clamp or
//! the pool that follow, and the head of global average pooling and a linear layer.
//!
//! Burn's own convolution lays patches out as a matrix in memory, and each following operation is
//! another pass over all values. Here a convolution and its clamp, or a block without normalisation,
//! are one shader forward. The backward pass is one shader for clamp or pool, one for the input's
//! gradient, and one or two for the weights'. Every other layer, such as a strided convolution over all
//! channels, is left to Burn, whose results the tests compare with.

mod clamp;
mod conv;
mod conv3x3;
mod conv3x3_shader;
mod conv3x3_weight_shader;
mod depthwise;
mod depthwise_shader;
mod depthwise_weight_shader;
mod gap_linear;
mod max_pool_backward;
mod pointwise;
mod pointwise_shader;
mod pointwise_weight_shader;
mod reduce;
mod tiles;

pub(super) use conv::conv2d;
#[cfg(test)]
pub(super) use conv::is_own;
pub(super) use gap_linear::gap_linear;

#[cfg(test)]
mod tests;
