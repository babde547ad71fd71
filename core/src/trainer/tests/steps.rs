//! What one step does, and that it depends on nothing but settings and seed.

use pollster::block_on;

use super::{diverging, records, run, small, with_challenge};
use crate::{config::*, error::Error, model::weights, protocol::Tuning};

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
