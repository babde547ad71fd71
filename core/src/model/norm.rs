//! Normalisation with an explicit [`Mode`]: RSC's gradient pass tracks gradients and must still leave
//! the running statistics unchanged, so Burn's choice by device would be wrong.

use burn::{
    module::Module,
    nn::{BatchNorm, BatchNormConfig, GroupNorm, GroupNormConfig},
    tensor::{
        Device, Tensor,
        module::{batch_norm, batch_norm_train},
    },
};

use super::{cpu, mode::Mode};
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
            (Self::Batch(norm), Mode::Train) => train(norm, input),
            (Self::Batch(norm), Mode::TrainAgain) => train_again(norm, input),
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

/// Batch normalisation by the statistics of the batch, with which it updates the running ones.
///
/// # Shapes
/// - input, output: `[B, C, H, W]`
pub(super) fn train(norm: &BatchNorm, input: Tensor<4>) -> Tensor<4> {
    let device = input.device();
    if !device.is_autodiff() {
        return norm.forward(input);
    }
    let parameters = [&norm.gamma.val(), &norm.beta.val()];
    let Some((output, statistics)) = cpu::batch_norm(&input, parameters, norm.epsilon) else {
        return norm.forward(input);
    };
    for (running, newest) in [&norm.running_mean, &norm.running_var]
        .into_iter()
        .zip(statistics)
    {
        let kept = running.value_sync().to_device(&device);
        let kept = kept.mul_scalar(1.0 - norm.momentum);
        running.update(kept.add(newest.mul_scalar(norm.momentum)).detach());
    }
    output
}

/// The same, and leaves the running statistics as they are: `γ (x − m) / √(v + ε) + β` with mean `m` and variance
/// `v` (over `n`) of each channel.
///
/// # Shapes
/// - input, output: `[B, C, H, W]`
pub(super) fn train_again(norm: &BatchNorm, input: Tensor<4>) -> Tensor<4> {
    let (gamma, beta) = (norm.gamma.val(), norm.beta.val());
    match cpu::batch_norm(&input, [&gamma, &beta], norm.epsilon) {
        Some((output, _)) => output,
        None => batch_norm_train(input, gamma, beta, norm.epsilon).output,
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{assert_close, tensor, values, wave};

    const TOLERANCE: f32 = 2e-5;

    fn layer(channels: usize, device: &Device) -> BatchNorm {
        let mut norm = BatchNormConfig::new(channels).init(device);
        let of = |phase: f32| tensor(wave(phase, channels), [channels], device);
        let trained = |it: Tensor<1>| match device.is_autodiff() {
            true => it.require_grad(),
            false => it,
        };
        norm.gamma = norm.gamma.map(|_| trained(of(0.7).add_scalar(1.5)));
        norm.beta = norm.beta.map(|_| trained(of(0.3)));
        norm
    }

    /// Output, gradients of input, γ and β, and the running statistics after it.
    fn passes(
        shape: [usize; 4],
        mean: f32,
        make: impl Fn(&BatchNorm, Tensor<4>) -> Tensor<4>,
    ) -> Vec<Vec<f32>> {
        let device = Device::flex().autodiff();
        let norm = layer(shape[1], &device);
        let input = tensor(wave(0.37, shape.iter().product()), shape, &device);
        let input = input.add_scalar(mean).detach().require_grad();
        let output = make(&norm, input.clone());
        let weights = tensor(wave(0.73, shape.iter().product()), shape, &device);
        let gradients = (output.clone() * weights).sum().backward();
        let grad = |it: Option<Tensor<1>>| values(it.expect("it has a gradient"));
        vec![
            values(output),
            values(input.grad(&gradients).expect("it has a gradient")),
            grad(norm.gamma.val().grad(&gradients)),
            grad(norm.beta.val().grad(&gradients)),
            values(norm.running_mean.value_sync()),
            values(norm.running_var.value_sync()),
        ]
    }

    #[test]
    fn it_agrees_with_burns() {
        for shape in [[4, 3, 5, 7], [2, 5, 1, 1], [3, 2, 16, 16], [1, 1, 4, 33]] {
            for mean in [0.0, 3.0] {
                let ours = passes(shape, mean, train);
                let theirs = passes(shape, mean, |norm, input| norm.forward(input));
                for (which, (ours, theirs)) in ours.iter().zip(&theirs).enumerate() {
                    let what = format!("{which} of {shape:?} around {mean}");
                    assert_close(ours, theirs, TOLERANCE, &what);
                }
            }
        }
    }

    #[test]
    fn again_leaves_the_running_statistics() {
        let shape = [4, 3, 6, 6];
        let (first, again) = (passes(shape, 1.0, train), passes(shape, 1.0, train_again));
        assert_eq!(first[..4], again[..4]);
        assert_eq!(again[4..], [vec![0.0; 3], vec![1.0; 3]]);
        assert_ne!(first[4], again[4]);
        // The same without gradients.
        let device = Device::flex();
        let input = tensor(wave(0.37, shape.iter().product()), shape, &device).add_scalar(1.0);
        let output = train_again(&layer(3, &device), input);
        assert_eq!(values(output), again[0]);
    }
}
