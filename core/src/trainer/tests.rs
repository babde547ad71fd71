//! Steps, determinism and gradients on small networks, on the CPU.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests read at once and may panic"
)]

use std::sync::Arc;

use burn::{
    module::Module,
    tensor::{Device, Tensor, TensorData},
};
use pollster::block_on;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::{
    challenge::{Along, apply, gradient, signal},
    config::*,
    data::Dataset,
    error::Error,
    model::{Mode, Network, weights},
    protocol::{ImageRef, Split, StepRecord, Tuning},
};

fn small(change: impl FnOnce(&mut RunConfig)) -> RunConfig {
    let mut config = RunConfig::for_preset(DataPreset::CornerCue);
    config.data.image_size = 16;
    config.data.train_images = 48;
    config.data.test_images = 16;
    config.network.backbone = Backbone::SmallCnn {
        channels: vec![4, 8],
    };
    config.training.batch_size = 16;
    config.training.epochs = 2;
    change(&mut config);
    config
}

fn run(config: RunConfig) -> Run {
    let DataSource::Preset { preset } = config.data.source else {
        panic!("tests use presets");
    };
    let data = Dataset::generate(preset, &config.data, config.training.seed).unwrap();
    Run::new(config, Arc::new(data), &Device::flex()).unwrap()
}

fn records(mut run: Run, steps: usize) -> Vec<StepRecord> {
    for _ in 0..steps {
        run.advance();
    }
    block_on(run.read_steps()).unwrap()
}

fn with_challenge(change: impl FnOnce(&mut ChallengeConfig)) -> RunConfig {
    small(|config| change(&mut config.arms[1].challenge))
}

#[test]
fn the_same_seed_gives_the_same_losses_bit_for_bit() {
    for axis in [Axis::Spatial, Axis::Channel, Axis::Mixed] {
        let config = || with_challenge(|it| it.axis = axis);
        assert_eq!(records(run(config()), 6), records(run(config()), 6));
    }
    let config = || with_challenge(|it| it.strategy = Strategy::Random);
    assert_eq!(records(run(config()), 6), records(run(config()), 6));
    let other = small(|it| it.training.seed = 1);
    assert_ne!(records(run(config()), 2), records(run(other), 2));
}

#[test]
fn reading_at_every_step_or_at_the_end_is_the_same() {
    let together = records(run(small(|_| ())), 6);
    let mut one_by_one = run(small(|_| ()));
    let mut singles = Vec::new();
    for _ in 0..6 {
        one_by_one.advance();
        singles.extend(block_on(one_by_one.read_steps()).unwrap());
    }
    assert_eq!(together, singles);
    assert!(one_by_one.is_done());
}

#[test]
fn arms_start_from_the_same_weights_and_see_the_same_batches() {
    let config = small(|it| it.arms[1].challenge.p = 0.0);
    for record in records(run(config), 4) {
        // p = 0 mutes nothing: the challenged arm is plain training.
        assert_eq!(record.arms[0].loss, record.arms[1].loss);
        assert_eq!(record.arms[1].muted_fraction, 0.0);
        assert_eq!(record.arms[1].challenge_gap, 0.0);
    }
}

#[test]
fn exactly_k_positions_or_channels_are_muted() {
    // 16 px, two blocks, one pool: 8 × 8 positions; 8 channels.
    for (axis, fraction) in [(Axis::Spatial, 22.0 / 64.0), (Axis::Channel, 3.0 / 8.0)] {
        let config = with_challenge(|it| {
            it.axis = axis;
            it.selection = Selection::All;
            // The replication's loss has no dead samples here: every importance differs.
            it.importance = Importance::GradCam;
            it.strategy = Strategy::Random;
        });
        for record in records(run(config), 3) {
            assert!((record.arms[1].muted_fraction - fraction).abs() < 1e-6);
            assert_eq!(record.arms[1].challenged, 16);
            assert_eq!(record.arms[1].axis, Some(axis));
        }
    }
    let half = with_challenge(|it| {
        it.strategy = Strategy::Random;
        it.b = 0.5;
    });
    assert_eq!(records(run(half), 1)[0].arms[1].challenged, 8);
}

#[test]
fn constant_importance_is_counted_and_mutes_everything() {
    let config = with_challenge(|it| {
        it.importance = Importance::GradientMean;
        it.signal = Signal::Loss;
        it.selection = Selection::All;
    });
    let record = &records(run(config), 1)[0].arms[1];
    assert_eq!(record.degenerate, 16);
    assert_eq!(record.muted_fraction, 1.0);
}

#[test]
fn tuning_takes_effect_at_the_next_step_and_is_checked() {
    let mut run = run(with_challenge(|it| {
        it.strategy = Strategy::Random;
        it.selection = Selection::All;
    }));
    let tuning = |p: f64, count: usize| Tuning {
        learning_rate: 0.01,
        challenges: run_challenges(count, p),
    };
    run.advance();
    run.tune(&tuning(0.5, 2)).unwrap();
    run.advance();
    let bad = run.tune(&tuning(7.0, 2)).unwrap_err();
    assert!(bad.to_string().contains("arms[0].challenge.p"), "{bad}");
    assert!(run.tune(&tuning(0.5, 1)).is_err());
    run.advance();
    let muted: Vec<f32> = block_on(run.read_steps())
        .unwrap()
        .iter()
        .map(|record| record.arms[1].muted_fraction)
        .collect();
    assert_eq!(muted, [22.0 / 64.0, 0.5, 0.5]);
    assert_eq!(run.config().training.learning_rate, 0.01);
}

fn run_challenges(count: usize, p: f64) -> Vec<ChallengeConfig> {
    vec![
        ChallengeConfig {
            strategy: Strategy::Random,
            selection: Selection::All,
            p,
            ..ChallengeConfig::default()
        };
        count
    ]
}

#[test]
fn every_network_and_option_trains() {
    let stage = |channels, stride| StageConfig {
        channels,
        blocks: 1,
        stride,
    };
    let resnet = || Backbone::ResNet {
        stem: 4,
        stages: vec![stage(4, 1), stage(8, 2)],
    };
    let cnn = || Backbone::SmallCnn {
        channels: vec![4, 8],
    };
    let norms = [
        Normalization::None,
        Normalization::Batch,
        Normalization::Group { groups: 2 },
    ];
    for (i, norm) in norms.into_iter().enumerate() {
        for backbone in [cnn(), resnet()] {
            for cut in [1, 2] {
                let config = small(|it| {
                    it.network.backbone = backbone.clone();
                    it.network.normalization = norm;
                    it.network.challenge_after = Some(cut);
                    it.network.activation = [Activation::Relu, Activation::Gelu][i % 2];
                    it.network.head = [Head::GapLinear, Head::FlattenLinear][cut % 2];
                    it.training.label_smoothing = 0.1;
                    it.training.optimizer = OptimizerConfig::Sgd {
                        momentum: 0.9,
                        weight_decay: 1e-4,
                    };
                    it.arms[1].challenge.axis = Axis::Mixed;
                    it.arms[1].challenge.rounds = 2;
                    it.training.learning_rate = 0.01;
                });
                let mut run = run(config);
                let before = block_on(weights(&run.arms()[1].network)).unwrap();
                run.advance();
                run.advance();
                for record in block_on(run.read_steps()).unwrap() {
                    assert!(record.arms.iter().all(|arm| arm.loss > 0.0));
                }
                let after = block_on(weights(&run.arms()[1].network)).unwrap();
                assert_ne!(before, after);
                let names = |list: &[(String, Vec<usize>, Vec<f32>)]| {
                    list.iter().map(|it| it.0.clone()).collect::<Vec<_>>()
                };
                assert_eq!(names(&before), names(&after));
                let evaluation = block_on(run.evaluate(async || ())).unwrap().record;
                let accuracy = evaluation.arms[1].accuracy_new_domain.unwrap();
                assert!((0.0..=1.0).contains(&accuracy));
            }
        }
    }
}

#[test]
fn the_gradient_pass_leaves_running_statistics_alone() {
    let device = Device::flex();
    let config = NetworkConfig {
        backbone: Backbone::SmallCnn {
            channels: vec![4, 8],
        },
        normalization: Normalization::Batch,
        challenge_after: Some(1),
        ..NetworkConfig::default()
    };
    let network = Network::init(&config, 16, 3, 0, &device.clone().autodiff());
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let images: Vec<f32> = (0..6 * 3 * 256).map(|_| rng.random()).collect();
    let images = Tensor::<4>::from_data(TensorData::new(images, [6, 3, 16, 16]), &device);
    let one_hot = one_hot(6, 3, &device);
    let z = network
        .body(images.clone().autodiff(), Mode::Evaluate)
        .without_autodiff();
    let before = block_on(weights(&network.frozen())).unwrap();
    let frozen = network.clone().no_grad();
    gradient(
        &z,
        &one_hot,
        |z| frozen.head(z, Mode::Evaluate),
        Signal::TrueLogit,
    );
    assert_eq!(before, block_on(weights(&network.frozen())).unwrap());
    // A training pass does move them, so the check above can fail.
    let _ = network.head(network.body(images.autodiff(), Mode::Train), Mode::Train);
    assert_ne!(before, block_on(weights(&network.frozen())).unwrap());
}

#[test]
fn arms_keep_their_own_running_statistics() {
    let config = |strategy| {
        small(|it| {
            it.network.normalization = Normalization::Batch;
            it.network.challenge_after = Some(1);
            it.training.learning_rate = 0.05;
            it.arms[1].challenge.strategy = strategy;
        })
    };
    // Beside a plain arm or beside a challenged one, the first arm is the same.
    let statistics = |strategy| {
        let mut run = run(config(strategy));
        (0..4).for_each(|_| run.advance());
        let evaluation = block_on(run.evaluate(async || ())).unwrap().record.arms[0].clone();
        let weights = block_on(weights(&run.arms()[0].network.frozen())).unwrap();
        (weights, evaluation)
    };
    assert_eq!(statistics(Strategy::Off), statistics(Strategy::TopGradient));
}

fn one_hot(batch: usize, classes: usize, device: &Device) -> Tensor<2> {
    let mut values = vec![0.0_f32; batch * classes];
    for i in 0..batch {
        values[i * classes + i % classes] = 1.0;
    }
    Tensor::from_data(TensorData::new(values, [batch, classes]), device)
}

/// Central differences of a scalar function of `z`, in steps that f32 can resolve.
fn differences(z: &[f32], value: impl Fn(Vec<f32>) -> f32) -> Vec<f32> {
    let h = 1e-2_f32;
    (0..z.len())
        .map(|i| {
            let moved = |by: f32| {
                let mut z = z.to_vec();
                z[i] += by;
                value(z)
            };
            (moved(h) - moved(-h)) / (2.0 * h)
        })
        .collect()
}

#[test]
fn gradients_agree_with_finite_differences() {
    let device = Device::flex();
    let shape = [3, 4, 8, 8];
    let config = NetworkConfig {
        backbone: Backbone::SmallCnn {
            channels: vec![4, 6],
        },
        // Smooth, so that differences make sense everywhere.
        activation: Activation::Gelu,
        head: Head::FlattenLinear,
        challenge_after: Some(1),
        ..NetworkConfig::default()
    };
    let network = Network::init(&config, 16, 3, 7, &device.clone().autodiff()).no_grad();
    let head = |z: Tensor<4>| network.head(z, Mode::Evaluate);
    let mut rng = ChaCha8Rng::seed_from_u64(11);
    let z: Vec<f32> = (0..shape.iter().product())
        .map(|_| rng.random_range(-1.0..1.0))
        .collect();
    let tensor = |values: Vec<f32>| Tensor::<4>::from_data(TensorData::new(values, shape), &device);
    let one_hot = one_hot(3, 3, &device);
    let check = |name: &str, ours: Vec<f32>, numeric: Vec<f32>| {
        let scale = numeric.iter().fold(0.0_f32, |a, b| a.max(b.abs()));
        assert!(scale > 1e-4, "{name}: there is a gradient to compare");
        for (i, (a, b)) in ours.iter().zip(&numeric).enumerate() {
            assert!((a - b).abs() < 0.02 * scale, "{name}[{i}]: {a} and {b}");
        }
    };

    for kind in [Signal::TrueLogit, Signal::Loss, Signal::LossDecrease] {
        let (_, g) = gradient(&tensor(z.clone()), &one_hot, head, kind);
        let numeric = differences(&z, |z| {
            let logits = head(tensor(z).autodiff()).without_autodiff();
            signal(logits, one_hot.clone(), kind).into_scalar::<f32>()
        });
        check(
            &format!("{kind:?}"),
            g.into_data().try_into_vec().unwrap(),
            numeric,
        );
    }

    // Through the mask: the loss of the muted features, and nothing where they are muted.
    let mask: Vec<f32> = (0..3 * 64).map(|i| f32::from(i % 3 != 0)).collect();
    let mask = Tensor::<2>::from_data(TensorData::new(mask, [3, 64]), &device);
    let loss = |z: Tensor<4>| {
        let muted = apply(z, mask.clone().autodiff(), Along::Spatial);
        cross_entropy(head(muted), one_hot.clone().autodiff(), 0.1)
    };
    let tracked = tensor(z.clone()).autodiff().require_grad();
    let g = tracked
        .grad(&loss(tracked.clone()).backward())
        .unwrap()
        .without_autodiff();
    let muted_part = apply(g.clone(), 1.0 - mask.clone(), Along::Spatial);
    assert_eq!(muted_part.abs().sum().into_scalar::<f32>(), 0.0);
    let numeric = differences(&z, |z| {
        loss(tensor(z).autodiff())
            .without_autodiff()
            .into_scalar::<f32>()
    });
    check(
        "masked loss",
        g.into_data().try_into_vec().unwrap(),
        numeric,
    );
}

#[test]
fn inspection_mutes_exactly_k_and_trains_nothing() {
    let mut run = run(small(|_| ()));
    run.advance();
    let images: Vec<_> = (0..3)
        .map(|index| crate::protocol::ImageRef {
            domain: 1,
            split: crate::protocol::Split::Test,
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
    let missing = crate::protocol::ImageRef {
        domain: 9,
        split: crate::protocol::Split::Test,
        index: 0,
    };
    assert!(matches!(
        block_on(run.inspect(0, &off, &[missing])),
        Err(Error::Data(_))
    ));
}

/// A run whose weights grow until they are numbers no more.
fn diverging() -> Run {
    run(small(|it| {
        it.training.learning_rate = 10.0;
        it.training.optimizer = OptimizerConfig::Sgd {
            momentum: 0.0,
            // Each step multiplies the weights by 1 − 10 · 1 = −9.
            weight_decay: 1.0,
        };
        it.training.epochs = 100;
    }))
}

#[test]
fn a_loss_that_is_not_finite_is_reported() {
    let mut run = diverging();
    let mut outcome = Ok(Vec::new());
    while !run.is_done() && outcome.is_ok() {
        run.advance();
        outcome = block_on(run.read_steps());
    }
    let Err(Error::NotFinite { step, .. }) = outcome else {
        panic!("{outcome:?}");
    };
    assert_eq!(step, run.step());

    // Read together, the steps before it are not lost.
    let mut together = diverging();
    for _ in 0..step + 3 {
        together.advance();
    }
    assert!(matches!(
        block_on(together.read_steps()),
        Err(Error::NotFinite { step: at, .. }) if at == step
    ));
    let good = together.take_good_steps();
    assert_eq!(good.last().map(|record| record.step), Some(step - 1));
    assert!(together.take_good_steps().is_empty());
}

#[test]
fn weights_that_are_not_finite_are_not_put_aside() {
    let mut run = diverging();
    let mut last_good = None;
    while !run.is_done() {
        match block_on(run.checkpoint()) {
            Ok(file) => last_good = Some(file),
            Err(error) => {
                assert!(matches!(
                    &error,
                    Error::WeightsNotFinite { step, .. } if *step == run.step()
                ));
                assert!(error.to_string().contains("learning rate"), "{error}");
                break;
            }
        }
        run.advance();
    }
    assert!(!run.is_done(), "it did not diverge");
    // What was put aside before can be gone on from.
    let file = last_good.expect("at first the weights are numbers");
    let checkpoint = Checkpoint::from_bytes(&file).unwrap();
    assert!(checkpoint.step() < run.step());
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

#[test]
fn predictions_are_what_accuracy_counts() {
    let mut run = run(small(|_| ()));
    (0..3).for_each(|_| run.advance());
    let evaluation = block_on(run.evaluate(async || ())).unwrap();
    let tested: Vec<_> = run.dataset().domains.iter().map(|it| &it.test).collect();
    for (arm, predicted) in evaluation.record.arms.iter().zip(&evaluation.predictions) {
        let mut rest = predicted.as_slice();
        for (items, accuracy) in tested.iter().zip(&arm.accuracy_per_domain) {
            let (these, after) = rest.split_at(items.len());
            rest = after;
            let pairs = items.iter().zip(these);
            let right = pairs.filter(|(item, class)| item.label == usize::from(**class));
            let share = right.count() as f32 / items.len() as f32;
            assert!((share - accuracy).abs() < 1e-6);
        }
        assert!(rest.is_empty());
        let total: f32 = arm.usage.curve.iter().sum();
        assert!((total - 1.0).abs() < 1e-4 && arm.usage.effective_number >= 1.0);
    }
}

#[test]
fn augmentation_changes_the_steps_and_is_seeded() {
    let varied = || {
        small(|it| {
            it.training.augmentation = AugmentationConfig {
                flip: true,
                shift: 2,
                color_jitter: 0.2,
            };
        })
    };
    assert_eq!(records(run(varied()), 4), records(run(varied()), 4));
    assert_ne!(records(run(varied()), 4), records(run(small(|_| ())), 4));
}

/// A sweep relies on it: an arm that its settings leave alone is trained once for all of them.
#[test]
fn an_arm_alone_trains_as_it_does_beside_others() {
    for axis in [Axis::Spatial, Axis::Channel, Axis::Mixed] {
        for strategy in [Strategy::TopGradient, Strategy::Random] {
            let both = with_challenge(|challenge| {
                challenge.axis = axis;
                challenge.strategy = strategy;
            });
            for arm in 0..2 {
                let mut alone = both.clone();
                alone.arms = vec![both.arms[arm].clone()];
                let alone = records(run(alone), 5);
                for (both, alone) in records(run(both.clone()), 5).iter().zip(&alone) {
                    assert_eq!(
                        both.arms[arm], alone.arms[0],
                        "{axis:?}, {strategy:?}, {arm}"
                    );
                }
            }
        }
    }
}

#[test]
fn profiling_leaves_the_run_as_it_was() {
    for challenge_after in [None, Some(1)] {
        let config = || {
            small(|it| {
                it.network.challenge_after = challenge_after;
                it.network.normalization = Normalization::Batch;
            })
        };
        let mut profiled = run(config());
        profiled.advance();
        let split = block_on(profiled.profile(2)).unwrap();
        for part in [
            split.batch_ms,
            split.body_ms,
            split.challenge_ms,
            split.head_ms,
            split.backward_ms,
            split.update_ms,
        ] {
            assert!(part.is_finite() && part >= 0.0, "{split:?}");
        }
        let mut plain = run(config());
        plain.advance();
        assert_eq!(records(profiled, 3), records(plain, 3));
    }
}

/// Trains `before` steps, puts the run aside, takes it up again, and trains `after` more.
fn interrupted(config: RunConfig, before: usize, after: usize) -> Vec<StepRecord> {
    let mut first = run(config);
    for _ in 0..before {
        first.advance();
    }
    let mut records = block_on(first.read_steps()).unwrap();
    let file = block_on(first.checkpoint()).unwrap();
    let dataset = Arc::new(first.dataset().clone());
    drop(first);
    let checkpoint = Checkpoint::from_bytes(&file).unwrap();
    assert_eq!(checkpoint.step(), before as u64);
    let mut second = Run::resume(checkpoint, dataset, &Device::flex()).unwrap();
    for _ in 0..after {
        second.advance();
    }
    records.extend(block_on(second.read_steps()).unwrap());
    records
}

#[test]
fn a_run_put_aside_goes_on_as_if_it_had_never_stopped() {
    let adam = || OptimizerConfig::Adam {
        beta_1: 0.9,
        beta_2: 0.99,
        epsilon: 1e-8,
        weight_decay: 0.01,
    };
    let sgd = |momentum| OptimizerConfig::Sgd {
        momentum,
        weight_decay: 0.001,
    };
    for optimizer in [adam(), sgd(0.9), sgd(0.0)] {
        for normalization in [Normalization::None, Normalization::Batch] {
            let config = || {
                small(|config| {
                    config.arms[1].challenge.axis = Axis::Mixed;
                    config.training.optimizer = optimizer.clone();
                    config.training.augmentation.shift = 2;
                    config.network.normalization = normalization;
                })
            };
            let whole = records(run(config()), 6);
            for before in [0, 1, 4] {
                let parts = interrupted(config(), before, 6 - before);
                assert_eq!(parts, whole, "{optimizer:?}, {normalization:?}, {before}");
            }
        }
    }
}

#[test]
fn a_checkpoint_that_does_not_fit_is_refused_and_says_why() {
    let mut first = run(small(|_| ()));
    first.advance();
    let file = block_on(first.checkpoint()).unwrap();
    let refused = |file: &[u8]| Checkpoint::from_bytes(file).unwrap_err().to_string();
    assert!(refused(&file[..file.len() - 7]).contains("damaged"));
    assert!(refused(&[]).contains("damaged"));
    let weights_only = block_on(first.export(0)).unwrap();
    assert!(refused(&weights_only).contains("no state of a run"));
    let later = replaced(
        &file,
        "\\\"version\\\":1,\\\"step",
        "\\\"version\\\":2,\\\"step",
    );
    assert!(refused(&later).contains("version 2"), "{}", refused(&later));

    let other = run(small(|config| config.data.train_images = 64));
    let dataset = Arc::new(other.dataset().clone());
    let checkpoint = Checkpoint::from_bytes(&file).unwrap();
    let error = Run::resume(checkpoint, dataset, &Device::flex())
        .err()
        .unwrap();
    assert!(
        error.to_string().contains("trained on 48 images"),
        "{error}"
    );

    // As many images of the same classes, one of them another.
    let mut changed = first.dataset().clone();
    changed.domains[0].train[3].pixels[7] ^= 1;
    let changed = Arc::new(changed);
    let resumed = |file: &[u8]| {
        let checkpoint = Checkpoint::from_bytes(file).unwrap();
        Run::resume(checkpoint, Arc::clone(&changed), &Device::flex())
    };
    let error = resumed(&file).err().unwrap().to_string();
    assert!(error.contains("its images have changed"), "{error}");
    // A file from before images were told apart is taken as it always was.
    let older = replaced(&file, "\\\"images\\\":", "\\\"imagez\\\":");
    assert!(resumed(&older).is_ok());

    // One weight renamed: both names have the same length, so the header stays whole.
    let renamed = replaced(
        &file,
        "arms.1.network.linear.bias",
        "arms.1.network.linear.bios",
    );
    let checkpoint = Checkpoint::from_bytes(&renamed).unwrap();
    let dataset = Arc::new(first.dataset().clone());
    let error = Run::resume(checkpoint, dataset, &Device::flex())
        .err()
        .unwrap();
    assert!(
        error.to_string().contains("`linear.bias` is missing"),
        "{error}"
    );
}

/// The file with one text of the same length in another's place.
fn replaced(file: &[u8], from: &str, to: &str) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let at = file
        .windows(from.len())
        .position(|part| part == from.as_bytes())
        .unwrap();
    let mut changed = file.to_vec();
    changed[at..at + to.len()].copy_from_slice(to.as_bytes());
    changed
}

/// Our one pass over all weights gives what Burn's loop over parameters gives.
#[test]
fn the_optimizers_agree_with_burns() {
    use burn::optim::{
        AdamConfig, GradientsParams, ModuleOptimizer, SgdConfig, decay::WeightDecayConfig,
        momentum::MomentumConfig,
    };
    let device = Device::flex().autodiff();
    let config = small(|it| it.network.normalization = Normalization::Batch);
    let network = || Network::init(&config.network, 16, 4, 3, &device);
    let decay = || Some(WeightDecayConfig::new(0.01));
    let cases: [(OptimizerConfig, ModuleOptimizer); 3] = [
        (
            OptimizerConfig::Adam {
                beta_1: 0.9,
                beta_2: 0.999,
                epsilon: 1e-8,
                weight_decay: 0.01,
            },
            AdamConfig::new()
                .with_epsilon(1e-8)
                .with_weight_decay(decay())
                .init(),
        ),
        (
            OptimizerConfig::Sgd {
                momentum: 0.9,
                weight_decay: 0.01,
            },
            SgdConfig::new()
                .with_momentum(Some(MomentumConfig {
                    momentum: 0.9,
                    dampening: 0.0,
                    nesterov: false,
                }))
                .with_weight_decay(decay())
                .init(),
        ),
        (
            OptimizerConfig::Sgd {
                momentum: 0.0,
                weight_decay: 0.0,
            },
            SgdConfig::new().init(),
        ),
    ];
    for (config, mut theirs) in cases {
        let mut ours = Optimizer::new(&config);
        let (mut a, mut b) = (network(), network());
        for step in 0..4 {
            let mut rng = ChaCha8Rng::seed_from_u64(step);
            let values: Vec<f32> = (0..2 * 3 * 16 * 16).map(|_| rng.random()).collect();
            let images = Tensor::<4>::from_data(TensorData::new(values, [2, 3, 16, 16]), &device);
            let gradients = |network: &Network| {
                let logits = network.head(network.body(images.clone(), Mode::Train), Mode::Train);
                GradientsParams::from_grads(logits.square().mean().backward(), network)
            };
            let (for_a, for_b) = (gradients(&a), gradients(&b));
            a = ours.step(0.01, a, for_a);
            b = theirs.step(0.01, b, for_b);
        }
        let (a, b) = (a.frozen(), b.frozen());
        let (a, b) = (
            block_on(weights(&a)).unwrap(),
            block_on(weights(&b)).unwrap(),
        );
        for ((name, _, a), (_, _, b)) in a.iter().zip(&b) {
            for (a, b) in a.iter().zip(b) {
                assert!((a - b).abs() <= 1e-6, "{config:?}: {name}: {a} and {b}");
            }
        }
    }
}
