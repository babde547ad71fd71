//! Properties of masks and selections over random shapes, and the rules on small examples.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests read at once and may panic"
)]

use burn::tensor::{Device, Tensor, TensorData};
use proptest::prelude::*;
use rand::{Rng, SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::{
    config::{Axis, Factor, Importance, Selection, Signal},
    quantile::count_at_or_above,
};

fn device() -> Device {
    Device::flex()
}

fn tensor<const D: usize>(values: Vec<f32>, shape: [usize; D]) -> Tensor<D> {
    Tensor::from_data(TensorData::new(values, shape), &device())
}

fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_into_vec().unwrap()
}

/// Distinct values in random order, so that there are no ties.
fn distinct(rows: usize, n: usize, seed: u64) -> Vec<f32> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    (0..rows)
        .flat_map(|_| {
            let mut row: Vec<f32> = (0..n).map(|i| i as f32 * 0.25 - 3.0).collect();
            row.shuffle(&mut rng);
            row
        })
        .collect()
}

fn muted(mask: &[f32]) -> usize {
    mask.iter().filter(|&&m| m == 0.0).count()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn exactly_k_are_muted(rows in 1_usize..6, n in 1_usize..400, p in 0.0_f64..=1.0, seed: u64) {
        let out = values(mask(tensor(distinct(rows, n, seed), [rows, n]), p));
        for row in out.chunks_exact(n) {
            prop_assert_eq!(muted(row), count_at_or_above(n, p));
        }
    }

    #[test]
    fn the_mask_is_monotone_in_p(n in 2_usize..300, p in 0.0_f64..=1.0, q in 0.0_f64..=1.0, seed: u64) {
        let row = distinct(1, n, seed);
        let small = values(mask(tensor(row.clone(), [1, n]), p.min(q)));
        let large = values(mask(tensor(row, [1, n]), p.max(q)));
        for (s, l) in small.iter().zip(&large) {
            prop_assert!(l <= s, "what the smaller p mutes, the larger mutes too");
        }
    }

    #[test]
    fn the_mask_moves_with_a_permutation(n in 2_usize..300, p in 0.0_f64..=1.0, seed: u64) {
        let row = distinct(1, n, seed);
        let mut order: Vec<usize> = (0..n).collect();
        order.shuffle(&mut ChaCha8Rng::seed_from_u64(seed ^ 1));
        let moved: Vec<f32> = order.iter().map(|&i| row[i]).collect();
        let plain = values(mask(tensor(row, [1, n]), p));
        let permuted = values(mask(tensor(moved, [1, n]), p));
        let expected: Vec<f32> = order.iter().map(|&i| plain[i]).collect();
        prop_assert_eq!(permuted, expected);
    }

    #[test]
    fn positive_scaling_changes_nothing(n in 2_usize..300, p in 0.0_f64..=1.0, power in -6_i32..6, seed: u64) {
        let row = distinct(1, n, seed);
        // A power of two scales floats without rounding, so no tie can arise.
        let scaled: Vec<f32> = row.iter().map(|v| v * 2.0_f32.powi(power)).collect();
        prop_assert_eq!(
            values(mask(tensor(row, [1, n]), p)),
            values(mask(tensor(scaled, [1, n]), p))
        );
    }

    #[test]
    fn both_ways_to_rank_agree(rows in 1_usize..4, k in 0_usize..=300, seed: u64) {
        // 300 values take the `topk` way; their first 200, with low padding cut, the pairwise way.
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let short: Vec<f32> = (0..rows * 200).map(|_| rng.random_range(0..40) as f32).collect();
        let long: Vec<f32> = short
            .chunks_exact(200)
            .flat_map(|row| row.iter().copied().chain(std::iter::repeat_n(-1.0, 100)))
            .collect();
        let k = k.min(200);
        let pairwise = values(at_or_above_kth(tensor(short, [rows, 200]), k));
        let by_topk = values(at_or_above_kth(tensor(long, [rows, 300]), k));
        for (a, b) in pairwise.chunks_exact(200).zip(by_topk.chunks_exact(300)) {
            prop_assert_eq!(a, &b[..200]);
        }
    }

    #[test]
    fn rounds_mute_what_is_left(n in 2_usize..200, p in 0.0_f64..=1.0, seed: u64) {
        let importance = tensor(distinct(2, n, seed), [2, n]);
        let first = mask(importance.clone(), p);
        let k = count_at_or_above(n, p);
        let (second, left) = next_round(importance, first.clone(), n - k, p);
        let (first, second) = (values(first), values(second));
        prop_assert_eq!(left, n - k - count_at_or_above(n - k, p));
        for row in second.chunks_exact(n) {
            prop_assert_eq!(n - muted(row), left);
        }
        for (f, s) in first.iter().zip(&second) {
            prop_assert!(s <= f, "a muted value stays muted");
        }
    }
}

#[test]
fn p_zero_mutes_nothing_and_p_one_everything() {
    let row = distinct(1, 9, 3);
    assert_eq!(muted(&values(mask(tensor(row.clone(), [1, 9]), 0.0))), 0);
    assert_eq!(muted(&values(mask(tensor(row, [1, 9]), 1.0))), 9);
}

#[test]
fn ties_with_the_kth_largest_are_muted() {
    let row = tensor(vec![1.0, 5.0, 5.0, 2.0, 0.0], [1, 5]);
    // k = 1 of 5 at p = 0.2: the two fives tie.
    assert_eq!(values(mask(row, 0.2)), [1.0, 0.0, 0.0, 1.0, 1.0]);
}

#[test]
fn constant_importance_mutes_everything_and_is_counted() {
    let rows = tensor(vec![0.3, 0.3, 0.3, 0.1, 0.2, 0.3], [2, 3]);
    assert_eq!(values(degenerate(rows.clone())), [1.0, 0.0]);
    assert_eq!(muted(&values(mask(rows, 0.34))[..3]), 3);
}

#[test]
fn importance_rules_on_a_small_example() {
    // B = 1, C = 2, H·W = 2: Z = [[1, 2], [3, 4]], G = [[1, 0], [-1, 2]].
    let z = || tensor(vec![1.0, 2.0, 3.0, 4.0], [1, 2, 1, 2]);
    let g = || tensor(vec![1.0, 0.0, -1.0, 2.0], [1, 2, 1, 2]);
    let rule = |rule, along| values(importance(z(), g(), rule, along));
    use Importance::{GradCam, GradientMean, GradientTimesActivation};
    assert_eq!(rule(GradientMean, Along::Spatial), [0.0, 1.0]);
    assert_eq!(rule(GradientMean, Along::Channel), [0.5, 0.5]);
    assert_eq!(rule(GradCam, Along::Channel), [0.5, 0.5]);
    assert_eq!(rule(GradCam, Along::Spatial), [2.0, 3.0]);
    assert_eq!(rule(GradientTimesActivation, Along::Spatial), [-1.0, 4.0]);
    assert_eq!(rule(GradientTimesActivation, Along::Channel), [0.5, 2.5]);
    assert_eq!(values(activation(z(), Along::Spatial)), [2.0, 3.0]);
    assert_eq!(values(activation(z(), Along::Channel)), [1.5, 3.5]);
}

#[test]
fn selection_takes_the_largest_drops() {
    let drops = || tensor(vec![0.0, 0.4, 0.1, 0.3, -0.2, 0.00005], [6]);
    assert_eq!(
        values(select(drops(), 1.0 / 3.0, None)).iter().sum::<f32>(),
        2.0
    );
    assert_eq!(
        values(select(drops(), 0.5, None)),
        [0.0, 1.0, 1.0, 1.0, 0.0, 0.0]
    );
    assert_eq!(values(select(drops(), 0.0, None)), [0.0; 6]);
    // With b = 1 all six would do; the minimum leaves those that really drop.
    assert_eq!(
        values(select(drops(), 1.0, Some(1e-4))),
        [0.0, 1.0, 1.0, 1.0, 0.0, 0.0]
    );
    // The official code takes round(b·B) = 2 of 6 at b = 0.4, the quantile rule 3.
    assert_eq!(
        values(select(drops(), 0.4, Some(1e-4))),
        [0.0, 1.0, 0.0, 1.0, 0.0, 0.0]
    );
    assert_eq!(values(select(drops(), 0.4, None)).iter().sum::<f32>(), 3.0);
    // Ties with the first one left out are left out too.
    let tied = tensor(vec![0.5, 0.3, 0.3, 0.1], [4]);
    assert_eq!(values(select(tied, 0.5, Some(1e-4))), [1.0, 0.0, 0.0, 0.0]);
    let kept = keep_selected(
        tensor(vec![0.0, 1.0, 0.0, 1.0], [2, 2]),
        tensor(vec![1.0, 0.0], [2]),
    );
    assert_eq!(values(kept), [0.0, 1.0, 1.0, 1.0]);
}

/// A head of two classes on three channels: mean over positions, then linear.
fn head(z: Tensor<4>) -> Tensor<2> {
    let [batch, channels, height, width] = z.dims();
    let weight = tensor(vec![1.0, -0.5, 0.25, 2.0, -1.5, 0.75], [3, 2]).autodiff();
    let flat = z.reshape([batch, channels, height * width]).mean_dim(2);
    flat.reshape([batch, channels]).matmul(weight)
}

/// Two samples of three channels and nine positions, and their classes.
fn sample() -> (Tensor<4>, Tensor<2>) {
    let features = tensor(distinct(2, 27, 5), [2, 3, 3, 3]);
    (features, tensor(vec![1.0, 0.0, 0.0, 1.0], [2, 2]))
}

fn plan(ranking: Ranking, along: Along, rounds: u32) -> Challenge {
    Challenge {
        ranking,
        along,
        p: 0.4,
        selection: Selection::All,
        b: 1.0,
        minimum_drop: None,
        rounds,
    }
}

fn plain(z: Tensor<4>) -> Vec<f32> {
    values(head(z.autodiff()).without_autodiff())
}

#[test]
fn the_axes_have_their_counts_and_names() {
    assert_eq!(Along::Spatial.count([2, 3, 5, 7]), 35);
    assert_eq!(Along::Channel.count([2, 3, 5, 7]), 3);
    assert_eq!(Along::Spatial.axis(), Axis::Spatial);
    assert_eq!(Along::Channel.axis(), Axis::Channel);
}

#[test]
fn signals_are_what_their_formulas_say() {
    let logits = || tensor(vec![0.5, -1.0, 2.0, 1.0], [2, 2]);
    let one_hot = || tensor(vec![1.0, 0.0, 0.0, 1.0], [2, 2]);
    let signal = |kind| values(signal(logits(), one_hot(), kind))[0];
    assert_eq!(signal(Signal::TrueLogit), 1.5);
    // −log softmax of the true class: ln(1 + e^−1.5) and ln(1 + e^1), in the mean.
    let loss = ((1.0 + (-1.5_f32).exp()).ln() + (1.0 + 1.0_f32.exp()).ln()) / 2.0;
    assert!((signal(Signal::Loss) - loss).abs() < 1e-6);
    assert!((signal(Signal::LossDecrease) + loss).abs() < 1e-6);
}

#[test]
fn a_head_that_ignores_its_input_has_gradient_zero() {
    let (features, one_hot) = sample();
    let fixed = |_: Tensor<4>| {
        tensor(vec![1.0, 2.0, 3.0, 4.0], [2, 2])
            .autodiff()
            .require_grad()
    };
    let (logits, g) = gradient(&features, &one_hot, fixed, Signal::TrueLogit);
    assert_eq!(values(logits), [1.0, 2.0, 3.0, 4.0]);
    assert_eq!(g.dims(), [2, 3, 3, 3]);
    assert_eq!(values(g), [0.0; 54]);
}

#[test]
fn random_draws_take_their_turns_over_the_rounds() {
    let (features, one_hot) = sample();
    let draws: Vec<_> = [7, 8]
        .map(|seed| tensor(distinct(2, 9, seed), [2, 9]))
        .into();
    let plan = |rounds| plan(Ranking::Random(draws.clone()), Along::Spatial, rounds);
    let k = count_at_or_above(9, 0.4);
    let first = mask(draws[0].clone(), 0.4);
    let (second, left) = next_round(draws[1].clone(), first.clone(), 9 - k, 0.4);
    let (third, _) = next_round(draws[0].clone(), second.clone(), left, 0.4);
    let rounds = [first.clone(), first, second, third];
    for (rounds, expected) in (0..).zip(rounds) {
        let outcome = challenge(&features, &one_hot, &head, &plan(rounds));
        assert_eq!(
            values(outcome.full_mask),
            values(expected),
            "{rounds} rounds"
        );
        assert_eq!(values(outcome.importance), values(draws[0].clone()));
        assert!(outcome.gradient.is_none());
        assert_eq!(values(outcome.logits), plain(features.clone()));
    }
}

#[test]
fn later_rounds_look_at_what_is_left() {
    let (features, one_hot) = sample();
    for along in [Along::Spatial, Along::Channel] {
        let (signal, rule) = (Signal::Loss, Importance::GradCam);
        let plan = plan(Ranking::Gradient(signal, rule), along, 2);
        let outcome = challenge(&features, &one_hot, &head, &plan);

        let (logits, g) = gradient(&features, &one_hot, head, signal);
        let ranked = importance(features.clone(), g.clone(), rule, along);
        let n = along.count(features.dims());
        let first = mask(ranked.clone(), 0.4);
        let left = apply(features.clone(), first.clone(), along);
        let (_, again) = gradient(&left, &one_hot, head, signal);
        let again = importance(left, again, rule, along);
        let (second, _) = next_round(again, first, n - count_at_or_above(n, 0.4), 0.4);

        assert_eq!(values(outcome.full_mask), values(second));
        // What is shown is of the first round.
        assert_eq!(values(outcome.logits), values(logits));
        assert_eq!(outcome.gradient.map(values), Some(values(g)));
        assert_eq!(
            values(outcome.degenerate),
            values(degenerate(ranked.clone()))
        );
        assert_eq!(values(outcome.importance), values(ranked));
    }
}

#[test]
fn activations_rank_without_a_gradient() {
    let (features, one_hot) = sample();
    let plan = plan(Ranking::Activation, Along::Channel, 1);
    let outcome = challenge(&features, &one_hot, &head, &plan);
    let ranked = activation(features.clone(), Along::Channel);
    assert!(outcome.gradient.is_none());
    assert_eq!(values(outcome.full_mask), values(mask(ranked.clone(), 0.4)));
    assert_eq!(values(outcome.importance), values(ranked));
    assert_eq!(values(outcome.logits), plain(features));
}

#[test]
fn selections_decide_whose_mask_is_in_force() {
    let (features, one_hot) = sample();
    let everyone = plan(Ranking::Activation, Along::Spatial, 1);
    let outcome = challenge(&features, &one_hot, &head, &everyone);
    assert!(outcome.masked_logits.is_none() && outcome.drop.is_none());
    assert_eq!(values(outcome.selected), [1.0, 1.0]);
    assert_eq!(values(outcome.mask), values(outcome.full_mask));

    for (b, minimum_drop) in [(0.5, None), (0.5, Some(1e-4)), (0.0, None), (1.0, None)] {
        let plan = Challenge {
            selection: Selection::ProbabilityDrop,
            b,
            minimum_drop,
            ..everyone.clone()
        };
        let outcome = challenge(&features, &one_hot, &head, &plan);
        let masked = apply(features.clone(), outcome.full_mask.clone(), Along::Spatial);
        let after = tensor(plain(masked), [2, 2]);
        let before = tensor(plain(features.clone()), [2, 2]);
        let drop = probability_drop(before, after.clone(), one_hot.clone());
        let selected = select(drop.clone(), b, minimum_drop);
        assert_eq!(outcome.masked_logits.map(values), Some(values(after)));
        assert_eq!(outcome.drop.map(values), Some(values(drop)));
        assert_eq!(values(outcome.selected), values(selected.clone()));
        let in_force = keep_selected(outcome.full_mask, selected);
        assert_eq!(values(outcome.mask), values(in_force));
    }
}

#[test]
fn an_importance_is_its_formula() {
    let (z, _) = sample();
    let g = z.clone().sin() - 0.3;
    let [batch, channels, height, width] = z.dims();
    let flat = [batch, channels, height * width];
    for rule in Importance::ALL {
        for (along, axis) in [
            (Along::Spatial, Axis::Spatial),
            (Along::Channel, Axis::Channel),
        ] {
            let formula = rule.formula(axis);
            let gradient = g.clone().reshape(flat);
            let one = Tensor::<3>::ones(flat, &z.device());
            let product = formula.factors.iter().fold(one, |product, factor| {
                product
                    * match factor {
                        Factor::Gradient => gradient.clone(),
                        Factor::Activation => z.clone().reshape(flat),
                        Factor::MeanGradient => gradient.clone().mean_dim(2),
                    }
            });
            let over = if along == Along::Spatial { 1 } else { 2 };
            let sum = product.sum_dim(over) / if formula.mean { flat[over] as f64 } else { 1.0 };
            let found = importance(z.clone(), g.clone(), rule, along);
            for (found, wanted) in values(found.clone())
                .iter()
                .zip(values(sum.reshape(found.dims())))
            {
                assert!(
                    (found - wanted).abs() < 1e-5,
                    "{rule:?} {axis:?}: {found}, {wanted}"
                );
            }
        }
    }
}

#[test]
fn importances_are_named_as_serde_names_them() {
    for rule in Importance::ALL {
        let name = serde_json::to_value(rule).unwrap();
        assert_eq!(name, rule.name());
    }
}
