//! The GPU device's own layers: 3×3 convolutions, alone or fused with the ReLU and pool that follow,
//! and the head of global average pooling and a linear layer.
//!
//! Burn's own convolution lays patches out as a matrix in memory, and each following operation is
//! another pass over all values. Here a block without normalisation is one shader forward. Its
//! backward pass is one shader for ReLU and pool, one for the input's gradient, and one or two for
//! the weights'. Every other layer is left to Burn, whose results the tests compare with.

mod conv;
mod conv_shader;
mod gap_linear;
mod relu_pool_backward;
mod weight_grad_shader;

pub(super) use conv::{Epilogue, conv2d};
pub(super) use gap_linear::gap_linear;

#[cfg(test)]
mod tests;
