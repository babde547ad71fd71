//! One challenge of one batch: signal, importance, mask, rounds and selection in their order.

use burn::tensor::Tensor;

use super::{
    Along, Head, activation, apply, degenerate, gpu, gradient, importance, keep_selected, mask,
    next_round, probability_drop, select,
};
use crate::config::{Importance, Selection, Signal};

/// What ranks the features.
#[derive(Debug, Clone)]
pub enum Ranking {
    /// The gradient of a signal, by an importance rule: RSC.
    Gradient(Signal, Importance),
    /// The mean activation.
    Activation,
    /// Given numbers, drawn at random: one `[B, n]` tensor for each round.
    Random(Vec<Tensor<2>>),
}

/// One challenge, all choices made.
#[derive(Debug, Clone)]
pub struct Challenge {
    /// What ranks the features.
    pub ranking: Ranking,
    /// Positions or channels.
    pub along: Along,
    /// Fraction to mute.
    pub p: f64,
    /// Which samples are challenged.
    pub selection: Selection,
    /// Fraction of the batch to challenge.
    pub b: f64,
    /// Smallest drop that counts, if any.
    pub minimum_drop: Option<f64>,
    /// How often the mask is sought on what is left.
    pub rounds: u32,
}

/// What one round of a challenge ranked, and what was kept after it.
#[derive(Debug, Clone)]
pub struct Round {
    /// Importance in this round, `[B, n]`; what earlier rounds muted has no say in it.
    pub importance: Tensor<2>,
    /// Mask of this and all earlier rounds together, `[B, n]`.
    pub mask: Tensor<2>,
}

/// What a challenge came to. All tensors are outside any graph.
#[derive(Debug, Clone)]
pub struct Challenged {
    /// Logits before masking, `[B, K]`.
    pub logits: Tensor<2>,
    /// Gradient of the signal in the first round, `[B, C, H, W]`, where there was one.
    pub gradient: Option<Tensor<4>>,
    /// Importance in the first round, `[B, n]`.
    pub importance: Tensor<2>,
    /// The rounds one by one; the last one's mask is [`Self::full_mask`]. Empty where a GPU made
    /// several rounds in one program; with a plain function as head they are always there.
    pub rounds: Vec<Round>,
    /// 1 where that importance is the same everywhere, `[B]`.
    pub degenerate: Tensor<1>,
    /// Mask of every sample, before selection, `[B, n]`.
    pub full_mask: Tensor<2>,
    /// Logits with every sample masked, `[B, K]`; absent with [`Selection::All`].
    pub masked_logits: Option<Tensor<2>>,
    /// Drop of the true class's probability, `[B]`; absent with [`Selection::All`].
    pub drop: Option<Tensor<1>>,
    /// 1 for the samples challenged, `[B]`.
    pub selected: Tensor<1>,
    /// Mask in force after selection, `[B, n]`.
    pub mask: Tensor<2>,
}

/// Decides the mask for one batch (steps 2 to 6 and 8 of a training step).
///
/// # Shapes
/// - `features`: `[B, C, H, W]`, outside any graph
/// - `one_hot`: `[B, K]`, outside any graph
pub fn challenge(
    features: &Tensor<4>,
    one_hot: &Tensor<2>,
    head: &impl Head,
    plan: &Challenge,
) -> Challenged {
    let at_once = head
        .layer()
        .and_then(|layer| gpu::challenge(features, one_hot, &layer, plan));
    if let Some(outcome) = at_once {
        return outcome;
    }
    let along = plan.along;
    let plain = |z: Tensor<4>| head.logits(z.autodiff()).without_autodiff();

    let mut before = None;
    let mut first_gradient = None;
    let mut rounds: Vec<Round> = Vec::new();
    let mut so_far: Option<Tensor<2>> = None;
    let mut left = along.count(features.dims());
    for round in 0..plan.rounds.max(1) as usize {
        let z = match &so_far {
            Some(mask) => apply(features.clone(), mask.clone(), along),
            None => features.clone(),
        };
        let ranked = match &plan.ranking {
            Ranking::Gradient(signal, rule) => {
                let (logits, g) = gradient(&z, one_hot, |z| head.logits(z), *signal);
                before.get_or_insert(logits);
                first_gradient.get_or_insert_with(|| g.clone());
                importance(z, g, *rule, along)
            }
            Ranking::Activation => activation(z, along),
            Ranking::Random(draws) => draws[round % draws.len()].clone(),
        };
        let (next, remaining) = match so_far {
            Some(mask) => next_round(ranked.clone(), mask, left, plan.p),
            None => {
                let n = left;
                let first = mask(ranked.clone(), plan.p);
                (first, n - crate::quantile::count_at_or_above(n, plan.p))
            }
        };
        rounds.push(Round {
            importance: ranked,
            mask: next.clone(),
        });
        so_far = Some(next);
        left = remaining;
    }
    let [batch, ..] = features.dims();
    let device = features.device();
    let n = along.count(features.dims());
    let full_mask = so_far.unwrap_or_else(|| Tensor::ones([batch, n], &device));
    let first = rounds.first().map(|round| round.importance.clone());
    let importance = first.unwrap_or_else(|| Tensor::zeros([batch, n], &device));
    let logits = before.unwrap_or_else(|| plain(features.clone()));

    let (masked_logits, drop, (selected, mask)) = match plan.selection {
        Selection::All => {
            let selected = Tensor::ones([batch], &device);
            let mask = keep_selected(full_mask.clone(), selected.clone());
            (None, None, (selected, mask))
        }
        Selection::ProbabilityDrop => {
            let after = plain(apply(features.clone(), full_mask.clone(), along));
            let drop = probability_drop(logits.clone(), after.clone(), one_hot.clone());
            let chosen = gpu::elect(&drop, &full_mask, plan.b, plan.minimum_drop);
            let chosen = chosen.unwrap_or_else(|| {
                let selected = select(drop.clone(), plan.b, plan.minimum_drop);
                let mask = keep_selected(full_mask.clone(), selected.clone());
                (selected, mask)
            });
            (Some(after), Some(drop), chosen)
        }
    };
    Challenged {
        logits,
        gradient: first_gradient,
        degenerate: degenerate(importance.clone()),
        importance,
        rounds,
        full_mask,
        masked_logits,
        drop,
        selected,
        mask,
    }
}
