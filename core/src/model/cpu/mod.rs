//! The CPU backend's own 3×3 convolution and 2×2 max-pool, with their backward passes: faster than
//! those of Burn's CPU backend (Flex), which does everything else.

mod conv;
mod pool;
mod primitive;

pub(super) use conv::conv2d;
pub(super) use pool::max_pool2d;
