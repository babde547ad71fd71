//! The blocks that networks consist of; a challenge point lies after one of them.

use burn::{
    module::Module,
    nn::conv::Conv2d,
    tensor::{Tensor, activation::gelu},
};

use super::{
    clamp::Clamp,
    epilogue::Epilogue,
    functional::{clamp, conv2d, conv2d_activated, max_pool2d},
    gpu,
    init::Initializer,
    mode::Mode,
    norm::{Norm, normalize},
    stage::Stage,
};
use crate::config::{Activation, Normalization};

fn activate(input: Tensor<4>, is_gelu: bool) -> Tensor<4> {
    if is_gelu {
        gelu(input)
    } else {
        clamp(input, Clamp::Relu)
    }
}

/// Convolution, normalisation, activation and, optionally, a 2×2 max-pool.
#[derive(Module, Debug)]
pub struct ConvBlock {
    conv: Conv2d,
    pub(super) norm: Option<Norm>,
    gelu: bool,
    pool: bool,
}

impl ConvBlock {
    /// A block with a `kernel × kernel` convolution from `channels[0]` to `channels[1]` channels.
    pub fn init(
        weights: &mut Initializer<'_>,
        channels: [usize; 2],
        kernel: usize,
        activation: Activation,
        normalization: Normalization,
        pool: bool,
    ) -> Self {
        // Batch normalisation subtracts a bias again.
        let bias = normalization == Normalization::None;
        Self {
            conv: weights.conv(channels, kernel, 1, bias),
            norm: Norm::init(normalization, channels[1], weights.device()),
            gelu: activation == Activation::Gelu,
            pool,
        }
    }

    /// # Shapes
    /// - input: `[B, C_in, H, W]`
    /// - output: `[B, C_out, H, W]`, or `[B, C_out, ⌊H/2⌋, ⌊W/2⌋]` with the pool
    pub fn forward(&self, input: Tensor<4>, mode: Mode) -> Tensor<4> {
        let epilogue = match (&self.norm, self.gelu, self.pool) {
            (None, false, true) => Epilogue::ReluPool,
            (None, false, false) => Epilogue::Clamp(Clamp::Relu),
            _ => Epilogue::Clamp(Clamp::None),
        };
        if epilogue != Epilogue::Clamp(Clamp::None)
            && let Some(output) = gpu::conv2d(&self.conv, &input, epilogue)
        {
            return output;
        }
        let output = if self.norm.is_none() && !self.gelu {
            conv2d_activated(&self.conv, input, Clamp::Relu)
        } else {
            let output = normalize(&self.norm, conv2d(&self.conv, input), mode);
            activate(output, self.gelu)
        };
        if self.pool {
            max_pool2d(output)
        } else {
            output
        }
    }
}

/// ResNet's basic block (He et al. 2016): two 3×3 convolutions and a shortcut, projected by a
/// 1×1 convolution where stride or channels change.
#[derive(Module, Debug)]
pub struct BasicBlock {
    conv_1: Conv2d,
    norm_1: Option<Norm>,
    conv_2: Conv2d,
    norm_2: Option<Norm>,
    shortcut: Option<Conv2d>,
    shortcut_norm: Option<Norm>,
    gelu: bool,
}

impl BasicBlock {
    /// A block from `channels[0]` to `channels[1]` channels.
    pub fn init(
        weights: &mut Initializer<'_>,
        channels: [usize; 2],
        stride: usize,
        activation: Activation,
        normalization: Normalization,
    ) -> Self {
        let [input, output] = channels;
        let bias = normalization == Normalization::None;
        let projects = stride != 1 || input != output;
        let device = weights.device();
        let shortcut_kind = if projects {
            normalization
        } else {
            Normalization::None
        };
        Self {
            conv_1: weights.conv([input, output], 3, stride, bias),
            norm_1: Norm::init(normalization, output, device),
            conv_2: weights.conv([output, output], 3, 1, bias),
            norm_2: Norm::init(normalization, output, device),
            shortcut: projects.then(|| weights.conv([input, output], 1, stride, bias)),
            shortcut_norm: Norm::init(shortcut_kind, output, device),
            gelu: activation == Activation::Gelu,
        }
    }

    /// # Shapes
    /// - input: `[B, C_in, H, W]`
    /// - output: `[B, C_out, ⌈H/stride⌉, ⌈W/stride⌉]`
    pub fn forward(&self, input: Tensor<4>, mode: Mode) -> Tensor<4> {
        let shortcut = match &self.shortcut {
            Some(conv) => normalize(&self.shortcut_norm, conv2d(conv, input.clone()), mode),
            None => input.clone(),
        };
        let output = normalize(&self.norm_1, conv2d(&self.conv_1, input), mode);
        let output = activate(output, self.gelu);
        let output = normalize(&self.norm_2, conv2d(&self.conv_2, output), mode);
        activate(output + shortcut, self.gelu)
    }
}

/// What a network can be cut after.
#[derive(Module, Debug)]
#[allow(
    clippy::large_enum_variant,
    reason = "a network has a dozen at most, and Burn derives no module for a box"
)]
pub enum Block {
    /// A block of a small CNN, a ResNet's stem, or the 1×1 convolution of a head.
    Conv(ConvBlock),
    /// A block of a ResNet.
    Basic(BasicBlock),
    /// A stage of a pretrained network.
    Stage(Stage),
}

impl Block {
    /// # Shapes
    /// As the block inside.
    pub fn forward(&self, input: Tensor<4>, mode: Mode) -> Tensor<4> {
        match self {
            Self::Conv(block) => block.forward(input, mode),
            Self::Basic(block) => block.forward(input, mode),
            Self::Stage(stage) => stage.forward(input, mode),
        }
    }

    /// [`Norm::sync_running_stats`] for each layer.
    pub fn sync_running_stats(&self) {
        let norms = match self {
            Self::Conv(block) => [&block.norm, &None, &None],
            Self::Basic(block) => [&block.norm_1, &block.norm_2, &block.shortcut_norm],
            Self::Stage(stage) => return stage.sync_running_stats(),
        };
        norms
            .into_iter()
            .flatten()
            .for_each(Norm::sync_running_stats);
    }
}
