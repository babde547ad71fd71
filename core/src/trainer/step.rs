//! One training step of one arm.

use burn::{
    module::Module,
    optim::GradientsParams,
    tensor::{Tensor, activation::log_softmax},
};

use super::{Batch, Optimizer, gpu};
use crate::{
    challenge::{Challenge, Challenged, challenge},
    model::{Mode, Network},
};

/// Number of metrics [`train_step`] returns: loss, accuracy before masking, muted fraction,
/// degenerate samples, challenged samples, challenge gap.
pub const METRICS: usize = 6;

/// What a challenge decided for the samples of a batch, still on the device.
#[derive(Debug, Clone)]
pub struct Chosen {
    /// Drop of the true class's probability, `[B]`; `None` where every sample is challenged.
    pub drop: Option<Tensor<1>>,
    /// 1 for the samples challenged, `[B]`.
    pub selected: Tensor<1>,
    /// 1 for the samples whose importance is the same everywhere, `[B]`.
    pub degenerate: Tensor<1>,
}

/// What [`train_step`] leaves.
#[derive(Debug)]
pub struct Stepped {
    /// The network with its new weights.
    pub network: Network,
    /// The metrics, unread: `[METRICS]`.
    pub metrics: Tensor<1>,
    /// Which samples were challenged; `None` without a challenge.
    pub chosen: Option<Chosen>,
}

/// Mean cross-entropy `−1/B Σ_b Σ_k t_bk log softmax(logits)_bk`, with targets
/// `t = (1 − ε)·one_hot + ε/K` under label smoothing `ε` (Szegedy et al. 2016).
///
/// # Shapes
/// - `logits`, `one_hot`: `[B, K]`
/// - output: `[1]`
pub fn cross_entropy(logits: Tensor<2>, one_hot: Tensor<2>, smoothing: f64) -> Tensor<1> {
    if let Some(loss) = gpu::cross_entropy(&logits, &one_hot, smoothing) {
        return loss;
    }
    let [batch, classes] = logits.dims();
    let targets = if smoothing > 0.0 {
        one_hot * (1.0 - smoothing) + smoothing / classes as f64
    } else {
        one_hot
    };
    (log_softmax(logits, 1) * targets).sum() / -(batch as f64)
}

/// Fraction of samples whose largest logit is the true class's.
///
/// # Shapes
/// - `logits`, `one_hot`: `[B, K]`
/// - output: `[1]`
pub(super) fn accuracy(logits: Tensor<2>, one_hot: Tensor<2>) -> Tensor<1> {
    let batch = logits.dims()[0] as f64;
    one_hot.gather(1, logits.argmax(1)).sum() / batch
}

/// The metrics of a step, in the order of [`METRICS`], from its loss, its logits (of the muted features
/// where there was a challenge) and what a challenge came to.
///
/// # Shapes
/// - `loss`: `[1]`
/// - `logits`, `one_hot`: `[B, K]`
/// - output: `[METRICS]`
pub(super) fn metrics(
    loss: Tensor<1>,
    logits: Tensor<2>,
    one_hot: &Tensor<2>,
    outcome: Option<&Challenged>,
) -> Tensor<1> {
    let Some(outcome) = outcome else {
        let none = Tensor::zeros([4], &loss.device());
        return Tensor::cat(vec![loss, accuracy(logits, one_hot.clone()), none], 0);
    };
    let masked = cross_entropy(logits, one_hot.clone(), 0.0);
    let unmasked = cross_entropy(outcome.logits.clone(), one_hot.clone(), 0.0);
    let parts = vec![
        loss,
        accuracy(outcome.logits.clone(), one_hot.clone()),
        1.0 - outcome.mask.clone().mean(),
        outcome.degenerate.clone().sum(),
        outcome.selected.clone().sum(),
        masked - unmasked,
    ];
    Tensor::cat(parts, 0)
}

/// One step: body once, challenge (if `plan` says so), head on the muted features, backward
/// through both, one update. Nothing is read back.
///
/// `network` lives on a device with autodiff; `batch` outside any graph. The gap is
/// `Γ = loss(masked) − loss(unmasked)` (the paper's Fig. 2), both without label smoothing.
pub fn train_step(
    network: Network,
    optimizer: &mut Optimizer,
    learning_rate: f64,
    batch: &Batch,
    plan: Option<&Challenge>,
    smoothing: f64,
) -> Stepped {
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
    let metrics = gpu::metrics(&plain_loss, &plain_logits, &batch.one_hot, outcome.as_ref())
        .unwrap_or_else(|| metrics(plain_loss, plain_logits, &batch.one_hot, outcome.as_ref()));
    let gradients = GradientsParams::from_grads(loss.backward(), &network);
    let network = optimizer.step(learning_rate, network, gradients);
    Stepped {
        network,
        metrics,
        chosen: outcome.map(|outcome| Chosen {
            drop: outcome.drop,
            selected: outcome.selected,
            degenerate: outcome.degenerate,
        }),
    }
}
