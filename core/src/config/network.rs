//! The shape of the network and where it is cut.

use serde::{Deserialize, Serialize};

/// Nonlinearity after each convolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Activation {
    /// `max(0, x)`.
    #[default]
    Relu,
    /// `x·Φ(x)`.
    Gelu,
}

/// Normalisation after each convolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Normalization {
    /// None.
    #[default]
    None,
    /// Batch normalisation, with running statistics.
    Batch,
    /// Group normalisation.
    Group {
        /// Number of groups; must divide every channel count.
        groups: usize,
    },
}

/// What turns the last feature map into logits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Head {
    /// Mean over positions, then linear (GAP + linear).
    #[default]
    GapLinear,
    /// All values, then linear.
    FlattenLinear,
}

/// One stage of a [`Backbone::ResNet`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StageConfig {
    /// Output channels, `1..=512`.
    pub channels: usize,
    /// Basic blocks, `1..=8`.
    pub blocks: usize,
    /// Stride of the first block, 1 or 2.
    pub stride: usize,
}

/// The convolutional part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Backbone {
    /// 3×3 convolutions; every block but the last ends in a 2×2 max-pool.
    SmallCnn {
        /// Output channels of each block, 1 to 6 blocks of `1..=512`.
        channels: Vec<usize>,
    },
    /// A 3×3 stem, then stages of basic blocks with shortcuts.
    #[serde(rename = "resnet")]
    ResNet {
        /// Channels of the stem, `1..=512`.
        stem: usize,
        /// 1 to 4 stages.
        stages: Vec<StageConfig>,
    },
}

impl Backbone {
    /// Number of blocks after which the network can be cut.
    pub fn blocks(&self) -> usize {
        match self {
            Self::SmallCnn { channels } => channels.len(),
            Self::ResNet { stages, .. } => stages.iter().map(|stage| stage.blocks).sum(),
        }
    }
}

/// The network and its challenge point.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NetworkConfig {
    /// The convolutional part.
    pub backbone: Backbone,
    /// Nonlinearity.
    pub activation: Activation,
    /// Normalisation.
    pub normalization: Normalization,
    /// From features to logits.
    pub head: Head,
    /// The challenge point: after this many blocks (`1..=blocks`); `None` for the last.
    pub challenge_after: Option<usize>,
}

impl Default for NetworkConfig {
    fn default() -> Self {
        Self {
            backbone: Backbone::SmallCnn {
                channels: vec![16, 32, 64],
            },
            activation: Activation::Relu,
            normalization: Normalization::None,
            head: Head::GapLinear,
            challenge_after: None,
        }
    }
}

impl NetworkConfig {
    /// The challenge point as a number of blocks.
    pub fn challenge_block(&self) -> usize {
        self.challenge_after.unwrap_or(self.backbone.blocks())
    }
}
