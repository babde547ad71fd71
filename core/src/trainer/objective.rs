//! What an arm minimises in a step, and what it remembers from step to step.

use burn::tensor::{Device, Tensor, TensorData};

use super::loss::cross_entropy;
use crate::{
    config::Objective,
    methods::{
        coral, cross_entropies, domain_losses, group_weights, irm_penalty, logit_penalty,
        loss_variance, mmd, pairwise, targets,
    },
};

/// What a pass gives an objective, within a graph.
pub(super) struct Outputs {
    /// Of the muted features where there was a challenge, `[B, K]`.
    pub(super) logits: Tensor<2>,
    /// What the linear layer got, `[B, F]`; `None` where the objective does not want it.
    pub(super) classifier_inputs: Option<Tensor<2>>,
}

/// An arm's objective with its state.
#[derive(Debug, Clone)]
pub struct ObjectiveState {
    objective: Objective,
    /// `q` of GroupDRO, `[D]`, outside any graph; `None` before its first step.
    group_weights: Option<Tensor<1>>,
}

impl ObjectiveState {
    /// Before the first step.
    pub fn new(objective: Objective) -> Self {
        Self {
            objective,
            group_weights: None,
        }
    }

    /// What is minimised.
    pub fn objective(&self) -> Objective {
        self.objective
    }

    /// The weights of the domains in the last step of GroupDRO, `[D]`.
    pub fn group_weights(&self) -> Option<Tensor<1>> {
        self.group_weights.clone()
    }

    /// Whether the weight of its penalty changes before this step (counted from 0).
    pub(super) fn changes_at(&self, step: u64) -> bool {
        self.objective.anneal_steps().map(u64::from) == Some(step)
    }

    /// `w`: 1 while the penalty is annealed, then its weight.
    fn penalty_weight(&self, weight: f64, step: u64) -> f64 {
        match self.objective.anneal_steps() {
            Some(anneal) if step < u64::from(anneal) => 1.0,
            _ => weight,
        }
    }

    /// The objective of a step (counted from 0) on a batch of `domains` domains, `[1]`; see
    /// [`crate::methods`] for the terms.
    ///
    /// | method | objective |
    /// |---|---|
    /// | ERM, Mixup (on mixed images) | mean cross-entropy |
    /// | VREx | `mean L_d + w · variance of L_d` |
    /// | IRM | `mean L_d + w · penalty` |
    /// | GroupDRO | `Σ q_d L_d` |
    /// | CORAL, MMD | `mean L_d + γ · mean distance of two domains' features` |
    /// | spectral decoupling | `cross-entropy + λ · mean logits²` |
    /// | ANDMask | `mean L_d`; its gradients are masked, see [`crate::methods::and_mask`] |
    pub(super) fn loss(
        &mut self,
        outputs: &Outputs,
        one_hot: Tensor<2>,
        smoothing: f64,
        domains: usize,
        step: u64,
    ) -> Tensor<1> {
        let logits = outputs.logits.clone();
        let mean = |logits, one_hot| cross_entropy(logits, one_hot, smoothing);
        match self.objective {
            Objective::Erm | Objective::Mixup { .. } | Objective::AndMask { .. } => {
                mean(logits, one_hot)
            }
            Objective::SpectralDecoupling { weight } => {
                mean(logits.clone(), one_hot) + logit_penalty(logits) * weight
            }
            Objective::Coral { weight } | Objective::Mmd { weight } => {
                let is_coral = matches!(self.objective, Objective::Coral { .. });
                let distance = |x, y| if is_coral { coral(x, y) } else { mmd(x, y) };
                let inputs = outputs.classifier_inputs.as_ref();
                let loss = mean(logits, one_hot);
                match inputs.and_then(|it| pairwise(it, domains, distance)) {
                    Some(penalty) => loss + penalty * weight,
                    None => loss,
                }
            }
            Objective::VRex { weight, .. } => {
                let losses = losses_of(logits, one_hot, smoothing, domains);
                let weight = self.penalty_weight(weight, step);
                losses.clone().mean() + loss_variance(losses) * weight
            }
            Objective::Irm { weight, .. } => {
                let targets = targets(one_hot, smoothing);
                let penalty = irm_penalty(logits.clone(), targets.clone(), domains);
                let weight = self.penalty_weight(weight, step);
                cross_entropies(logits, targets).mean() + penalty * weight
            }
            Objective::GroupDro { eta } => {
                let losses = losses_of(logits, one_hot, smoothing, domains);
                let plain = losses.clone().without_autodiff();
                let before = self.group_weights.take();
                let before = before.unwrap_or_else(|| Tensor::ones([domains], &plain.device()));
                let weights = group_weights(before, plain, eta);
                self.group_weights = Some(weights.clone());
                (losses * weights.autodiff()).sum()
            }
        }
    }

    /// Whether the objective is of the classifier's inputs as well as of the logits.
    pub(super) fn wants_classifier_inputs(&self) -> bool {
        matches!(
            self.objective,
            Objective::Coral { .. } | Objective::Mmd { .. }
        )
    }

    /// Restores what was remembered.
    pub(super) fn restore(&mut self, weights: Option<Vec<f32>>, device: &Device) {
        self.group_weights = weights.map(|values| {
            let count = values.len();
            Tensor::from_data(TensorData::new(values, [count]), device)
        });
    }
}

/// `L_d`, `[D]`.
pub(super) fn losses_of(
    logits: Tensor<2>,
    one_hot: Tensor<2>,
    smoothing: f64,
    domains: usize,
) -> Tensor<1> {
    let losses = cross_entropies(logits, targets(one_hot, smoothing));
    domain_losses(losses, domains)
}
