//! Networks that can be cut at a challenge point: `body` maps images to features, `head` maps
//! features to logits.

mod block;
mod conv;
mod export;
mod flex;
mod gpu;
mod import;
mod init;
mod names;
mod network;
mod norm;
mod pool;

pub use block::{BasicBlock, Block, ConvBlock};
pub use export::{Weight, to_safetensors, weights};
pub(crate) use export::{safetensors_file, unread_weights};
pub use import::{Tensors, from_safetensors, with_weights};
pub use init::Weights;
pub use network::Network;
pub use norm::Norm;

/// Whether layers behave as in training.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Batch statistics, running statistics updated.
    Train,
    /// Running statistics, nothing updated.
    Evaluate,
}

#[cfg(test)]
mod tests;
