//! One challenge of one batch: signal, importance, mask, rounds and selection in their order.

use burn::tensor::Tensor;

use super::{
    along::Along,
    gpu::{challenge_samples::challenge_on_gpu, select_samples::select_samples},
    head::Head,
    importance::{activation, degenerate, importance},
    mask::{apply, mask, next_round},
    plan::{Challenge, Challenged, Ranking, Round},
    selection::{keep_selected, probability_drop, select},
    signal::gradient,
};
use crate::{config::Selection, quantile::count_at_or_above};

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
    let on_gpu = head
        .layer()
        .and_then(|layer| challenge_on_gpu(features, one_hot, &layer, plan));
    if let Some(outcome) = on_gpu {
        return outcome;
    }
    let Masked {
        logits,
        gradient,
        rounds,
    } = masked(features, one_hot, head, plan);
    let [batch, ..] = features.dims();
    let device = features.device();
    let n = plan.along.count(features.dims());
    let full_mask = match rounds.last() {
        Some(round) => round.mask.clone(),
        None => Tensor::ones([batch, n], &device),
    };
    let importance = match rounds.first() {
        Some(round) => round.importance.clone(),
        None => Tensor::zeros([batch, n], &device),
    };
    let plain = |z: Tensor<4>| head.logits(z.autodiff()).without_autodiff();
    let logits = logits.unwrap_or_else(|| plain(features.clone()));

    let (masked_logits, drop, (selected, mask)) = match plan.selection {
        Selection::All => {
            let selected = Tensor::ones([batch], &device);
            let mask = keep_selected(full_mask.clone(), selected.clone());
            (None, None, (selected, mask))
        }
        Selection::ProbabilityDrop => {
            let after = plain(apply(features.clone(), full_mask.clone(), plan.along));
            let drop = probability_drop(logits.clone(), after.clone(), one_hot.clone());
            let chosen = select_samples(&drop, &full_mask, plan.b, plan.minimum_drop);
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
        gradient,
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

/// The masks of all rounds, before selection; logits and gradient of the first round where its ranking
/// computed them.
struct Masked {
    logits: Option<Tensor<2>>,
    gradient: Option<Tensor<4>>,
    rounds: Vec<Round>,
}

/// Ranks and masks every sample, round by round.
fn masked(features: &Tensor<4>, one_hot: &Tensor<2>, head: &impl Head, plan: &Challenge) -> Masked {
    let along: Along = plan.along;
    let mut masked = Masked {
        logits: None,
        gradient: None,
        rounds: Vec::new(),
    };
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
                masked.logits.get_or_insert(logits);
                masked.gradient.get_or_insert_with(|| g.clone());
                importance(z, g, *rule, along)
            }
            Ranking::Activation => activation(z, along),
            Ranking::Random(draws) => draws[round % draws.len()].clone(),
        };
        let (next, remaining) = match so_far {
            Some(mask) => next_round(ranked.clone(), mask, left, plan.p),
            None => {
                let first = mask(ranked.clone(), plan.p);
                (first, left - count_at_or_above(left, plan.p))
            }
        };
        masked.rounds.push(Round {
            importance: ranked,
            mask: next.clone(),
        });
        so_far = Some(next);
        left = remaining;
    }
    masked
}
