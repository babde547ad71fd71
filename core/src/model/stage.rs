//! Stages of pretrained networks: EfficientNet-Lite's inverted residual blocks and ResNet's.

use burn::{
    module::Module,
    tensor::{Device, Tensor, activation::relu, module, ops::MaxPoolOptions},
};

use super::{
    clamp::Clamp,
    conv_norm::{ConvNorm, ConvShape, NormShape},
    mode::Mode,
};
use crate::config::{
    InvertedStage, LITE_FEATURES, LITE_STEM, Layout, PretrainedNetwork, RESNET_STEM, ResidualStage,
};

/// Batch normalisation of the published EfficientNet-Lite0.
const LITE_NORM: NormShape = NormShape {
    epsilon: 1e-3,
    momentum: 0.01,
};
/// Batch normalisation of torchvision's ResNets.
const RESNET_NORM: NormShape = NormShape {
    epsilon: 1e-5,
    momentum: 0.1,
};

/// An inverted residual block (Sandler et al. 2018): 1×1 to more channels, a depthwise convolution, 1×1
/// to fewer, and a shortcut where input and output have one shape.
#[derive(Module, Debug)]
pub struct InvertedBlock {
    expand: Option<ConvNorm>,
    depthwise: ConvNorm,
    project: ConvNorm,
    shortcut: bool,
}

impl InvertedBlock {
    fn zeros(stage: &InvertedStage, input: usize, stride: usize, device: &Device) -> Self {
        let wide = input * stage.expand;
        let conv = |channels, kernel, stride, depthwise, clamp| {
            let shape = ConvShape {
                channels,
                kernel,
                stride,
                depthwise,
                same: true,
            };
            ConvNorm::zeros(shape, LITE_NORM, clamp, device)
        };
        Self {
            expand: (stage.expand > 1).then(|| conv([input, wide], 1, 1, false, Clamp::Relu6)),
            depthwise: conv([wide; 2], stage.kernel, stride, true, Clamp::Relu6),
            project: conv([wide, stage.channels], 1, 1, false, Clamp::None),
            shortcut: stride == 1 && input == stage.channels,
        }
    }

    fn forward(&self, input: Tensor<4>, mode: Mode) -> Tensor<4> {
        let wide = match &self.expand {
            Some(expand) => expand.forward(input.clone(), mode),
            None => input.clone(),
        };
        let output = self.depthwise.forward(wide, mode);
        let output = self.project.forward(output, mode);
        if self.shortcut {
            output + input
        } else {
            output
        }
    }

    fn units(&self) -> impl Iterator<Item = &ConvNorm> {
        self.expand.iter().chain([&self.depthwise, &self.project])
    }

    fn folded(&self) -> Self {
        Self {
            expand: self.expand.as_ref().map(ConvNorm::folded),
            depthwise: self.depthwise.folded(),
            project: self.project.folded(),
            shortcut: self.shortcut,
        }
    }
}

/// A block of torchvision's ResNets (He et al. 2016): two 3×3 convolutions, or 1×1, 3×3 and 1×1, and a
/// shortcut.
#[derive(Module, Debug)]
pub struct ResidualBlock {
    conv_1: ConvNorm,
    conv_2: ConvNorm,
    conv_3: Option<ConvNorm>,
    downsample: Option<ConvNorm>,
}

impl ResidualBlock {
    fn zeros(stage: &ResidualStage, input: usize, stride: usize, device: &Device) -> Self {
        let narrow = stage.channels;
        let output = output_channels(stage);
        let conv = |channels, kernel, stride, clamp| {
            let shape = ConvShape {
                channels,
                kernel,
                stride,
                depthwise: false,
                same: false,
            };
            ConvNorm::zeros(shape, RESNET_NORM, clamp, device)
        };
        let projects = stride != 1 || input != output;
        let downsample = projects.then(|| conv([input, output], 1, stride, Clamp::None));
        if stage.bottleneck {
            Self {
                conv_1: conv([input, narrow], 1, 1, Clamp::Relu),
                conv_2: conv([narrow; 2], 3, stride, Clamp::Relu),
                conv_3: Some(conv([narrow, output], 1, 1, Clamp::None)),
                downsample,
            }
        } else {
            Self {
                conv_1: conv([input, narrow], 3, stride, Clamp::Relu),
                conv_2: conv([narrow; 2], 3, 1, Clamp::None),
                conv_3: None,
                downsample,
            }
        }
    }

    fn forward(&self, input: Tensor<4>, mode: Mode) -> Tensor<4> {
        let shortcut = match &self.downsample {
            Some(downsample) => downsample.forward(input.clone(), mode),
            None => input.clone(),
        };
        let output = self.conv_1.forward(input, mode);
        let output = self.conv_2.forward(output, mode);
        let output = match &self.conv_3 {
            Some(conv) => conv.forward(output, mode),
            None => output,
        };
        relu(output + shortcut)
    }

    fn units(&self) -> impl Iterator<Item = &ConvNorm> {
        let first = [&self.conv_1, &self.conv_2];
        first
            .into_iter()
            .chain(&self.conv_3)
            .chain(&self.downsample)
    }

    fn folded(&self) -> Self {
        Self {
            conv_1: self.conv_1.folded(),
            conv_2: self.conv_2.folded(),
            conv_3: self.conv_3.as_ref().map(ConvNorm::folded),
            downsample: self.downsample.as_ref().map(ConvNorm::folded),
        }
    }
}

fn output_channels(stage: &ResidualStage) -> usize {
    if stage.bottleneck {
        4 * stage.channels
    } else {
        stage.channels
    }
}

/// Either kind of block.
#[derive(Module, Debug)]
#[allow(
    clippy::large_enum_variant,
    reason = "a stage has half a dozen at most, and Burn derives no module for a box"
)]
pub enum StageBlock {
    /// Of EfficientNet-Lite.
    Inverted(InvertedBlock),
    /// Of a ResNet.
    Residual(ResidualBlock),
}

impl StageBlock {
    fn forward(&self, input: Tensor<4>, mode: Mode) -> Tensor<4> {
        match self {
            Self::Inverted(block) => block.forward(input, mode),
            Self::Residual(block) => block.forward(input, mode),
        }
    }

    fn folded(&self) -> Self {
        match self {
            Self::Inverted(block) => Self::Inverted(block.folded()),
            Self::Residual(block) => Self::Residual(block.folded()),
        }
    }

    fn sync_running_stats(&self) {
        match self {
            Self::Inverted(block) => block.units().for_each(ConvNorm::sync_running_stats),
            Self::Residual(block) => block.units().for_each(ConvNorm::sync_running_stats),
        }
    }
}

/// How the stages of a network are made.
#[derive(Debug, Clone, Copy)]
pub(super) struct StageOptions {
    /// Whether an EfficientNet-Lite's last stage has the convolution that makes the features.
    pub(super) features: bool,
    /// Whether they normalise by the batch in training.
    pub(super) batch_statistics: bool,
}

/// One stage of a pretrained network. The first one has the stem, EfficientNet-Lite's last one the
/// convolution that makes the features, unless the head replaces it.
#[derive(Module, Debug)]
pub struct Stage {
    stem: Option<ConvNorm>,
    max_pool: bool,
    blocks: Vec<StageBlock>,
    features: Option<ConvNorm>,
    batch_statistics: bool,
}

impl Stage {
    /// Stage `index` of a network, with all weights 0, to be loaded.
    pub(super) fn zeros(
        network: PretrainedNetwork,
        index: usize,
        options: StageOptions,
        device: &Device,
    ) -> Self {
        let stage = match network.layout() {
            Layout::Inverted(stages) => Self::inverted(stages, index, options.features, device),
            Layout::Residual(stages) => Self::residual(&stages, index, device),
        };
        Self {
            batch_statistics: options.batch_statistics,
            ..stage
        }
    }

    fn inverted(stages: &[InvertedStage], index: usize, features: bool, device: &Device) -> Self {
        let conv = |channels, kernel, stride| {
            let shape = ConvShape {
                channels,
                kernel,
                stride,
                depthwise: false,
                same: true,
            };
            ConvNorm::zeros(shape, LITE_NORM, Clamp::Relu6, device)
        };
        let stage = &stages[index];
        let input = match index {
            0 => LITE_STEM,
            _ => stages[index - 1].channels,
        };
        let block = |i| match i {
            0 => InvertedBlock::zeros(stage, input, stage.stride, device),
            _ => InvertedBlock::zeros(stage, stage.channels, 1, device),
        };
        let has_features = features && index + 1 == stages.len();
        Self {
            stem: (index == 0).then(|| conv([3, LITE_STEM], 3, 2)),
            max_pool: false,
            blocks: (0..stage.blocks)
                .map(|i| StageBlock::Inverted(block(i)))
                .collect(),
            features: has_features.then(|| conv([stage.channels, LITE_FEATURES], 1, 1)),
            batch_statistics: false,
        }
    }

    fn residual(stages: &[ResidualStage], index: usize, device: &Device) -> Self {
        let stage = &stages[index];
        let input = match index {
            0 => RESNET_STEM,
            _ => output_channels(&stages[index - 1]),
        };
        let block = |i| match i {
            0 => ResidualBlock::zeros(stage, input, stage.stride, device),
            _ => ResidualBlock::zeros(stage, output_channels(stage), 1, device),
        };
        let stem = ConvShape {
            channels: [3, RESNET_STEM],
            kernel: 7,
            stride: 2,
            depthwise: false,
            same: false,
        };
        let is_first = index == 0;
        Self {
            stem: is_first.then(|| ConvNorm::zeros(stem, RESNET_NORM, Clamp::Relu, device)),
            max_pool: is_first,
            blocks: (0..stage.blocks)
                .map(|i| StageBlock::Residual(block(i)))
                .collect(),
            features: None,
            batch_statistics: false,
        }
    }

    /// # Shapes
    /// - input: `[B, C_in, H, W]`; of the first stage the image
    /// - output: `[B, C_out, H', W']`
    pub fn forward(&self, input: Tensor<4>, mode: Mode) -> Tensor<4> {
        self.forward_through(input, mode, |_| ())
    }

    /// As [`Self::forward`]; `seen` gets the output of each block.
    pub(super) fn forward_through(
        &self,
        input: Tensor<4>,
        mode: Mode,
        mut seen: impl FnMut(&Tensor<4>),
    ) -> Tensor<4> {
        let mode = if self.batch_statistics {
            mode
        } else {
            Mode::Evaluate
        };
        let mut output = match &self.stem {
            Some(stem) => stem.forward(input, mode),
            None => input,
        };
        if self.max_pool {
            let window = MaxPoolOptions::new([3, 3])
                .with_stride([2, 2])
                .with_padding([1, 1]);
            output = module::max_pool2d(output, window);
        }
        for block in &self.blocks {
            output = block.forward(output, mode);
            seen(&output);
        }
        match &self.features {
            Some(features) => features.forward(output, mode),
            None => output,
        }
    }

    /// The same for evaluation, with normalisation in the weights of the convolutions.
    pub(super) fn folded(&self) -> Self {
        Self {
            stem: self.stem.as_ref().map(ConvNorm::folded),
            max_pool: self.max_pool,
            blocks: self.blocks.iter().map(StageBlock::folded).collect(),
            features: self.features.as_ref().map(ConvNorm::folded),
            batch_statistics: self.batch_statistics,
        }
    }

    /// [`super::Norm::sync_running_stats`] for each layer.
    pub(super) fn sync_running_stats(&self) {
        let ends = self.stem.iter().chain(&self.features);
        ends.for_each(ConvNorm::sync_running_stats);
        self.blocks.iter().for_each(StageBlock::sync_running_stats);
    }
}
