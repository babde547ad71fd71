//! A network cut at its challenge point.

use burn::{
    module::{Module, ModuleVisitor, Param},
    nn::Linear,
    tensor::{Device, Tensor},
};

use super::{
    backbone_weights::BackboneWeights,
    block::{BasicBlock, Block, ConvBlock},
    gpu,
    init::Initializer,
    mode::Mode,
    stage::{Stage, StageOptions},
};
use crate::{
    challenge::{self, Along, Layer, apply},
    config::{Activation, Backbone, Head, NetworkConfig, Normalization, StageConfig},
    error::Result,
};

/// A network: the stem and the first `cut` blocks are its body; the other blocks and the linear layer
/// its head.
#[derive(Module, Debug)]
pub struct Network {
    stem: Option<ConvBlock>,
    blocks: Vec<Block>,
    linear: Linear,
    cut: usize,
    flatten: bool,
}

/// The blocks of a [`Backbone::SmallCnn`].
fn small_cnn(
    weights: &mut Initializer<'_>,
    config: &NetworkConfig,
    channels: &[usize],
) -> Vec<Block> {
    let (activation, norm) = (config.activation, config.normalization);
    let inputs = [3].into_iter().chain(channels.iter().copied());
    let blocks = (1..).zip(inputs.zip(channels));
    blocks
        .map(|(i, (input, &output))| {
            let pool = i < channels.len();
            let block = ConvBlock::init(weights, [input, output], 3, activation, norm, pool);
            Block::Conv(block)
        })
        .collect()
}

/// The stem and the blocks of a [`Backbone::ResNet`].
fn resnet(
    weights: &mut Initializer<'_>,
    config: &NetworkConfig,
    stem: usize,
    stages: &[StageConfig],
) -> (ConvBlock, Vec<Block>) {
    let (activation, norm) = (config.activation, config.normalization);
    let first = ConvBlock::init(weights, [3, stem], 3, activation, norm, false);
    let mut blocks = Vec::new();
    let mut last = stem;
    for stage in stages {
        for i in 0..stage.blocks {
            let stride = if i == 0 { stage.stride } else { 1 };
            let channels = [last, stage.channels];
            let block = BasicBlock::init(weights, channels, stride, activation, norm);
            blocks.push(Block::Basic(block));
            last = stage.channels;
        }
    }
    (first, blocks)
}

impl Network {
    /// A network with the initial weights of `seed`.
    ///
    /// `config` must be valid for `image_size`. Of a pretrained network it has the stages that train,
    /// with `backbone`'s weights, or 0 where there are none; its images are what [`super::Extractor`]
    /// makes of images.
    ///
    /// # Errors
    /// [`crate::Error::Data`] where `backbone` is of another network.
    pub fn with_backbone(
        config: &NetworkConfig,
        image_size: usize,
        classes: usize,
        seed: u64,
        backbone: Option<&BackboneWeights>,
        device: &Device,
    ) -> Result<Self> {
        let mut weights = Initializer::new(seed, device);
        let (stem, mut blocks) = match &config.backbone {
            Backbone::SmallCnn { channels } => (None, small_cnn(&mut weights, config, channels)),
            Backbone::ResNet { stem, stages } => {
                let (stem, blocks) = resnet(&mut weights, config, *stem, stages);
                (Some(stem), blocks)
            }
            Backbone::Pretrained {
                network,
                batch_statistics,
                ..
            } => {
                let options = StageOptions {
                    features: config.head.keeps_features(),
                    batch_statistics: *batch_statistics,
                };
                let range = [config.backbone.frozen_blocks(), network.stages()];
                let stages = match backbone {
                    Some(backbone) => backbone.stages(range, options, device)?,
                    None => (range[0]..range[1])
                        .map(|stage| Stage::zeros(*network, stage, options, device))
                        .collect(),
                };
                (None, stages.into_iter().map(Block::Stage).collect())
            }
        };
        let cost = config.cost(image_size, classes);
        let features = cost.blocks[config.backbone.blocks() - 1];
        let inputs = match config.head {
            Head::GapLinear => features.channels,
            Head::FlattenLinear => features.channels * features.side * features.side,
            Head::ConvGapLinear { channels } => channels,
        };
        if let Head::ConvGapLinear { channels } = config.head {
            blocks.push(Block::Conv(ConvBlock::init(
                &mut weights,
                [features.channels, channels],
                1,
                Activation::Relu,
                Normalization::None,
                false,
            )));
        }
        let linear = weights.linear(inputs, classes);
        Ok(Self {
            stem,
            blocks,
            linear,
            cut: config.challenge_block() - config.backbone.frozen_blocks(),
            flatten: config.head == Head::FlattenLinear,
        })
    }

    /// [`Self::with_backbone`] without weights of a backbone.
    pub fn init(
        config: &NetworkConfig,
        image_size: usize,
        classes: usize,
        seed: u64,
        device: &Device,
    ) -> Self {
        #[expect(clippy::expect_used, reason = "only given weights can be wrong")]
        Self::with_backbone(config, image_size, classes, seed, None, device)
            .expect("a network without given weights")
    }

    /// Features at the challenge point.
    ///
    /// # Shapes
    /// - `images`: `[B, 3, S, S]`
    /// - output: `[B, C, H, W]`
    pub fn body(&self, images: Tensor<4>, mode: Mode) -> Tensor<4> {
        let start = match &self.stem {
            Some(stem) => stem.forward(images, mode),
            None => images,
        };
        self.blocks[..self.cut]
            .iter()
            .fold(start, |features, block| block.forward(features, mode))
    }

    /// Logits from the features at the challenge point.
    ///
    /// # Shapes
    /// - `features`: `[B, C, H, W]`
    /// - output: `[B, K]`
    pub fn head(&self, features: Tensor<4>, mode: Mode) -> Tensor<2> {
        let last = self.after_cut(features, mode);
        if !self.flatten
            && let Some(logits) = gpu::gap_linear(&self.linear, &last, None)
        {
            return logits;
        }
        self.classify(self.pooled(last))
    }

    /// What the linear layer gets: the features behind the last block, averaged over positions or flattened.
    ///
    /// # Shapes
    /// - `features`: at the challenge point, `[B, C, H, W]`
    /// - output: `[B, F]`
    pub fn classifier_inputs(&self, features: Tensor<4>, mode: Mode) -> Tensor<2> {
        self.pooled(self.after_cut(features, mode))
    }

    /// Logits from [`Self::classifier_inputs`].
    ///
    /// # Shapes
    /// - `inputs`: `[B, F]`
    /// - output: `[B, K]`
    pub fn classify(&self, inputs: Tensor<2>) -> Tensor<2> {
        self.linear.forward(inputs)
    }

    fn after_cut(&self, features: Tensor<4>, mode: Mode) -> Tensor<4> {
        self.blocks[self.cut..]
            .iter()
            .fold(features, |features, block| block.forward(features, mode))
    }

    fn pooled(&self, last: Tensor<4>) -> Tensor<2> {
        let [batch, channels, height, width] = last.dims();
        if self.flatten {
            return last.reshape([batch, channels * height * width]);
        }
        last.reshape([batch, channels, height * width])
            .mean_dim(2)
            .reshape([batch, channels])
    }

    /// Logits from muted features, `head(F ⊙ M)`.
    ///
    /// # Shapes
    /// - `features`: `[B, C, H, W]`
    /// - `mask`: `[B, H·W]` or `[B, C]`, outside any graph
    /// - output: `[B, K]`
    pub fn masked_head(
        &self,
        features: Tensor<4>,
        mask: Tensor<2>,
        along: Along,
        mode: Mode,
    ) -> Tensor<2> {
        if self.is_gap_linear()
            && let Some(logits) = gpu::gap_linear(&self.linear, &features, Some((&mask, along)))
        {
            return logits;
        }
        self.head(apply(features, mask.autodiff(), along), mode)
    }

    /// Whether the head is global average pooling and the linear layer, and nothing else.
    fn is_gap_linear(&self) -> bool {
        self.cut == self.blocks.len() && !self.flatten
    }

    /// The linear layer, where [`Self::is_gap_linear`].
    fn layer(&self) -> Option<Layer> {
        let bias = self.linear.bias.as_ref().filter(|_| self.is_gap_linear())?;
        Some(Layer {
            weight: self.linear.weight.val(),
            bias: bias.val(),
        })
    }

    /// A copy without autodiff for evaluation, with the newest running statistics.
    pub fn frozen(&self) -> Self {
        if let Some(norm) = self.stem.as_ref().and_then(|stem| stem.norm.as_ref()) {
            norm.sync_running_stats();
        }
        self.blocks.iter().for_each(Block::sync_running_stats);
        self.valid()
    }

    /// Number of trained values: all parameters, without running statistics.
    pub fn trained_values(&self) -> usize {
        struct Count(usize);
        impl ModuleVisitor for Count {
            fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
                if param.val().is_require_grad() {
                    self.0 += param.dims().iter().product::<usize>();
                }
            }
        }
        let mut count = Count(0);
        self.visit(&mut count);
        count.0
    }
}

/// The part behind the cut, for a challenge; the weights should be untracked.
impl challenge::Head for Network {
    fn logits(&self, features: Tensor<4>) -> Tensor<2> {
        self.head(features, Mode::Evaluate)
    }

    fn layer(&self) -> Option<Layer> {
        self.layer()
    }
}
