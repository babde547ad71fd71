//! The unit that pretrained networks consist of: convolution, batch normalisation, activation.

use burn::{
    module::{Module, Param, ParamId},
    nn::{BatchNorm, BatchNormConfig, PaddingConfig2d, conv::Conv2d},
    tensor::{Device, Tensor},
};

use super::{
    clamp::Clamp,
    functional::{clamp, conv2d, conv2d_activated},
    mode::Mode,
    norm::{train, train_again},
};

/// Shape of a convolution.
#[derive(Debug, Clone, Copy)]
pub(super) struct ConvShape {
    /// Input and output channels.
    pub(super) channels: [usize; 2],
    /// Side of the kernel.
    pub(super) kernel: usize,
    /// Stride.
    pub(super) stride: usize,
    /// Whether each channel is convolved alone.
    pub(super) depthwise: bool,
    /// Whether padding is TensorFlow's `SAME` for even sides (at stride 2 more at the right and
    /// bottom), or the same on each side, as in PyTorch.
    pub(super) same: bool,
}

impl ConvShape {
    /// Padding at the left and top, and at the right and bottom.
    fn padding(&self) -> [usize; 2] {
        let all = self.kernel - 1;
        if self.same && self.stride == 2 {
            [(all - 1) / 2, all / 2]
        } else {
            [all / 2; 2]
        }
    }
}

/// How a network normalises: `epsilon` and momentum of its batch normalisation.
#[derive(Debug, Clone, Copy)]
pub(super) struct NormShape {
    /// Added to the variance.
    pub(super) epsilon: f64,
    /// Weight of the newest batch in the running statistics.
    pub(super) momentum: f64,
}

/// Convolution, batch normalisation, activation; without the normalisation once it is folded into the convolution.
#[derive(Module, Debug)]
pub struct ConvNorm {
    conv: Conv2d,
    norm: Option<BatchNorm>,
    relu: bool,
    relu6: bool,
}

impl ConvNorm {
    /// With all weights 0, to be loaded.
    pub(super) fn zeros(shape: ConvShape, norm: NormShape, clamp: Clamp, device: &Device) -> Self {
        let [input, output] = shape.channels;
        let groups = if shape.depthwise { input } else { 1 };
        let kernel = shape.kernel;
        let [before, after] = shape.padding();
        let weight = Tensor::zeros([output, input / groups, kernel, kernel], device);
        let norm = BatchNormConfig::new(output)
            .with_epsilon(norm.epsilon)
            .with_momentum(norm.momentum);
        Self {
            conv: Conv2d {
                weight: Param::from_tensor(weight),
                bias: None,
                stride: [shape.stride; 2],
                kernel_size: [kernel; 2],
                dilation: [1; 2],
                groups,
                padding: PaddingConfig2d::Explicit(before, before, after, after),
            },
            norm: Some(norm.init(device)),
            relu: clamp == Clamp::Relu,
            relu6: clamp == Clamp::Relu6,
        }
    }

    fn clamp(&self) -> Clamp {
        match (self.relu, self.relu6) {
            (true, _) => Clamp::Relu,
            (_, true) => Clamp::Relu6,
            _ => Clamp::None,
        }
    }

    /// Statistics of the batch in [`Mode::Train`], running statistics in [`Mode::Evaluate`].
    ///
    /// # Shapes
    /// - input: `[B, C_in, H, W]`
    /// - output: `[B, C_out, H', W']`
    pub fn forward(&self, input: Tensor<4>, mode: Mode) -> Tensor<4> {
        match (&self.norm, mode) {
            (None, _) => conv2d_activated(&self.conv, input, self.clamp()),
            (Some(norm), Mode::Train) => {
                let output = train(norm, conv2d(&self.conv, input));
                clamp(output, self.clamp())
            }
            (Some(norm), Mode::TrainAgain) => {
                let output = train_again(norm, conv2d(&self.conv, input));
                clamp(output, self.clamp())
            }
            (Some(norm), Mode::Evaluate) => conv2d_activated(&self.fold(norm), input, self.clamp()),
        }
    }

    /// The same for evaluation, with the normalisation in the convolution's weights and bias.
    pub(super) fn folded(&self) -> Self {
        match &self.norm {
            None => self.clone(),
            Some(norm) => Self {
                conv: self.fold(norm),
                norm: None,
                relu: self.relu,
                relu6: self.relu6,
            },
        }
    }

    /// With running mean `m` and variance `v`, `γ (Wx − m) / √(v + ε) + β` is a convolution with
    /// `W γ / √(v + ε)` and bias `β − γ m / √(v + ε)`. Gradients reach `W`, `γ` and `β`.
    fn fold(&self, norm: &BatchNorm) -> Conv2d {
        let device = norm.gamma.device();
        let mean = norm.running_mean.value_sync().to_device(&device);
        let variance = norm.running_var.value_sync().to_device(&device);
        let scale = norm.gamma.val() / (variance + norm.epsilon).sqrt();
        let bias = norm.beta.val() - mean * scale.clone();
        let [channels] = scale.dims();
        let weight = self.conv.weight.val() * scale.reshape([channels, 1, 1, 1]);
        // Not `from_tensor`, which would make leaves of them.
        Conv2d {
            weight: Param::initialized(ParamId::new(), weight),
            bias: Some(Param::initialized(ParamId::new(), bias)),
            ..self.conv.clone()
        }
    }

    /// Applies the pending update of the running statistics; see [`super::Norm::sync_running_stats`].
    pub(super) fn sync_running_stats(&self) {
        if let Some(norm) = &self.norm {
            norm.running_mean.value_sync();
            norm.running_var.value_sync();
        }
    }
}
