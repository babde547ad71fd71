//! The CPU backend's own convolutions, batch normalisation, clamps and 2×2 max-pool, with their backward passes: faster
//! than those of Burn's CPU backend (Flex), which does everything else.

mod batch_norm;
mod clamp;
mod conv;
mod correlation;
mod dense;
mod depthwise;
mod finish;
mod fused_product;
mod geometry;
mod plane;
mod pointwise;
mod pool;
mod primitive;
mod product;
mod simd;

pub(super) use batch_norm::batch_norm;
pub(super) use clamp::clamp;
pub(super) use conv::conv2d;
pub(super) use pool::max_pool2d;
