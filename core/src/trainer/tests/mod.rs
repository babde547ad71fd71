//! Steps, determinism and gradients on small networks, on the CPU.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests read at once and may panic"
)]

mod checkpoint;
mod evaluation;
mod gradients;
mod inspection;
mod limits;
mod loading;
mod methods;
mod optimizer;
mod prediction;
mod pretrained;
mod pretrained_export;
mod resnet;
mod steps;

use std::sync::Arc;

use burn::tensor::{Device, Tensor, TensorData};
use pollster::block_on;

use super::*;
use crate::{config::*, data::Dataset, protocol::StepRecord};

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

fn one_hot(batch: usize, classes: usize, device: &Device) -> Tensor<2> {
    let mut values = vec![0.0_f32; batch * classes];
    for i in 0..batch {
        values[i * classes + i % classes] = 1.0;
    }
    Tensor::from_data(TensorData::new(values, [batch, classes]), device)
}
