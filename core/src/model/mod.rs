//! Networks that can be cut at a challenge point: `body` maps images to features, `head` maps
//! features to logits.

mod backbone_names;
mod backbone_weights;
mod block;
mod clamp;
mod conv_norm;
#[cfg(feature = "cpu")]
mod cpu;
mod epilogue;
mod export;
mod extractor;
mod functional;
#[cfg(feature = "gpu")]
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
#[cfg(not(feature = "cpu"))]
mod without_cpu;
#[cfg(not(feature = "gpu"))]
mod without_gpu;

#[cfg(not(feature = "cpu"))]
use without_cpu as cpu;
#[cfg(not(feature = "gpu"))]
use without_gpu as gpu;

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
pub(crate) use whole_network::trained_tensors;
pub use whole_network::whole_network;

pub use crate::weights_file::Tensors;

#[cfg(test)]
mod tests;
