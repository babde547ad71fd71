//! The shape of the network and where it is cut.

use serde::{Deserialize, Serialize};

use super::pretrained::{FrozenPart, PixelScale, PretrainedNetwork, Trains};

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
    /// A 1×1 convolution, ReLU, the mean over positions, linear: features of the data's own over those
    /// of the backbone. The convolution is a block, after which the network can be cut. It takes the
    /// place of an EfficientNet-Lite's own last convolution, whose features are ImageNet's.
    ConvGapLinear {
        /// Channels of the convolution, `1..=1024`.
        channels: usize,
    },
}

impl Head {
    /// Channels of [`Self::ConvGapLinear`] to begin with.
    pub const CONV_CHANNELS: usize = 256;

    /// Whether an EfficientNet-Lite keeps the convolution that makes its features.
    pub fn keeps_features(self) -> bool {
        !matches!(self, Self::ConvGapLinear { .. })
    }

    /// Blocks that it adds to those of the backbone.
    fn blocks(self) -> usize {
        usize::from(matches!(self, Self::ConvGapLinear { .. }))
    }
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
    /// A network with ImageNet weights, with normalisation and activation of its own.
    Pretrained {
        /// Which.
        network: PretrainedNetwork,
        /// What of it is trained.
        #[serde(default)]
        trains: Trains,
        /// Whether the stages that train normalise by the batch and update the running statistics of
        /// batch normalisation; else these stay as they are, as in DomainBed.
        #[serde(default)]
        batch_statistics: bool,
    },
}

impl Backbone {
    /// Number of blocks (of a pretrained network: stages) after which the network can be cut.
    pub fn blocks(&self) -> usize {
        match self {
            Self::SmallCnn { channels } => channels.len(),
            Self::ResNet { stages, .. } => stages.iter().map(|stage| stage.blocks).sum(),
            Self::Pretrained { network, .. } => network.stages(),
        }
    }

    /// How many of these blocks are frozen: the first ones.
    pub fn frozen_blocks(&self) -> usize {
        match self {
            Self::SmallCnn { .. } | Self::ResNet { .. } => 0,
            Self::Pretrained {
                network, trains, ..
            } => trains.frozen_stages(network.stages()),
        }
    }

    /// The pretrained network, if it is one.
    pub fn pretrained(&self) -> Option<PretrainedNetwork> {
        match self {
            Self::SmallCnn { .. } | Self::ResNet { .. } => None,
            Self::Pretrained { network, .. } => Some(*network),
        }
    }

    /// How its input is made from the bytes of an image.
    pub fn pixel_scale(&self) -> PixelScale {
        self.pretrained()
            .map_or(PixelScale::SYMMETRIC, PretrainedNetwork::pixel_scale)
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
    /// The challenge point: after this many blocks, from the first that is not followed by a frozen one
    /// to the last; `None` for the last.
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
    /// Number of blocks after which the network can be cut: those of the backbone and of the head.
    pub fn blocks(&self) -> usize {
        self.backbone.blocks() + self.head.blocks()
    }

    /// What of the backbone is not trained.
    pub fn frozen_part(&self) -> FrozenPart {
        let stages = self.backbone.frozen_blocks();
        FrozenPart {
            stages,
            features: stages == self.backbone.blocks() && self.head.keeps_features(),
        }
    }

    /// Whether all of the backbone is frozen.
    pub fn trains_head_alone(&self) -> bool {
        self.frozen_part().stages == self.backbone.blocks()
    }

    /// The first challenge point that there is: features before it are not trained.
    pub fn first_challenge_block(&self) -> usize {
        self.backbone.frozen_blocks().max(1)
    }

    /// The challenge point as a number of blocks.
    pub fn challenge_block(&self) -> usize {
        self.challenge_after.unwrap_or(self.blocks())
    }

    /// Number of features that the linear layer gets of an image.
    pub fn classifier_inputs(&self, image_size: usize) -> usize {
        let cost = self.cost(image_size, 1);
        let last = cost.blocks.get(self.blocks().saturating_sub(1));
        match self.head {
            Head::ConvGapLinear { channels } => channels,
            Head::GapLinear => last.map_or(0, |part| part.channels),
            Head::FlattenLinear => last.map_or(0, |part| part.channels * part.side * part.side),
        }
    }

    /// Shape `[channels, height, width]` of the features at the challenge point.
    pub fn feature_shape(&self, image_size: usize) -> [usize; 3] {
        let cost = self.cost(image_size, 1);
        let last = cost.blocks.get(self.challenge_block().saturating_sub(1));
        last.map_or([0; 3], |part| [part.channels, part.side, part.side])
    }
}
