//! Objectives and regularisers within runs: batches by domain, resuming, arms apart, the GPU.

use std::{collections::BTreeSet, sync::Arc};

use burn::tensor::Device;
use pollster::block_on;

use super::{records, run, small};
use crate::{
    config::*,
    data::Dataset,
    protocol::StepRecord,
    testing::gpu,
    trainer::{Checkpoint, Run, batch::domain_order},
};

/// A run on three training domains whose second arm has these settings.
fn styles(change: impl FnOnce(&mut RunConfig)) -> RunConfig {
    let mut config = small(|config| {
        config.data.source = DataSource::Preset {
            preset: DataPreset::Styles,
        };
        config.data.held_out = Some("sketch".into());
    });
    config.training.batch_size = 14;
    change(&mut config);
    config
}

fn with(objective: Objective, regularizer: Regularizer) -> RunConfig {
    styles(|config| {
        config.arms[1].objective = objective;
        config.arms[1].regularizer = regularizer;
    })
}

/// All of them, with penalties that anneal after two steps.
fn all() -> Vec<RunConfig> {
    let objectives = Objective::ALL.map(|it| with(it.with_anneal_steps(2), Regularizer::None));
    let regularizers = Regularizer::ALL.map(|it| with(Objective::Erm, it.with_block(2)));
    objectives.into_iter().chain(regularizers).collect()
}

fn losses(records: &[StepRecord], arm: usize) -> Vec<f32> {
    records.iter().map(|record| record.arms[arm].loss).collect()
}

#[test]
fn a_method_changes_its_own_arm_only() {
    let by_domain = styles(|config| config.training.per_domain_batches = true);
    let mixed = records(run(styles(|_| ())), 4);
    let by_domain = records(run(by_domain), 4);
    assert_ne!(losses(&mixed, 0), losses(&by_domain, 0));
    for config in all() {
        let (objective, regularizer) = (config.arms[1].objective, config.arms[1].regularizer);
        let without = if config.draws_per_domain() {
            &by_domain
        } else {
            &mixed
        };
        let made = records(run(config), 4);
        let name = format!("{objective:?}, {regularizer:?}");
        assert_eq!(losses(&made, 0), losses(without, 0), "{name}");
        let plain = objective.is_erm() && regularizer.is_none();
        let same = losses(&made, 1) == losses(without, 1);
        assert_eq!(same, plain, "{name}");
        assert!(losses(&made, 1).iter().all(|it| it.is_finite()), "{name}");
    }
}

#[test]
fn a_batch_has_as_many_images_of_each_domain() {
    let counts = [5, 9, 7];
    let (each, steps) = (2, 3);
    let mut seen = vec![BTreeSet::new(); counts.len()];
    for epoch in 0..4 {
        let order = domain_order(3, epoch, &counts, each, steps);
        assert_eq!(order.len(), counts.len() * each * steps);
        for (place, image) in order.iter().enumerate() {
            let domain = place / each % counts.len();
            let first: usize = counts[..domain].iter().sum();
            assert!((first..first + counts[domain]).contains(image), "{image}");
            seen[domain].insert(*image);
        }
    }
    // 24 draws of each: every image of the smaller two passed over, in passes of their own.
    assert_eq!(seen.iter().map(BTreeSet::len).collect::<Vec<_>>(), counts);
    let whole = domain_order(3, 0, &counts, each, 2 * steps);
    let halves = [0, 1].map(|epoch| domain_order(3, epoch, &counts, each, steps));
    assert_eq!(
        whole,
        halves.concat(),
        "an epoch goes on where the one before ended"
    );
}

#[test]
fn batches_are_rounded_down_to_whole_domains() {
    let config = styles(|config| config.training.per_domain_batches = true);
    let run = run(config);
    let training = run.dataset().training().len() as u64;
    assert_eq!(run.steps_per_epoch(), training / 12);
}

#[test]
fn one_domain_cannot_be_compared_and_a_small_batch_neither() {
    let refused = |config: RunConfig| {
        let DataSource::Preset { preset } = config.data.source else {
            panic!("tests use presets");
        };
        let data = Dataset::generate(preset, &config.data, 0).unwrap();
        let made = Run::new(config, Arc::new(data), &Device::flex());
        made.err()
            .map(|error| error.to_string())
            .unwrap_or_default()
    };
    let mut config = small(|_| ());
    config.arms[1].objective = Objective::Coral { weight: 1.0 };
    let error = refused(config);
    assert!(error.contains("arms[1].objective.kind"), "{error}");
    assert!(error.contains("cued"), "{error}");
    let mut config = with(Objective::Mmd { weight: 1.0 }, Regularizer::None);
    config.training.batch_size = 5;
    let error = refused(config);
    assert!(
        error.contains("training.batch_size") && error.contains('6'),
        "{error}"
    );
}

#[test]
fn a_resumed_run_remembers_what_its_objective_did() {
    for config in all() {
        let name = format!(
            "{:?}, {:?}",
            config.arms[1].objective, config.arms[1].regularizer
        );
        let straight = records(run(config.clone()), 5);
        for before in 1..5 {
            let mut first = run(config.clone());
            for _ in 0..before {
                first.advance();
            }
            let mut made = block_on(first.read_steps()).unwrap();
            let file = block_on(first.checkpoint()).unwrap();
            let dataset = Arc::new(first.dataset().clone());
            let saved = Checkpoint::from_bytes(&file).unwrap();
            let second = Run::resume(saved, dataset, &Device::flex()).unwrap();
            made.extend(records(second, 5 - before));
            assert_eq!(made, straight, "{name}, resumed after {before} steps");
        }
    }
}

#[test]
fn arms_trained_apart_are_the_same() {
    let config = styles(|config| {
        config.arms[0].objective = Objective::GroupDro { eta: 0.5 };
        config.arms[1].objective = Objective::Mixup { alpha: 0.5 };
        config.arms[1].regularizer = Regularizer::Dropout { rate: 0.3 };
    });
    let together = records(run(config.clone()), 4);
    let data = Dataset::generate(DataPreset::Styles, &config.data, 0).unwrap();
    let data = Arc::new(data);
    for arm in 0..2 {
        let apart = Run::with_arms(config.clone(), &[arm], Arc::clone(&data), &Device::flex());
        let apart = records(apart.unwrap(), 4);
        assert_eq!(losses(&apart, 0), losses(&together, arm));
    }
}

#[test]
fn passes_for_each_domain_update_running_statistics_once() {
    let statistics = |objective| {
        let config = styles(|config| {
            config.training.per_domain_batches = true;
            config.network.normalization = Normalization::Batch;
            config.arms[1].challenge = MethodPreset::Erm.challenge();
            config.arms[1].objective = objective;
        });
        let mut run = run(config);
        run.advance();
        let weights = block_on(crate::model::weights(&run.arms()[1].network.frozen())).unwrap();
        let of_norm = weights
            .into_iter()
            .filter(|(name, ..)| name.contains("running"));
        of_norm.map(|(.., values)| values).collect::<Vec<_>>()
    };
    let plain = statistics(Objective::Erm);
    assert!(!plain.is_empty());
    assert_eq!(statistics(Objective::AndMask { tau: 1.0 }), plain);
}

#[test]
fn the_gpu_makes_the_same_steps() {
    let Some(gpu) = gpu() else { return };
    for mut config in all() {
        // Adam divides gradients by their size, which makes a difference of what should be nothing.
        config.training.optimizer = OptimizerConfig::Sgd {
            momentum: 0.9,
            weight_decay: 0.0,
        };
        config.training.learning_rate = 0.01;
        config.network.normalization = Normalization::Batch;
        let name = format!(
            "{:?}, {:?}",
            config.arms[1].objective, config.arms[1].regularizer
        );
        let data = Arc::new(Dataset::generate(DataPreset::Styles, &config.data, 0).unwrap());
        let on = |device: &Device| {
            let run = Run::new(config.clone(), Arc::clone(&data), device).unwrap();
            losses(&records(run, 3), 1)
        };
        for (ours, theirs) in on(&gpu).into_iter().zip(on(&Device::flex())) {
            let most = 2e-3 * theirs.abs().max(1.0);
            assert!((ours - theirs).abs() <= most, "{name}: {ours} and {theirs}");
        }
    }
}
