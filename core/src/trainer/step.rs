//! One training step of one arm.

use burn::{
    module::{Module, ModuleVisitor, Param},
    optim::GradientsParams,
    tensor::Tensor,
};

use super::{
    batch::Batch,
    draws::Draws,
    metrics::metrics,
    objective::{ObjectiveState, Outputs, losses_of},
    optimizer::Optimizer,
};
use crate::{
    challenge::{Challenge, Challenged, apply, challenge},
    config::Objective,
    methods::and_mask,
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

/// What changes an arm's weights, with its state.
pub struct Learner {
    /// The rule.
    pub optimizer: Optimizer,
    /// What is minimised.
    pub objective: ObjectiveState,
}

/// Everything that one step of one arm depends on beside its weights, all choices made.
#[derive(Debug, Clone)]
pub struct StepInput<'a> {
    /// Images and labels, outside any graph.
    pub batch: &'a Batch,
    /// The number of domains that the batch has as many images of each of, domain after domain; 1 where
    /// domains are mixed.
    pub domains: usize,
    /// The step, counted from 0.
    pub step: u64,
    /// Step size of the optimizer.
    pub learning_rate: f64,
    /// Label smoothing.
    pub smoothing: f64,
    /// The challenge, if there is one.
    pub challenge: Option<&'a Challenge>,
    /// What was drawn for regulariser and Mixup.
    pub draws: Draws,
}

impl<'a> StepInput<'a> {
    /// The first step on a batch whose domains do not matter, without label smoothing, challenge and draws.
    pub fn plain(batch: &'a Batch, learning_rate: f64) -> Self {
        Self {
            batch,
            domains: 1,
            step: 0,
            learning_rate,
            smoothing: 0.0,
            challenge: None,
            draws: Draws::default(),
        }
    }
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

/// A pass from images to logits, and what the challenge decided on the way.
struct Pass {
    outputs: Outputs,
    outcome: Option<Challenged>,
}

/// One step: body once, challenge (if there is one), head on the muted features, backward through both,
/// one update. Nothing is read back. Only [`Objective::AndMask`] passes once for each domain.
///
/// `network` is on a device with autodiff.
pub fn train_step(network: Network, learner: &mut Learner, input: &StepInput<'_>) -> StepOutput {
    let varied = input.draws.varied(input.batch);
    let batch = varied.as_ref().unwrap_or(input.batch);
    if learner.objective.changes_at(input.step) {
        learner.optimizer = learner.optimizer.anew();
    }
    let one_hot = batch.one_hot.clone().autodiff();
    let wants_inputs = learner.objective.wants_classifier_inputs();
    let pass = first_pass(&network, batch, input, wants_inputs);
    let plain_logits = pass.outputs.logits.clone().without_autodiff();
    let (smoothing, domains) = (input.smoothing, input.domains);
    let (plain_loss, gradients) = match learner.objective.objective() {
        Objective::AndMask { tau } => {
            let losses = losses_of(pass.outputs.logits.clone(), one_hot, smoothing, domains);
            let mean = losses.clone().without_autodiff().mean();
            (
                mean,
                agreed_gradients(&network, batch, input, &pass, losses, tau),
            )
        }
        _ => {
            let objective = &mut learner.objective;
            let loss = objective.loss(&pass.outputs, one_hot, smoothing, domains, input.step);
            let plain = loss.clone().without_autodiff();
            let gradients = GradientsParams::from_grads(loss.backward(), &network);
            (plain, gradients)
        }
    };
    let metrics = metrics(
        plain_loss,
        plain_logits,
        &batch.one_hot,
        pass.outcome.as_ref(),
    );
    let network = learner
        .optimizer
        .step(input.learning_rate, network, gradients);
    StepOutput {
        network,
        metrics,
        selection: pass.outcome.map(|outcome| SampleSelection {
            drop: outcome.drop,
            selected: outcome.selected,
            degenerate: outcome.degenerate,
        }),
    }
}

/// Features at the challenge point, regularised.
fn features(network: &Network, batch: &Batch, draws: &Draws, mode: Mode) -> Tensor<4> {
    let features = network.body(batch.images.clone().autodiff(), mode);
    match &draws.drop {
        Some(factors) => features * factors.clone().autodiff(),
        None => features,
    }
}

/// The pass that decides the challenge.
fn first_pass(network: &Network, batch: &Batch, input: &StepInput<'_>, wants_inputs: bool) -> Pass {
    let features = features(network, batch, &input.draws, Mode::Train);
    let outcome = input.challenge.map(|plan| {
        let z = features.clone().without_autodiff();
        let frozen = network.clone().no_grad();
        challenge(&z, &batch.one_hot, &frozen, plan)
    });
    let muted = outcome.as_ref().zip(input.challenge);
    let muted = muted.map(|(outcome, plan)| (outcome.mask.clone(), plan.along));
    if wants_inputs {
        let muted = match muted {
            Some((mask, along)) => apply(features, mask.autodiff(), along),
            None => features,
        };
        let inputs = network.classifier_inputs(muted, Mode::Train);
        let outputs = Outputs {
            logits: network.classify(inputs.clone()),
            classifier_inputs: Some(inputs),
        };
        return Pass { outputs, outcome };
    }
    let logits = match muted {
        Some((mask, along)) => network.masked_head(features, mask, along, Mode::Train),
        None => network.head(features, Mode::Train),
    };
    let outputs = Outputs {
        logits,
        classifier_inputs: None,
    };
    Pass { outputs, outcome }
}

/// [`and_mask`] of the gradients of each domain's loss. A graph is used up by its backward pass, so there
/// is a pass over the batch for each domain, with the masks of the first one.
fn agreed_gradients(
    network: &Network,
    batch: &Batch,
    input: &StepInput<'_>,
    first: &Pass,
    losses: Tensor<1>,
    tau: f64,
) -> GradientsParams {
    let gradients_of = |losses: Tensor<1>, domain: usize| {
        let loss = losses.narrow(0, domain, 1);
        GradientsParams::from_grads(loss.backward(), network)
    };
    let mut by_domain = vec![gradients_of(losses, 0)];
    for domain in 1..input.domains {
        let mode = Mode::TrainAgain;
        let features = features(network, batch, &input.draws, mode);
        let logits = match (&first.outcome, input.challenge) {
            (Some(outcome), Some(plan)) => {
                network.masked_head(features, outcome.mask.clone(), plan.along, mode)
            }
            _ => network.head(features, mode),
        };
        let one_hot = batch.one_hot.clone().autodiff();
        let losses = losses_of(logits, one_hot, input.smoothing, input.domains);
        by_domain.push(gradients_of(losses, domain));
    }
    let mut agreed = Agreed {
        by_domain,
        tau,
        all: GradientsParams::new(),
    };
    network.visit(&mut agreed);
    agreed.all
}

/// Joins the domains' gradients, weight by weight.
struct Agreed {
    by_domain: Vec<GradientsParams>,
    tau: f64,
    all: GradientsParams,
}

impl ModuleVisitor for Agreed {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let gradients = self.by_domain.iter_mut();
        let gradients: Vec<Tensor<D>> = gradients
            .filter_map(|gradients| gradients.remove::<D>(param.id))
            .collect();
        let Some(shape) = gradients.first().map(Tensor::dims) else {
            return;
        };
        let flat = |it: Tensor<D>| it.reshape([shape.iter().product::<usize>()]);
        let flat: Vec<Tensor<1>> = gradients.into_iter().map(flat).collect();
        let agreed = and_mask(&flat, self.tau).reshape(shape);
        self.all.register::<D>(param.id, agreed);
    }
}
