//! Runs of pretrained networks: what is frozen, what trains, and what is computed once.

use std::sync::{Arc, OnceLock};

use burn::tensor::Device;
use pollster::block_on;

use super::{records, small};
use crate::{
    config::*,
    data::Dataset,
    model::{BackboneWeights, weights},
    protocol::{EvaluationRecord, ImageRef, Split},
    trainer::{Checkpoint, Pretrained, Run},
};

pub(super) const NETWORK: PretrainedNetwork = PretrainedNetwork::EfficientNetLite0;

pub(super) fn backbone_weights() -> &'static Arc<BackboneWeights> {
    static WEIGHTS: OnceLock<Arc<BackboneWeights>> = OnceLock::new();
    WEIGHTS.get_or_init(|| Arc::new(BackboneWeights::random(NETWORK, 1)))
}

pub(super) fn settings(trains: Trains, change: impl FnOnce(&mut RunConfig)) -> RunConfig {
    small(|config| {
        config.data.image_size = 64;
        config.data.train_images = 12;
        config.data.test_images = 8;
        config.training.batch_size = 4;
        config.network.backbone = Backbone::Pretrained {
            network: NETWORK,
            trains,
            batch_statistics: false,
        };
        change(config);
    })
}

fn pretrained(config: &RunConfig, before: Option<&Pretrained>) -> Pretrained {
    let (network, size) = (&config.network, config.data.image_size);
    Pretrained::new(backbone_weights(), network, size, &Device::flex(), before).unwrap()
}

pub(super) fn dataset(config: &RunConfig) -> Arc<Dataset> {
    let seed = config.training.seed;
    Arc::new(Dataset::generate(DataPreset::CornerCue, &config.data, seed).unwrap())
}

fn run_with(config: RunConfig, pretrained: &Pretrained) -> Run {
    let arms: Vec<usize> = (0..config.arms.len()).collect();
    let dataset = dataset(&config);
    Run::with_pretrained(config, &arms, dataset, Some(pretrained), &Device::flex()).unwrap()
}

pub(super) fn run(config: RunConfig) -> Run {
    let pretrained = pretrained(&config, None);
    run_with(config, &pretrained)
}

fn evaluation(run: &Run) -> EvaluationRecord {
    block_on(run.evaluate(async || ())).unwrap().record
}

#[test]
fn the_same_network_whatever_of_it_is_frozen() {
    for head in [Head::GapLinear, Head::ConvGapLinear { channels: 6 }] {
        let losses = Trains::ALL.map(|trains| {
            let run = run(settings(trains, |c| c.network.head = head));
            assert_eq!(run.info().features[1..], [2, 2]);
            evaluation(&run).arms[0].loss_same_domain
        });
        for loss in losses {
            assert!((loss - losses[0]).abs() < 1e-4, "{losses:?}");
        }
    }
}

#[test]
fn features_are_computed_once_for_each_image() {
    let config = settings(Trains::Head, |c| c.training.augmentation.flip = true);
    let pretrained = pretrained(&config, None);
    let cache = pretrained.features().unwrap();
    let mut run = run_with(config, &pretrained);
    // Twelve in both versions, and two domains of eight.
    assert_eq!(run.preparation(), [2 * 12 + 2 * 8, 40]);
    run.prepare(3);
    assert_eq!((run.preparation(), cache.len()), ([40, 37], 3));
    while !run.is_prepared() {
        run.prepare(16);
    }
    assert_eq!(cache.len(), 40);
    while !run.is_done() {
        run.advance();
    }
    evaluation(&run);
    assert_eq!(cache.len(), 40);
}

#[test]
fn predictions_keep_no_features() {
    let config = settings(Trains::Head, |_| ());
    let pretrained = pretrained(&config, None);
    let challenge = config.arms[1].challenge.clone();
    let run = run_with(config, &pretrained);
    let image = ImageRef {
        domain: 1,
        split: Split::Test,
        index: 3,
    };
    let item = run.item(image).unwrap();
    let told = block_on(run.predict(1, &challenge, item)).unwrap();
    assert!(pretrained.features().unwrap().is_empty());
    let seen = block_on(run.inspect(1, &challenge, &[image])).unwrap();
    assert_eq!(told.before, seen[0].before);
    assert_eq!(pretrained.features().unwrap().len(), 1);
}

#[test]
fn features_prepared_or_not_train_the_same() {
    let config = || settings(Trains::Head, |_| ());
    let mut prepared = run(config());
    while !prepared.is_prepared() {
        prepared.prepare(5);
    }
    assert_eq!(records(prepared, 5), records(run(config()), 5));
}

#[test]
fn the_next_run_finds_the_features_of_the_last() {
    let first = settings(Trains::Head, |_| ());
    let mut other = first.clone();
    other.training.epochs = 3;
    let before = pretrained(&first, None);
    let cache = before.features().unwrap();
    cache.prepare(&dataset(&first).training());
    let again = pretrained(&other, Some(&before));
    assert!(Arc::ptr_eq(cache, again.features().unwrap()));
    for change in [
        settings(Trains::LastStage, |_| ()),
        settings(Trains::Head, |c| c.data.image_size = 96),
    ] {
        let fresh = pretrained(&change, Some(&before));
        assert!(fresh.features().unwrap().is_empty());
    }
    let all = settings(Trains::All, |_| ());
    assert!(pretrained(&all, Some(&before)).features().is_none());
}

#[test]
fn the_head_alone_is_trained_saved_and_resumed() {
    let config = settings(Trains::Head, |c| {
        c.network.head = Head::ConvGapLinear { channels: 6 };
    });
    let straight = records(run(config.clone()), 5);
    let mut first = run(config.clone());
    // 1×1 convolution and linear layer.
    assert_eq!(first.info().parameters, 320 * 6 + 6 + 6 * 4 + 4);
    for _ in 0..2 {
        first.advance();
    }
    let mut records = block_on(first.read_steps()).unwrap();
    let file = block_on(first.checkpoint()).unwrap();
    assert_eq!(crate::worker_pool::workers_of_checkpoint(&file), Some(1));
    let resume = |weights: Option<&Pretrained>| {
        let checkpoint = Checkpoint::from_bytes(&file).unwrap();
        let dataset = dataset(&config);
        Run::resume_pretrained(checkpoint, &[0, 1], dataset, weights, &Device::flex())
    };
    let mut second = resume(Some(&pretrained(&config, None))).unwrap();
    for _ in 0..3 {
        second.advance();
    }
    records.extend(block_on(second.read_steps()).unwrap());
    assert_eq!(records, straight);

    let other = Arc::new(BackboneWeights::random(NETWORK, 2));
    let other = Pretrained::new(&other, &config.network, 64, &Device::flex(), None).unwrap();
    let said = resume(Some(&other)).err().unwrap().to_string();
    assert!(
        said.contains("other weights of EfficientNet-Lite0"),
        "{said}"
    );
    let said = resume(None).err().unwrap().to_string();
    assert!(said.contains("load them first"), "{said}");
}

/// All running statistics of the first arm, after two steps.
fn statistics(batch_statistics: bool) -> (Vec<f32>, Vec<f32>) {
    let config = settings(Trains::LastStage, |c| {
        c.network.backbone = Backbone::Pretrained {
            network: NETWORK,
            trains: Trains::LastStage,
            batch_statistics,
        };
    });
    let mut run = run(config);
    let read = |run: &Run| {
        let named = block_on(weights(&run.arms()[0].network.frozen())).unwrap();
        let named = named.into_iter();
        let of_norms = named.filter(|(name, ..)| name.contains("running_"));
        let values: Vec<f32> = of_norms.flat_map(|(.., values)| values).collect();
        assert!(!values.is_empty());
        values
    };
    let before = read(&run);
    run.advance();
    run.advance();
    (before, read(&run))
}

#[test]
fn running_statistics_stay_unless_asked_otherwise() {
    let (before, after) = statistics(false);
    assert_eq!(before, after);
    let (before, after) = statistics(true);
    assert_ne!(before, after);
}

#[test]
fn what_is_trained_changes_and_learns() {
    for trains in [Trains::LastStage, Trains::All] {
        let config = settings(trains, |c| {
            c.training.epochs = 8;
            c.training.learning_rate = 1e-4;
            c.data.train_images = 8;
            c.training.batch_size = 8;
        });
        let mut run = run(config);
        let first = block_on(weights(&run.arms()[0].network.frozen())).unwrap();
        while !run.is_done() {
            run.advance();
        }
        let last = block_on(weights(&run.arms()[0].network.frozen())).unwrap();
        for ((name, _, before), (_, _, after)) in first.iter().zip(&last) {
            assert_eq!(
                before == after,
                name.contains("running_"),
                "{trains:?}, {name}"
            );
        }
        let records = block_on(run.read_steps()).unwrap();
        let losses: Vec<f32> = records.iter().map(|it| it.arms[0].loss).collect();
        assert!(losses[7] < losses[0], "{trains:?}: {losses:?}");
    }
}

#[test]
fn masks_lie_on_the_grid_of_the_challenge_point() {
    let image = ImageRef {
        domain: 1,
        split: Split::Test,
        index: 3,
    };
    for (trains, cut, grid) in [
        (Trains::Head, None, [2, 2]),
        (Trains::Head, Some(7), [2, 2]),
        (Trains::LastStage, Some(6), [2, 2]),
        (Trains::All, Some(3), [8, 8]),
    ] {
        let config = settings(trains, |c| {
            c.network.head = Head::ConvGapLinear { channels: 6 };
            c.network.challenge_after = cut;
        });
        let challenge = config.arms[1].challenge.clone();
        let run = run(config);
        let [channels, height, width] = run.info().features;
        assert_eq!([height, width], grid);
        let seen = block_on(run.inspect(1, &challenge, &[image])).unwrap();
        assert_eq!(seen[0].importance.len(), height * width);
        let seen = block_on(run.microscope(1, &challenge, image)).unwrap();
        assert_eq!(seen.shape, [channels, height, width]);
        let split = block_on(run.profile(1)).unwrap();
        assert!(split.head_ms > 0.0);
    }
}

#[test]
fn a_run_without_its_weights_says_so() {
    let config = settings(Trains::Head, |_| ());
    let made = Run::new(config.clone(), dataset(&config), &Device::flex());
    let said = made.err().unwrap().to_string();
    assert!(
        said.contains("EfficientNet-Lite0") && said.contains("load"),
        "{said}"
    );
    let resnet = NetworkConfig {
        backbone: Backbone::Pretrained {
            network: PretrainedNetwork::ResNet18,
            trains: Trains::Head,
            batch_statistics: false,
        },
        ..NetworkConfig::default()
    };
    let made = Pretrained::new(backbone_weights(), &resnet, 64, &Device::flex(), None);
    assert!(made.err().unwrap().to_string().contains("ResNet-18"));
}
