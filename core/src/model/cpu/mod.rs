//! The CPU backend's own convolutions, clamps and 2×2 max-pool, with their backward passes: faster
//! than those of Burn's CPU backend (Flex), which does everything else.

mod clamp;
mod conv;
mod conv3x3;
mod depthwise;
mod finish;
mod fused_product;
mod geometry;
mod pointwise;
mod pool;
mod primitive;
mod product;
mod simd;
mod strided;

pub(super) use clamp::clamp;
pub(super) use conv::conv2d;
pub(super) use pool::max_pool2d;
