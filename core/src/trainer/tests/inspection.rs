//! Inspection, microscope and last batch against numbers computed by hand.

use pollster::block_on;

use super::{run, small, with_challenge};
use crate::{
    config::*,
    error::Error,
    model::weights,
    protocol::{ImageRef, Split},
};

#[test]
fn inspection_mutes_exactly_k_and_trains_nothing() {
    let mut run = run(small(|_| ()));
    run.advance();
    let images: Vec<_> = (0..3)
        .map(|index| ImageRef {
            domain: 1,
            split: Split::Test,
            index,
        })
        .collect();
    let before = block_on(weights(&run.arms()[1].network)).unwrap();
    for (axis, p, n, k) in [
        (Axis::Spatial, 0.2, 64, 13),
        (Axis::Spatial, 0.5, 64, 32),
        (Axis::Channel, 0.5, 8, 4),
    ] {
        let config = ChallengeConfig {
            axis,
            p,
            strategy: Strategy::Random,
            ..ChallengeConfig::default()
        };
        for inspected in block_on(run.inspect(1, &config, &images)).unwrap() {
            assert_eq!(inspected.muted.len(), n);
            assert_eq!(inspected.muted.iter().filter(|&&m| m).count(), k);
            assert_eq!(inspected.heat.len(), 64);
            let sum: f32 = inspected.before.iter().sum();
            assert!((sum - 1.0).abs() < 1e-5);
        }
    }
    let off = ChallengeConfig {
        strategy: Strategy::Off,
        ..ChallengeConfig::default()
    };
    for inspected in block_on(run.inspect(0, &off, &images)).unwrap() {
        assert!(inspected.muted.iter().all(|&muted| !muted));
        assert_eq!(inspected.before, inspected.after);
    }
    assert_eq!(before, block_on(weights(&run.arms()[1].network)).unwrap());
    let missing = ImageRef {
        domain: 9,
        split: Split::Test,
        index: 0,
    };
    assert!(matches!(
        block_on(run.inspect(0, &off, &[missing])),
        Err(Error::Data(_))
    ));
}

#[test]
fn the_microscope_shows_what_the_importance_is_made_of() {
    for axis in [Axis::Spatial, Axis::Channel] {
        let config = with_challenge(|it| it.axis = axis);
        let challenge = config.arms[1].challenge.clone();
        let mut run = run(config);
        run.advance();
        let image = ImageRef {
            domain: 1,
            split: Split::Test,
            index: 3,
        };
        let seen = block_on(run.microscope(1, &challenge, image)).unwrap();
        let inspected = block_on(run.inspect(1, &challenge, &[image])).unwrap();
        assert_eq!(seen.inspection, inspected[0]);
        let [channels, height, width] = seen.shape;
        let n = height * width;
        assert_eq!(seen.features.len(), channels * n);
        let means: Vec<f32> = seen
            .gradient
            .chunks(n)
            .map(|channel| channel.iter().sum::<f32>() / n as f32)
            .collect();
        let by_hand: Vec<f32> = match axis {
            Axis::Channel => means,
            _ => (0..n)
                .map(|at| {
                    (0..channels)
                        .map(|c| seen.features[c * n + at] * means[c])
                        .sum()
                })
                .collect(),
        };
        for (a, b) in seen.inspection.importance.iter().zip(&by_hand) {
            assert!((a - b).abs() < 1e-4, "{axis:?}: {a} and {b}");
        }
    }
}

#[test]
fn the_microscope_shows_each_round() {
    for (strategy, rounds) in [
        (Strategy::TopGradient, 1),
        (Strategy::TopGradient, 3),
        (Strategy::Random, 2),
    ] {
        let config = with_challenge(|it| {
            it.strategy = strategy;
            it.rounds = rounds;
        });
        let challenge = config.arms[1].challenge.clone();
        let mut run = run(config);
        run.advance();
        let image = ImageRef {
            domain: 0,
            split: Split::Train,
            index: 5,
        };
        let seen = block_on(run.microscope(1, &challenge, image)).unwrap();
        assert_eq!(seen.rounds.len(), rounds as usize);
        assert_eq!(seen.rounds[0].importance, seen.inspection.importance);
        assert_eq!(seen.rounds.last().unwrap().muted, seen.inspection.muted);
        // 64 positions: 42, 28 and 18 are left after one to three rounds of a third each.
        let mut before = [false; 64].to_vec();
        for (round, left) in seen.rounds.iter().zip([42, 28, 18]) {
            assert_eq!(round.muted.iter().filter(|&&it| !it).count(), left);
            let weakest = (0..64).filter(|&i| round.muted[i] && !before[i]);
            let weakest = weakest.map(|i| round.importance[i]).reduce(f32::min);
            for (i, before) in before.iter().enumerate() {
                assert!(round.muted[i] || !before, "what is muted stays muted");
                assert!(round.muted[i] || round.importance[i] < weakest.unwrap());
            }
            before.clone_from(&round.muted);
        }
    }
}

/// By hand from the probabilities that the weights before the step give: the challenged images
/// count masked, the others whole.
#[test]
fn the_challenge_gap_is_the_masked_loss_minus_the_unmasked() {
    for (smoothing, axis, rounds) in [
        (0.0, Axis::Spatial, 1),
        (0.1, Axis::Channel, 1),
        (0.0, Axis::Spatial, 2),
    ] {
        let config = || {
            small(|it| {
                it.network.normalization = Normalization::None;
                it.training.label_smoothing = smoothing;
                it.training.learning_rate = 0.01;
                let challenge = &mut it.arms[1].challenge;
                challenge.axis = axis;
                challenge.rounds = rounds;
                challenge.b = 0.5;
            })
        };
        let (mut before, mut after) = (run(config()), run(config()));
        before.advance();
        after.advance();
        after.advance();
        let record = block_on(after.read_steps()).unwrap().remove(1).arms[1];
        let batch = block_on(after.last_batch(1)).unwrap().samples;
        let images: Vec<_> = batch.iter().map(|sample| sample.image).collect();
        let challenge = config().arms[1].challenge.clone();
        let inspected = block_on(before.inspect(1, &challenge, &images)).unwrap();

        let loss = |probability: f32| -f64::from(probability).ln();
        let (mut masked, mut unmasked) = (0.0, 0.0);
        for (sample, seen) in batch.iter().zip(&inspected) {
            let (with, without) = (seen.after[sample.label], seen.before[sample.label]);
            masked += loss(if sample.challenged { with } else { without });
            unmasked += loss(without);
        }
        let count = batch.len() as f64;
        let gap = (masked - unmasked) / count;
        assert!(gap.abs() > 1e-4, "there is a gap to compare: {gap}");
        let told = f64::from(record.challenge_gap);
        assert!((told - gap).abs() < 1e-4, "{told} told, {gap} by hand");
        if smoothing == 0.0 {
            let told = f64::from(record.loss);
            assert!((told - masked / count).abs() < 1e-4, "{told}");
        }
    }
}

#[test]
fn the_last_batch_says_who_was_challenged_and_why() {
    for (selection, minimum_drop) in [
        (Selection::All, None),
        (Selection::ProbabilityDrop, None),
        (Selection::ProbabilityDrop, Some(1e-4)),
    ] {
        let mut run = run(with_challenge(|it| {
            it.selection = selection;
            it.minimum_drop = minimum_drop;
        }));
        assert!(block_on(run.last_batch(1)).is_err(), "no step yet");
        run.advance();
        let record = block_on(run.read_steps()).unwrap().remove(0);
        let batch = block_on(run.last_batch(1)).unwrap();
        assert_eq!(batch.samples.len(), 16);
        let challenged = batch.samples.iter().filter(|it| it.challenged).count();
        assert_eq!(challenged, record.arms[1].challenged as usize);
        for sample in &batch.samples {
            let item = run.item(sample.image).unwrap();
            assert_eq!((&sample.name, sample.label), (&item.name, item.label));
            match (sample.drop, batch.threshold) {
                (Some(drop), Some(threshold)) => {
                    assert_eq!(drop >= threshold, sample.challenged, "{drop} {threshold}");
                }
                (drop, threshold) => {
                    assert!(drop.is_none() || threshold.is_none());
                    assert!(sample.challenged || selection != Selection::All);
                }
            }
        }
        let plain = block_on(run.last_batch(0)).unwrap();
        assert!(
            plain
                .samples
                .iter()
                .all(|it| !it.challenged && it.drop.is_none())
        );
        assert!(block_on(run.last_batch(2)).is_err(), "no such arm");
    }
}
