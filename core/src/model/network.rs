//! A network cut at its challenge point.

use burn::{
    module::{Module, ModuleVisitor, Param},
    nn::Linear,
    tensor::{Device, Tensor},
};

use super::{
    block::{BasicBlock, Block, ConvBlock},
    gpu,
    init::Initializer,
    mode::Mode,
};
use crate::{
    challenge::{self, Along, Layer, apply},
    config::{Backbone, Head, NetworkConfig},
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

impl Network {
    /// A network with the initial weights of `seed`.
    ///
    /// `config` must be valid for `image_size`.
    pub fn init(
        config: &NetworkConfig,
        image_size: usize,
        classes: usize,
        seed: u64,
        device: &Device,
    ) -> Self {
        let mut weights = Initializer::new(seed, device);
        let (activation, norm) = (config.activation, config.normalization);
        let mut side = image_size;
        let mut stem = None;
        let mut blocks = Vec::new();
        let mut last = 3;
        match &config.backbone {
            Backbone::SmallCnn { channels } => {
                for (i, &output) in channels.iter().enumerate() {
                    let pool = i + 1 < channels.len();
                    blocks.push(Block::Conv(ConvBlock::init(
                        &mut weights,
                        [last, output],
                        activation,
                        norm,
                        pool,
                    )));
                    last = output;
                    if pool {
                        side /= 2;
                    }
                }
            }
            Backbone::ResNet {
                stem: output,
                stages,
            } => {
                stem = Some(ConvBlock::init(
                    &mut weights,
                    [last, *output],
                    activation,
                    norm,
                    false,
                ));
                last = *output;
                for stage in stages {
                    for i in 0..stage.blocks {
                        let stride = if i == 0 { stage.stride } else { 1 };
                        blocks.push(Block::Basic(BasicBlock::init(
                            &mut weights,
                            [last, stage.channels],
                            stride,
                            activation,
                            norm,
                        )));
                        last = stage.channels;
                        side = side.div_ceil(stride);
                    }
                }
            }
        }
        let flatten = config.head == Head::FlattenLinear;
        let inputs = if flatten { last * side * side } else { last };
        let linear = weights.linear(inputs, classes);
        Self {
            stem,
            blocks,
            linear,
            cut: config.challenge_block(),
            flatten,
        }
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
        let last = self.blocks[self.cut..]
            .iter()
            .fold(features, |features, block| block.forward(features, mode));
        if !self.flatten
            && let Some(logits) = gpu::gap_linear(&self.linear, &last, None)
        {
            return logits;
        }
        let [batch, channels, height, width] = last.dims();
        let inputs = if self.flatten {
            last.reshape([batch, channels * height * width])
        } else {
            last.reshape([batch, channels, height * width])
                .mean_dim(2)
                .reshape([batch, channels])
        };
        self.linear.forward(inputs)
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

    /// Shape `[channels, height, width]` of the features at the challenge point, found by one
    /// pass of a black image.
    pub fn feature_shape(&self, image_size: usize, device: &Device) -> [usize; 3] {
        let image = Tensor::zeros([1, 3, image_size, image_size], device);
        let [_, channels, height, width] = self.body(image, Mode::Evaluate).dims();
        [channels, height, width]
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
