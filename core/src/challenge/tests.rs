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
use crate::{config::Importance, quantile::count_at_or_above};

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
