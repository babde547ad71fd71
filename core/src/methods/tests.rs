//! The formulas by hand, and what is drawn. `core/tests/engine/methods.rs` compares whole steps with DomainBed's.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests read at once and may panic"
)]

use burn::tensor::{Device, Tensor, TensorData};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::testing::values;

fn matrix<const R: usize, const C: usize>(rows: [[f32; C]; R]) -> Tensor<2> {
    let data = TensorData::new(rows.concat(), [R, C]);
    Tensor::from_data(data, &Device::flex())
}

fn vector(values: &[f32]) -> Tensor<1> {
    Tensor::from_data(
        TensorData::new(values.to_vec(), [values.len()]),
        &Device::flex(),
    )
}

fn assert_close(ours: Vec<f32>, expected: &[f64]) {
    assert_eq!(ours.len(), expected.len());
    for (ours, expected) in ours.into_iter().zip(expected) {
        let close = (f64::from(ours) - expected).abs() <= 1e-6 * expected.abs().max(1.0);
        assert!(close, "{ours} is not {expected}");
    }
}

#[test]
fn losses_of_domains_and_their_variance() {
    let logits = matrix([[0.0, 0.0], [3.0_f32.ln(), 0.0], [0.0, 0.0], [0.0, 0.0]]);
    let one_hot = matrix([[1.0, 0.0]; 4]);
    let losses = domain_losses(cross_entropies(logits, one_hot), 2);
    let (half, quarter) = (2.0_f64.ln(), (4.0_f64 / 3.0).ln());
    let first = f64::midpoint(half, quarter);
    assert_close(values(losses.clone()), &[first, half]);
    let apart = (half - first) / 2.0;
    assert_close(values(loss_variance(losses)), &[apart * apart]);
}

#[test]
fn irm_takes_every_other_image() {
    // With two classes and logits (z, 0), g of an image of class 0 is (sigmoid(z) − 1) z.
    let slope = |z: f64| (1.0 / (1.0 + (-z).exp()) - 1.0) * z;
    let logits = matrix([[1.0, 0.0], [2.0, 0.0], [3.0, 0.0]]);
    let one_hot = matrix([[1.0, 0.0]; 3]);
    let expected = f64::midpoint(slope(1.0), slope(3.0)) * slope(2.0);
    assert_close(values(irm_penalty(logits, one_hot, 1)), &[expected]);
}

#[test]
fn group_weights_sum_to_one_and_follow_the_losses() {
    let weights = group_weights(vector(&[1.0, 1.0]), vector(&[2.0_f32.ln(), 0.0]), 1.0);
    assert_close(values(weights), &[2.0 / 3.0, 1.0 / 3.0]);
}

#[test]
fn coral_of_two_points_each() {
    // Means (1, 0) and (1, 2); covariances [[2, 0], [0, 0]] and [[2, 0], [0, 0]].
    let x = matrix([[0.0, 0.0], [2.0, 0.0]]);
    let y = matrix([[0.0, 2.0], [2.0, 2.0]]);
    assert_close(values(coral(x.clone(), y)), &[2.0]);
    // Covariances [[2, 0], [0, 0]] and [[8, 0], [0, 0]], means (1, 0) and (2, 0).
    let wider = matrix([[0.0, 0.0], [4.0, 0.0]]);
    assert_close(values(coral(x, wider)), &[0.5 + 36.0 / 4.0]);
}

#[test]
fn mmd_of_single_points() {
    let kernel = |squared: f64| -> f64 {
        let scales = [0.001, 0.01, 0.1, 1.0, 10.0, 100.0, 1000.0];
        scales
            .iter()
            .map(|scale: &f64| (-scale * squared).exp())
            .sum()
    };
    let (x, y) = (matrix([[0.0, 0.0]]), matrix([[1.0, 1.0]]));
    assert_close(values(mmd(x, y)), &[14.0 - 2.0 * kernel(2.0)]);
}

#[test]
fn distances_are_means_over_pairs() {
    let features = matrix([[0.0], [1.0], [3.0]]);
    let apart = |x: Tensor<2>, y: Tensor<2>| (x - y).abs().reshape([1]);
    let mean = pairwise(&features, 3, apart).map(values);
    assert_close(mean.unwrap(), &[2.0]);
    assert!(pairwise(&features, 1, |x, _| x.reshape([3]).mean()).is_none());
}

#[test]
fn only_gradients_that_agree_in_sign_are_kept() {
    let gradients = [
        vector(&[1.0, 1.0, -2.0, 0.0]),
        vector(&[3.0, -1.0, -4.0, 1.0]),
    ];
    // Half of the weights is kept, so what is kept is doubled.
    assert_close(values(and_mask(&gradients, 1.0)), &[4.0, 0.0, -6.0, 0.0]);
    // A sign of 0 counts as half an agreement of two.
    assert_close(
        values(and_mask(&gradients, 0.5)),
        &[8.0 / 3.0, 0.0, -4.0, 2.0 / 3.0],
    );
}

#[test]
fn mixup_mixes_images_and_labels_of_two_domains() {
    let images = Tensor::from_data(
        TensorData::new(vec![0.0_f32, 10.0, 20.0], [3, 1, 1, 1]),
        &Device::flex(),
    );
    let labels = matrix([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]]);
    let draw = MixupDraw {
        order: vec![2, 0, 1],
        shares: vec![0.5, 0.25, 1.0],
    };
    let (images, labels) = mixup(&images, &labels, &draw);
    assert_close(values(images.reshape([3])), &[10.0, 7.5, 10.0]);
    let expected = [1.0, 0.0, 0.25, 0.75, 0.0, 1.0];
    assert_close(values(labels.reshape([6])), &expected);
}

#[test]
fn dropout_keeps_the_mean() {
    let mut rng = ChaCha8Rng::seed_from_u64(0);
    let factors = dropout(20_000, 0.25, &mut rng);
    let kept = factors.iter().filter(|it| **it > 0.0).count();
    assert!((14_800..15_200).contains(&kept), "{kept} of 20,000 kept");
    assert!(
        factors
            .iter()
            .all(|it| *it == 0.0 || (it - 4.0 / 3.0).abs() < 1e-6)
    );
    assert_eq!(dropout(5, 0.0, &mut rng), [1.0; 5]);
    assert_eq!(spatial_dropout(2, 3, 0.5, &mut rng).len(), 6);
}

#[test]
fn drop_block_drops_squares_within_the_map() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let (batch, channels, side) = (16, 32, 8);
    let factors = drop_block([batch, channels, side, side], 0.1, 3, &mut rng);
    let dropped = factors.iter().filter(|it| **it == 0.0).count();
    let share = dropped as f64 / factors.len() as f64;
    // Squares overlap, so a little less than the rate.
    assert!((0.07..=0.1).contains(&share), "{share} dropped");
    let sum: f64 = factors.iter().map(|it| f64::from(*it)).sum();
    assert!((sum / factors.len() as f64 - 1.0).abs() < 1e-6);
    for plane in factors.chunks_exact(side * side) {
        for at in 0..side * side {
            let (row, column) = (at / side, at % side);
            let covers = |top: usize, left: usize| {
                let rows = top..(top + 3).min(side);
                top + 3 <= side
                    && left + 3 <= side
                    && rows.clone().count() == 3
                    && rows
                        .into_iter()
                        .all(|y| (left..left + 3).all(|x| plane[y * side + x] == 0.0))
            };
            let mut squares = (row.saturating_sub(2)..=row)
                .flat_map(|top| (column.saturating_sub(2)..=column).map(move |left| (top, left)));
            let covered = squares.any(|(top, left)| covers(top, left));
            assert_eq!(plane[at] == 0.0, covered, "row {row}, column {column}");
        }
    }
}

#[test]
fn erased_rectangles_have_the_areas_asked_for() {
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    let size = 32;
    let kept = erasing(400, size, 0.5, &mut rng);
    let mut erased = 0;
    for image in kept.chunks_exact(size * size) {
        let gone: Vec<usize> = (0..size * size).filter(|at| image[*at] == 0.0).collect();
        if gone.is_empty() {
            continue;
        }
        erased += 1;
        let of = |axis: fn(usize, usize) -> usize| {
            let all = || gone.iter().map(|at| axis(*at, size));
            all().max().unwrap() - all().min().unwrap() + 1
        };
        let (rows, columns) = (of(|at, size| at / size), of(|at, size| at % size));
        assert_eq!(rows * columns, gone.len(), "a rectangle");
        let share = gone.len() as f64 / (size * size) as f64;
        assert!((0.01..=0.36).contains(&share), "{share} of the image");
    }
    assert!((160..=240).contains(&erased), "{erased} of 400");
}
