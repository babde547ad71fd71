//! Normalisation with an explicit [`Mode`]: RSC's gradient pass tracks gradients and must still leave
//! the running statistics unchanged, so Burn's choice by device would be wrong.

use burn::{
    module::Module,
    nn::{BatchNorm, BatchNormConfig, GroupNorm, GroupNormConfig},
    tensor::{Device, Tensor, module::batch_norm},
};

use super::mode::Mode;
use crate::config::Normalization;

/// Batch or group normalisation; where there is none, `Option<Norm>` is `None`.
#[derive(Module, Debug)]
pub enum Norm {
    /// Ioffe and Szegedy 2015; momentum 0.1, epsilon 1e-5.
    Batch(BatchNorm),
    /// Wu and He 2018; epsilon 1e-5.
    Group(GroupNorm),
}

impl Norm {
    /// A layer for `channels` channels, if `kind` has one.
    pub fn init(kind: Normalization, channels: usize, device: &Device) -> Option<Self> {
        match kind {
            Normalization::None => None,
            Normalization::Batch => Some(Self::Batch(BatchNormConfig::new(channels).init(device))),
            Normalization::Group { groups } => Some(Self::Group(
                GroupNormConfig::new(groups, channels).init(device),
            )),
        }
    }

    /// Normalises.
    ///
    /// # Shapes
    /// - input, output: `[B, C, H, W]`
    pub fn forward(&self, input: Tensor<4>, mode: Mode) -> Tensor<4> {
        match (self, mode) {
            (Self::Batch(norm), Mode::Train) => norm.forward(input),
            (Self::Batch(norm), Mode::TrainAgain) => by_batch_statistics(norm, input),
            (Self::Batch(norm), Mode::Evaluate) => {
                let device = input.device();
                batch_norm(
                    input,
                    norm.gamma.val(),
                    norm.beta.val(),
                    norm.running_mean.value_sync().to_device(&device),
                    norm.running_var.value_sync().to_device(&device),
                    norm.epsilon,
                )
            }
            (Self::Group(norm), _) => norm.forward(input),
        }
    }

    /// Applies the pending update of the running statistics. Burn defers it until the next one, and a
    /// copy of the layer would miss it.
    pub fn sync_running_stats(&self) {
        if let Self::Batch(norm) = self {
            norm.running_mean.value_sync();
            norm.running_var.value_sync();
        }
    }
}

/// Batch normalisation by the statistics of the batch, which leaves the running ones as they are:
/// `γ (x − m) / √(v + ε) + β` with mean `m` and variance `v` (over `n`) of each channel.
///
/// # Shapes
/// - input, output: `[B, C, H, W]`
pub(super) fn by_batch_statistics(norm: &BatchNorm, input: Tensor<4>) -> Tensor<4> {
    let [batch, channels, height, width] = input.dims();
    let of_channels = |it: Tensor<4>| {
        let each = it.swap_dims(0, 1);
        let each = each.reshape([channels, batch * height * width]);
        each.mean_dim(1).reshape([1, channels, 1, 1])
    };
    let mean = of_channels(input.clone());
    let centred = input - mean;
    let variance = of_channels(centred.clone().square());
    let shaped = |it: Tensor<1>| it.reshape([1, channels, 1, 1]);
    let scaled = centred / (variance + norm.epsilon).sqrt() * shaped(norm.gamma.val());
    scaled + shaped(norm.beta.val())
}

/// Normalises where there is a layer.
///
/// # Shapes
/// - input, output: `[B, C, H, W]`
pub(super) fn normalize(norm: &Option<Norm>, input: Tensor<4>, mode: Mode) -> Tensor<4> {
    match norm {
        Some(norm) => norm.forward(input, mode),
        None => input,
    }
}
