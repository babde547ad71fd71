//! Networks that can be cut at a challenge point: `body` maps images to features, `head` maps
//! features to logits.

mod backbone_names;
mod backbone_weights;
mod block;
mod clamp;
mod conv3x3;
mod conv_norm;
mod cpu;
mod export;
mod extractor;
mod functional;
mod gpu;
mod import;
mod init;
mod mode;
mod network;
mod norm;
mod pytorch_names;
mod stage;
mod whole_network;
mod window;

pub use backbone_weights::BackboneWeights;
pub use block::{BasicBlock, Block, ConvBlock};
pub use clamp::Clamp;
pub use conv_norm::ConvNorm;
pub use export::{NamedTensor, to_safetensors, weights};
pub(crate) use export::{safetensors_file, unread_weights};
pub use extractor::Extractor;
pub use import::{from_safetensors, with_weights};
pub use init::Initializer;
pub use mode::Mode;
pub use network::Network;
pub use norm::Norm;
pub use stage::{InvertedBlock, ResidualBlock, Stage, StageBlock};
pub use whole_network::whole_network;

pub use crate::weights_file::Tensors;

#[cfg(test)]
mod tests;
