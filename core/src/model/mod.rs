//! Networks that can be cut at a challenge point: `body` maps images to features, `head` maps
//! features to logits.

mod block;
mod clamp;
mod conv3x3;
mod cpu;
mod export;
mod functional;
mod gpu;
mod import;
mod init;
mod mode;
mod network;
mod norm;
mod pytorch_names;

pub use block::{BasicBlock, Block, ConvBlock};
pub use clamp::Clamp;
pub use export::{NamedTensor, to_safetensors, weights};
pub(crate) use export::{safetensors_file, unread_weights};
pub use import::{Tensors, from_safetensors, with_weights};
pub use init::Initializer;
pub use mode::Mode;
pub use network::Network;
pub use norm::Norm;

#[cfg(test)]
mod tests;
