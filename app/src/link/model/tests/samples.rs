//! Settings to write into a link.

use rsc_core::config::{
    Activation, Axis, Backbone, ChallengeConfig, Fit, Head, Importance, MethodPreset,
    Normalization, Objective, OptimizerConfig, PretrainedNetwork, Regularizer, Selection, Signal,
    StageConfig, Strategy, Trains,
};

use crate::settings::model::network::kind::{Kind, choose_kind, set_trains};

use super::super::*;

/// Settings that differ from the base in one place each.
#[expect(clippy::too_many_lines, reason = "a table, a row a setting")]
pub(super) fn changes() -> Vec<fn(&mut RunConfig)> {
    vec![
        |_| {},
        |c| c.data.held_out = Some("random cue".into()),
        |c| {
            c.data.held_out = None;
            c.data.together = true;
        },
        |c| c.data.image_size = 48,
        |c| c.data.fit = Fit::Contain,
        |c| c.data.train_images = 4096,
        |c| c.data.test_images = 64,
        |c| c.data.validation_fraction = 0.1,
        |c| {
            c.network.backbone = Backbone::SmallCnn {
                channels: vec![8, 16, 24, 32],
            };
        },
        |c| {
            let stage = |channels, blocks, stride| StageConfig {
                channels,
                blocks,
                stride,
            };
            c.network.backbone = Backbone::ResNet {
                stem: 16,
                stages: vec![stage(16, 2, 1), stage(32, 2, 2)],
            };
            c.network.challenge_after = Some(4);
        },
        |c| c.network.activation = Activation::Gelu,
        |c| c.network.normalization = Normalization::Batch,
        |c| c.network.normalization = Normalization::Group { groups: 4 },
        |c| c.network.head = Head::FlattenLinear,
        |c| c.network.head = Head::ConvGapLinear { channels: 96 },
        |c| {
            let network = PretrainedNetwork::EfficientNetLite0;
            choose_kind(c, Kind::Pretrained(network));
            c.network.challenge_after = Some(7);
        },
        |c| {
            choose_kind(c, Kind::Pretrained(PretrainedNetwork::ResNet18));
            set_trains(c, Trains::LastStage);
            c.network.head = Head::GapLinear;
        },
        |c| {
            c.data.image_size = 224;
            c.network.backbone = Backbone::Pretrained {
                network: PretrainedNetwork::ResNet50,
                trains: Trains::All,
                batch_statistics: true,
            };
            c.training.augmentation.shift = 3;
        },
        |c| c.network.challenge_after = Some(1),
        |c| c.training.epochs = 7,
        |c| c.training.batch_size = 2,
        |c| c.training.learning_rate = 3e-4,
        |c| c.training.learning_rate = 0.1 + 0.2,
        |c| {
            c.training.optimizer = OptimizerConfig::Sgd {
                momentum: 0.9,
                weight_decay: 0.0,
            };
        },
        |c| {
            c.training.optimizer = OptimizerConfig::Sgd {
                momentum: 0.0,
                weight_decay: 5e-4,
            };
        },
        |c| {
            c.training.optimizer = OptimizerConfig::Adam {
                beta_1: 0.5,
                beta_2: 0.99,
                epsilon: 1e-5,
                weight_decay: 0.01,
            };
        },
        |c| c.training.label_smoothing = 0.1,
        |c| c.training.augmentation.flip = true,
        |c| c.training.augmentation.shift = 4,
        |c| c.training.augmentation.color_jitter = 0.25,
        |c| c.training.seed = (1 << 53) - 1,
        |c| c.arms[1].challenge.strategy = Strategy::Random,
        |c| c.arms[1].challenge.axis = Axis::Mixed,
        |c| c.arms[1].challenge.p = 2.0 / 3.0,
        |c| c.arms[1].challenge.p = 0.123,
        |c| c.arms[1].challenge.b = 1.0 / 3.0,
        |c| c.arms[1].challenge.importance = Importance::GradientTimesActivation,
        |c| c.arms[1].challenge.signal = Signal::LossDecrease,
        |c| c.arms[1].challenge.selection = Selection::All,
        |c| c.arms[1].challenge.curriculum = true,
        |c| c.arms[1].challenge.minimum_drop = Some(1e-4),
        |c| c.arms[1].challenge.rounds = 5,
        |c| c.arms[1].challenge = MethodPreset::Official.challenge(),
        |c| c.arms[1].challenge = MethodPreset::Replication.challenge(),
        |c| c.arms[0].challenge.strategy = Strategy::TopActivation,
        |c| {
            c.arms[0].name = "plain".into();
            c.arms[1].name = "challenged_1".into();
        },
        |c| {
            let challenge = ChallengeConfig {
                strategy: Strategy::Random,
                p: 0.25,
                ..ChallengeConfig::default()
            };
            c.arms.push(ArmConfig::challenged("random", challenge));
        },
        |c| c.training.per_domain_batches = true,
        |c| {
            c.arms[1].objective = Objective::VRex {
                weight: 10.0,
                anneal_steps: 100,
            };
        },
        |c| c.arms[0].objective = Objective::GroupDro { eta: 0.05 },
        |c| c.arms[1].regularizer = Regularizer::Dropout { rate: 1.0 / 3.0 },
        |c| {
            c.arms[0].regularizer = Regularizer::DropBlock {
                rate: 0.2,
                block: 2,
            };
        },
        |c| c.arms.truncate(1),
    ]
}

pub(super) fn bases() -> Vec<RunConfig> {
    let mut bases: Vec<RunConfig> = DataPreset::ALL
        .into_iter()
        .map(RunConfig::for_preset)
        .collect();
    bases.push(RunConfig::for_source(&DataSource::Own));
    bases
}
