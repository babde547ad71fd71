//! Backbones with ImageNet weights: which there are, what they consist of, and what of them trains.

use serde::{Deserialize, Serialize};

/// A network whose weights come from a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum PretrainedNetwork {
    /// EfficientNet-Lite0: the table of EfficientNet-B0 (Tan and Le 2019) without squeeze-and-excitation,
    /// with ReLU6; its weights come with the program.
    #[serde(rename = "efficientnet_lite0")]
    EfficientNetLite0,
    /// ResNet-18 (He et al. 2016) as torchvision has it.
    #[serde(rename = "resnet18")]
    ResNet18,
    /// ResNet-50 (He et al. 2016) as torchvision has it: the stride lies on the 3×3 convolution.
    #[serde(rename = "resnet50")]
    ResNet50,
}

/// How bytes of an image become a network's input: `(v − mean) / deviation` for each colour.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PixelScale {
    /// Mean of red, green and blue, in bytes.
    pub mean: [f32; 3],
    /// Standard deviation of red, green and blue, in bytes.
    pub deviation: [f32; 3],
}

impl PixelScale {
    /// From −1 to 1.
    pub const SYMMETRIC: Self = Self {
        mean: [127.5; 3],
        deviation: [127.5; 3],
    };
    /// As EfficientNet-Lite was trained: `(v − 127) / 128`.
    const LITE: Self = Self {
        mean: [127.0; 3],
        deviation: [128.0; 3],
    };
    /// Mean and deviation of ImageNet, as torchvision gives them for values from 0 to 1.
    const IMAGENET: Self = Self {
        mean: [0.485 * 255.0, 0.456 * 255.0, 0.406 * 255.0],
        deviation: [0.229 * 255.0, 0.224 * 255.0, 0.225 * 255.0],
    };
}

/// A stage of inverted residual blocks (Sandler et al. 2018).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvertedStage {
    /// The 1×1 convolution before the depthwise one widens so many times.
    pub expand: usize,
    /// Output channels.
    pub channels: usize,
    /// Number of blocks.
    pub blocks: usize,
    /// Stride of the first block.
    pub stride: usize,
    /// Side of the depthwise kernel.
    pub kernel: usize,
}

/// A stage of ResNet blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResidualStage {
    /// Channels of the 3×3 convolutions; a bottleneck block puts out four times as many.
    pub channels: usize,
    /// Number of blocks.
    pub blocks: usize,
    /// Stride of the first block.
    pub stride: usize,
    /// Whether the blocks are bottlenecks: 1×1, 3×3, 1×1.
    pub bottleneck: bool,
}

/// What a pretrained network consists of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// A 3×3 stem of 32 channels with stride 2, inverted residual stages, a 1×1 convolution to
    /// [`LITE_FEATURES`] channels that belongs to the last stage, unless the head has one in its place.
    Inverted(&'static [InvertedStage]),
    /// A 7×7 stem of 64 channels with stride 2, a 3×3 max-pool with stride 2, residual stages.
    Residual([ResidualStage; 4]),
}

/// Channels of EfficientNet-Lite0's stem.
pub const LITE_STEM: usize = 32;
/// Channels of EfficientNet-Lite0's last feature map.
pub const LITE_FEATURES: usize = 1280;
/// Channels of a ResNet's stem.
pub const RESNET_STEM: usize = 64;

const LITE0: [InvertedStage; 7] = [
    inverted(1, 16, 1, 1, 3),
    inverted(6, 24, 2, 2, 3),
    inverted(6, 40, 2, 2, 5),
    inverted(6, 80, 3, 2, 3),
    inverted(6, 112, 3, 1, 5),
    inverted(6, 192, 4, 2, 5),
    inverted(6, 320, 1, 1, 3),
];

const fn inverted(
    expand: usize,
    channels: usize,
    blocks: usize,
    stride: usize,
    kernel: usize,
) -> InvertedStage {
    InvertedStage {
        expand,
        channels,
        blocks,
        stride,
        kernel,
    }
}

fn residual(blocks: [usize; 4], bottleneck: bool) -> [ResidualStage; 4] {
    let stage = |channels, blocks, stride| ResidualStage {
        channels,
        blocks,
        stride,
        bottleneck,
    };
    [
        stage(64, blocks[0], 1),
        stage(128, blocks[1], 2),
        stage(256, blocks[2], 2),
        stage(512, blocks[3], 2),
    ]
}

impl PretrainedNetwork {
    /// All of them, in the order shown.
    pub const ALL: [Self; 3] = [Self::EfficientNetLite0, Self::ResNet18, Self::ResNet50];
    /// Smallest images that leave 2×2 positions of the last feature map.
    pub const SMALLEST_IMAGE: usize = 64;
    /// The sizes that images are offered at.
    pub const IMAGE_SIZES: [usize; 3] = [96, 128, 224];

    /// The name in settings, on the command line and in links.
    pub fn name(self) -> &'static str {
        match self {
            Self::EfficientNetLite0 => "efficientnet_lite0",
            Self::ResNet18 => "resnet18",
            Self::ResNet50 => "resnet50",
        }
    }

    /// The name that papers use.
    pub fn title(self) -> &'static str {
        match self {
            Self::EfficientNetLite0 => "EfficientNet-Lite0",
            Self::ResNet18 => "ResNet-18",
            Self::ResNet50 => "ResNet-50",
        }
    }

    /// Finds a network by [`Self::name`].
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|network| network.name() == name)
    }

    /// What it consists of.
    pub fn layout(self) -> Layout {
        match self {
            Self::EfficientNetLite0 => Layout::Inverted(&LITE0),
            Self::ResNet18 => Layout::Residual(residual([2, 2, 2, 2], false)),
            Self::ResNet50 => Layout::Residual(residual([3, 4, 6, 3], true)),
        }
    }

    /// Number of stages, after which it can be cut.
    pub fn stages(self) -> usize {
        match self.layout() {
            Layout::Inverted(stages) => stages.len(),
            Layout::Residual(stages) => stages.len(),
        }
    }

    /// How its input is made from bytes.
    pub fn pixel_scale(self) -> PixelScale {
        match self {
            Self::EfficientNetLite0 => PixelScale::LITE,
            Self::ResNet18 | Self::ResNet50 => PixelScale::IMAGENET,
        }
    }

    /// Whether its weights come with the program; those of the others are the user's to bring.
    pub fn is_included(self) -> bool {
        self == Self::EfficientNetLite0
    }
}

/// What of a pretrained network is trained; the head always is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trains {
    /// The head alone: the features of an image are computed once.
    #[default]
    Head,
    /// The last stage and the head: the features before it are computed once.
    LastStage,
    /// Everything.
    All,
}

/// The part of a pretrained network that is not trained, from the image on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FrozenPart {
    /// Number of stages; 0 if all are trained.
    pub stages: usize,
    /// Whether the convolution that makes an EfficientNet-Lite's features belongs to it.
    pub features: bool,
}

impl Trains {
    /// All of them, in the order shown.
    pub const ALL: [Self; 3] = [Self::Head, Self::LastStage, Self::All];

    /// How many of `stages` are frozen.
    pub fn frozen_stages(self, stages: usize) -> usize {
        match self {
            Self::Head => stages,
            Self::LastStage => stages.saturating_sub(1),
            Self::All => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_serde() {
        for network in PretrainedNetwork::ALL {
            let name = serde_json::to_value(network).unwrap();
            assert_eq!(name, network.name());
            assert_eq!(PretrainedNetwork::from_name(network.name()), Some(network));
        }
    }

    #[test]
    fn stages_freeze_from_the_image_on() {
        assert_eq!(Trains::ALL.map(|it| it.frozen_stages(7)), [7, 6, 0]);
        assert_eq!(
            PretrainedNetwork::ALL.map(PretrainedNetwork::stages),
            [7, 4, 4]
        );
    }
}
