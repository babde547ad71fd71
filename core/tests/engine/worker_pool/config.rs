//! The runs of these tests.

use rsc_core::{
    config::{
        ArmConfig, Axis, Backbone, ChallengeConfig, DataPreset, Normalization, OptimizerConfig,
        RunConfig, Strategy,
    },
    protocol::{Command, ImageRef, Split, Tuning},
};

pub(crate) fn challenge(change: impl FnOnce(&mut ChallengeConfig)) -> ChallengeConfig {
    let mut challenge = ChallengeConfig::default();
    change(&mut challenge);
    challenge
}

/// Up to four arms: plain, mixed axis, random features of a coin's axis, and channels.
pub(crate) fn settings(arms: usize) -> RunConfig {
    let mut config = RunConfig::for_preset(DataPreset::CornerCue);
    config.data.image_size = 16;
    config.data.train_images = 32;
    config.data.test_images = 8;
    config.network.backbone = Backbone::SmallCnn {
        channels: vec![2, 3],
    };
    config.network.normalization = Normalization::Batch;
    config.training.batch_size = 8;
    config.training.epochs = 3;
    config.training.augmentation.shift = 2;
    let arm = |name: &str, challenge| ArmConfig::challenged(name, challenge);
    config.arms = vec![
        ArmConfig::erm(),
        arm("mixed", challenge(|it| it.axis = Axis::Mixed)),
        arm(
            "random",
            challenge(|it| {
                it.strategy = Strategy::Random;
                it.axis = Axis::Mixed;
                it.b = 0.5;
            }),
        ),
        arm("channels", challenge(|it| it.axis = Axis::Channel)),
    ];
    config.arms.truncate(arms);
    config
}

/// Two arms whose weights soon are no numbers any more.
pub(crate) fn diverging() -> RunConfig {
    let mut config = settings(2);
    config.training.learning_rate = 10.0;
    config.training.optimizer = OptimizerConfig::Sgd {
        momentum: 0.0,
        weight_decay: 1.0,
    };
    config.training.epochs = 100;
    config
}

pub(crate) fn tuned(config: &RunConfig, p: f64, learning_rate: f64) -> Tuning {
    let mut challenges: Vec<_> = config.arms.iter().map(|it| it.challenge.clone()).collect();
    for challenge in challenges.iter_mut().skip(1) {
        challenge.p = p;
    }
    Tuning {
        learning_rate,
        challenges,
    }
}

pub(crate) const RUN: u32 = 1;

/// About a picture of 16 × 16 pixels that is not in the data.
pub(crate) fn predict(arm: usize, request: u32) -> Command {
    Command::Predict {
        request,
        run: RUN,
        arm,
        challenge: ChallengeConfig::default(),
        width: 16,
        height: 16,
    }
}

pub(crate) fn look(arm: usize, request: u32) -> Command {
    Command::Inspect {
        request,
        run: RUN,
        arm,
        challenge: ChallengeConfig::default(),
        images: vec![ImageRef {
            domain: 0,
            split: Split::Test,
            index: 0,
        }],
    }
}
