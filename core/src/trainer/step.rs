//! One training step of one arm.

use burn::{module::Module, optim::GradientsParams, tensor::Tensor};

use super::{batch::Batch, loss::cross_entropy, metrics::metrics, optimizer::Optimizer};
use crate::{
    challenge::{Challenge, challenge},
    model::{Mode, Network},
};

/// What a challenge decided for each sample of a batch, still on the device.
#[derive(Debug, Clone)]
pub struct SampleSelection {
    /// Drop of the true class's probability, `[B]`; `None` where every sample is challenged.
    pub drop: Option<Tensor<1>>,
    /// 1 for the samples challenged, `[B]`.
    pub selected: Tensor<1>,
    /// 1 for the samples whose importance is the same everywhere, `[B]`.
    pub degenerate: Tensor<1>,
}

/// The result of [`train_step`].
#[derive(Debug)]
pub struct StepOutput {
    /// The network with its new weights.
    pub network: Network,
    /// The metrics, unread: `[METRICS]`.
    pub metrics: Tensor<1>,
    /// Which samples were challenged; `None` without a challenge.
    pub selection: Option<SampleSelection>,
}

/// One step: body once, challenge (if there is a `plan`), head on the muted features, backward
/// through both, one update. Nothing is read back.
///
/// `network` is on a device with autodiff, `batch` outside any graph.
pub fn train_step(
    network: Network,
    optimizer: &mut Optimizer,
    learning_rate: f64,
    batch: &Batch,
    plan: Option<&Challenge>,
    smoothing: f64,
) -> StepOutput {
    let one_hot = batch.one_hot.clone().autodiff();
    let features = network.body(batch.images.clone().autodiff(), Mode::Train);

    let (logits, outcome) = match plan {
        None => (network.head(features, Mode::Train), None),
        Some(plan) => {
            let z = features.clone().without_autodiff();
            let frozen = network.clone().no_grad();
            let outcome = challenge(&z, &batch.one_hot, &frozen, plan);
            let mask = outcome.mask.clone();
            let logits = network.masked_head(features, mask, plan.along, Mode::Train);
            (logits, Some(outcome))
        }
    };
    let plain_logits = logits.clone().without_autodiff();
    let loss = cross_entropy(logits, one_hot, smoothing);
    let plain_loss = loss.clone().without_autodiff();
    let metrics = metrics(plain_loss, plain_logits, &batch.one_hot, outcome.as_ref());
    let gradients = GradientsParams::from_grads(loss.backward(), &network);
    let network = optimizer.step(learning_rate, network, gradients);
    StepOutput {
        network,
        metrics,
        selection: outcome.map(|outcome| SampleSelection {
            drop: outcome.drop,
            selected: outcome.selected,
            degenerate: outcome.degenerate,
        }),
    }
}
