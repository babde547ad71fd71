//! Runs on a GPU that is opened with the limits of a weaker one: they train as on the CPU, or are refused before
//! they start.

use std::sync::Arc;

use burn::tensor::Device;
use pollster::block_on;

use super::{pretrained, small};
use crate::{
    config::*,
    data::Dataset,
    device::{Opened, open},
    error::Error,
    gpu::largest_tensor,
    protocol::{DevicePreference, SimulatedLimits, StepRecord},
    testing::gpu_if_any,
    trainer::{Pretrained, Run},
};

const MIB: u64 = 1 << 20;

/// A GPU with these limits, if one opens.
fn opened(limits: SimulatedLimits) -> Option<Opened> {
    gpu_if_any(block_on(open(DevicePreference::Simulated(limits))))
}

fn run_on(config: &RunConfig, device: &Device) -> Result<Run, Error> {
    let data = Dataset::generate(DataPreset::CornerCue, &config.data, config.training.seed)?;
    Run::new(config.clone(), Arc::new(data), device)
}

fn records(run: &mut Run, steps: usize) -> Vec<StepRecord> {
    (0..steps).for_each(|_| run.advance());
    block_on(run.read_steps()).unwrap()
}

/// That both made the same losses within a thousandth.
fn assert_alike(ours: &[StepRecord], theirs: &[StepRecord], what: &str) {
    assert_eq!(ours.len(), theirs.len());
    for (ours, theirs) in ours.iter().zip(theirs) {
        for (a, b) in ours.arms.iter().zip(&theirs.arms) {
            let step = ours.step;
            let off = (a.loss - b.loss).abs();
            assert!(
                off < 1e-3 * b.loss.abs().max(1.0),
                "{what}, step {step}: {a:?} and {b:?}"
            );
        }
    }
}

#[test]
fn a_device_has_no_more_than_the_simulated_limits() {
    for limits in SimulatedLimits::ALL {
        let Some(Opened { device, info, .. }) = opened(limits) else {
            return;
        };
        println!("{info:?}");
        assert_eq!(info.simulated, Some(limits));
        assert!(info.name.contains(limits.name()), "{}", info.name);
        let of = |name: &str| {
            let found = info.limits.iter().find(|it| it.0 == name);
            found.map(|it| it.1).unwrap()
        };
        assert_eq!(of("max buffer size"), 256 * MIB);
        assert_eq!(of("storage buffers in a program"), 8);
        assert_eq!(of("workgroup invocations"), 256);
        assert_eq!(of("workgroup storage"), 16 << 10);
        let bound = of("max storage binding");
        match limits {
            SimulatedLimits::WebgpuDefaults => assert_eq!(bound, 128 * MIB),
            SimulatedLimits::Phone => assert!((128 * MIB..=256 * MIB).contains(&bound)),
        }
        assert_eq!(info.largest_tensor(), Some(bound));
        // What Burn takes for the most.
        assert_eq!(largest_tensor(&device), Some(bound));
    }
}

#[test]
fn networks_train_within_simulated_limits_as_on_the_cpu() {
    let resnet = |normalization, activation| {
        small(|config| {
            config.network = NetworkConfig {
                backbone: Backbone::ResNet {
                    stem: 4,
                    stages: vec![
                        StageConfig {
                            channels: 4,
                            blocks: 1,
                            stride: 1,
                        },
                        StageConfig {
                            channels: 8,
                            blocks: 1,
                            stride: 2,
                        },
                    ],
                },
                normalization,
                activation,
                ..NetworkConfig::default()
            };
        })
    };
    let plain = small(|config| {
        config.network.head = Head::FlattenLinear;
        config.network.normalization = Normalization::Group { groups: 2 };
    });
    let networks = [
        ("small CNN", small(|_| {})),
        ("ResNet", resnet(Normalization::Batch, Activation::Relu)),
        (
            "ResNet with GELU",
            resnet(Normalization::None, Activation::Gelu),
        ),
        ("groups, flattened", plain),
    ];
    for limits in SimulatedLimits::ALL {
        let Some(opened) = opened(limits) else { return };
        for (name, config) in &networks {
            let mut ours = run_on(config, &opened.device).unwrap();
            let mut theirs = run_on(config, &Device::flex()).unwrap();
            let what = format!("{name}, {}", limits.name());
            assert_alike(&records(&mut ours, 3), &records(&mut theirs, 3), &what);
            assert!(opened.faults.take().is_empty(), "{what}");
        }
    }
}

#[test]
fn an_evaluation_is_split_where_its_feature_maps_exceed_a_buffer() {
    let config = small(|config| {
        config.data.image_size = 96;
        config.data.test_images = 80;
        config.training.batch_size = 4;
        config.network.backbone = Backbone::SmallCnn { channels: vec![48] };
    });
    let Some(opened) = opened(SimulatedLimits::WebgpuDefaults) else {
        return;
    };
    let ours = run_on(&config, &opened.device).unwrap();
    let theirs = run_on(&config, &Device::flex()).unwrap();
    // 48 maps of 96 × 96 values each.
    assert_eq!(ours.evaluation_batch(), 75);
    assert_eq!(theirs.evaluation_batch(), 128);
    let evaluated = |run: &Run| block_on(run.evaluate(async || {})).unwrap();
    let (ours, theirs) = (evaluated(&ours), evaluated(&theirs));
    assert_eq!(ours.predictions, theirs.predictions);
    for (a, b) in ours.record.arms.iter().zip(&theirs.record.arms) {
        assert!(
            (a.loss_same_domain - b.loss_same_domain).abs() < 1e-4,
            "{a:?} and {b:?}"
        );
        let (a, b) = (&a.usage, &b.usage);
        assert!(
            (a.effective_number - b.effective_number).abs() < 1e-2,
            "{a:?} and {b:?}"
        );
    }
    assert!(opened.faults.take().is_empty());
}

#[test]
fn a_run_whose_feature_maps_no_buffer_holds_is_refused_before_it_starts() {
    let config = small(|config| {
        config.data.image_size = 128;
        config.data.train_images = 64;
        config.training.batch_size = 32;
        config.network.backbone = Backbone::SmallCnn {
            channels: vec![128, 8],
        };
    });
    let Some(opened) = opened(SimulatedLimits::WebgpuDefaults) else {
        return;
    };
    let Err(Error::Config(refused)) = run_on(&config, &opened.device) else {
        panic!("the run is not refused");
    };
    assert_eq!(
        refused.to_string(),
        "`training.batch_size` is 32: expected at most 16, or smaller images: block 1 makes 8.4 MB for \
         each image of 128 px, and a buffer of this GPU holds 134 MB"
    );
    let mut fits = config;
    fits.training.batch_size = 16;
    assert!(run_on(&fits, &opened.device).is_ok());
}

#[test]
fn features_of_frozen_stages_are_those_of_the_cpu() {
    let config = pretrained::settings(Trains::Head, |config| config.training.batch_size = 4);
    let dataset = pretrained::dataset(&config);
    for limits in SimulatedLimits::ALL {
        let Some(opened) = opened(limits) else { return };
        let on = |device: &Device| {
            let weights = pretrained::backbone_weights();
            let (network, size) = (&config.network, config.data.image_size);
            let pretrained = Pretrained::new(weights, network, size, device, None).unwrap();
            let data = Arc::clone(&dataset);
            let all: Vec<usize> = (0..config.arms.len()).collect();
            let mut run =
                Run::with_pretrained(config.clone(), &all, data, Some(&pretrained), device)
                    .unwrap();
            records(&mut run, 2)
        };
        let what = format!("pretrained, {}", limits.name());
        assert_alike(&on(&opened.device), &on(&Device::flex()), &what);
        assert!(opened.faults.take().is_empty(), "{what}");
    }
}
