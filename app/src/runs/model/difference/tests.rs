//! Tests of `difference`.

use super::*;
use rsc_core::config::{
    Activation, ArmConfig, Axis, Backbone, ChallengeConfig, DataPreset, Fit, Head, Importance,
    Normalization, Objective, OptimizerConfig, PretrainedNetwork, Regularizer, Selection, Signal,
    StageConfig, Strategy, Trains,
};
use std::collections::BTreeSet;

type Edit = fn(&mut RunConfig);

fn challenge(config: &mut RunConfig) -> &mut ChallengeConfig {
    &mut config.arms[1].challenge
}

/// Every setting, a change of it, and what is said of that.
#[expect(clippy::too_many_lines, reason = "a table, a row a setting")]
fn cases() -> Vec<(&'static str, Edit, [&'static str; 3])> {
    vec![
        (
            "version",
            |c| c.version = 2,
            ["Version of the settings", "1", "2"],
        ),
        (
            "data.source",
            |c| {
                c.data.source = DataSource::Preset {
                    preset: DataPreset::TintCue,
                };
                c.data.held_out = Some("random cue".into());
            },
            ["Data", "Corner cue", "Tint cue"],
        ),
        (
            "data.image_size",
            |c| c.data.image_size = 64,
            ["Image size", "32 × 32 pixels", "64 × 64 pixels"],
        ),
        (
            "data.fit",
            |c| c.data.fit = Fit::Contain,
            [
                "Images that are not square",
                "cut to the middle",
                "kept whole",
            ],
        ),
        (
            "data.train_images",
            |c| c.data.train_images = 512,
            ["Training images", "1,024", "512"],
        ),
        (
            "data.test_images",
            |c| c.data.test_images = 64,
            ["Test images per domain", "512", "64"],
        ),
        (
            "data.validation_fraction",
            |c| c.data.validation_fraction = 0.5,
            ["Share kept for testing", "0.25", "0.5"],
        ),
        (
            "data.held_out",
            |c| c.data.held_out = Some("cued".into()),
            ["Held out", "random cue", "cued"],
        ),
        (
            "data.together",
            |c| {
                c.data.held_out = Some("random cue".into());
                c.data.together = true;
            },
            ["All domains trained on as one", "no", "yes"],
        ),
        (
            "network.backbone",
            |c| {
                c.network.backbone = Backbone::SmallCnn {
                    channels: vec![8, 16, 16],
                };
            },
            [
                "Network",
                "small CNN (channels 16, 32, 64)",
                "small CNN (channels 8, 16, 16)",
            ],
        ),
        (
            "network.backbone",
            |c| {
                c.network.backbone = Backbone::Pretrained {
                    network: PretrainedNetwork::ResNet18,
                    trains: Trains::LastStage,
                    batch_statistics: true,
                };
                // Where it was.
                c.network.challenge_after = Some(3);
            },
            [
                "Network",
                "small CNN (channels 16, 32, 64)",
                "ResNet-18 (last stage and head train, statistics of the batch)",
            ],
        ),
        (
            "network.head",
            |c| {
                c.network.head = Head::ConvGapLinear { channels: 256 };
                c.network.challenge_after = Some(3);
            },
            [
                "Head",
                "average, then linear",
                "1 × 1 convolution to 256 channels, average, linear",
            ],
        ),
        (
            "network.activation",
            |c| c.network.activation = Activation::Gelu,
            ["Activation", "ReLU", "GELU"],
        ),
        (
            "network.normalization",
            |c| c.network.normalization = Normalization::Group { groups: 4 },
            ["Normalisation", "none", "group (groups 4)"],
        ),
        (
            "network.head",
            |c| c.network.head = Head::FlattenLinear,
            ["Head", "average, then linear", "flatten, then linear"],
        ),
        (
            "network.challenge_after",
            |c| c.network.challenge_after = Some(1),
            ["Challenge point", "after block 3", "after block 1"],
        ),
        (
            "training.epochs",
            |c| c.training.epochs = 3,
            ["Epochs", "20", "3"],
        ),
        (
            "training.batch_size",
            |c| c.training.batch_size = 64,
            ["Batch size", "32", "64"],
        ),
        (
            "training.learning_rate",
            |c| c.training.learning_rate = 0.0005,
            ["Learning rate", "0.001", "0.0005"],
        ),
        (
            "training.optimizer",
            |c| {
                c.training.optimizer = OptimizerConfig::Sgd {
                    momentum: 0.9,
                    weight_decay: 0.0,
                };
            },
            [
                "Optimizer",
                "Adam (β₁ 0.9, β₂ 0.999, ε 0.00000001, weight decay 0)",
                "SGD (momentum 0.9, weight decay 0)",
            ],
        ),
        (
            "training.label_smoothing",
            |c| c.training.label_smoothing = 0.1,
            ["Label smoothing", "0", "0.1"],
        ),
        (
            "training.augmentation.flip",
            |c| c.training.augmentation.flip = true,
            ["Mirror images", "no", "yes"],
        ),
        (
            "training.augmentation.shift",
            |c| c.training.augmentation.shift = 3,
            ["Shift images, px", "0", "3"],
        ),
        (
            "training.augmentation.color_jitter",
            |c| c.training.augmentation.color_jitter = 0.2,
            ["Colour jitter", "0", "0.2"],
        ),
        (
            "training.per_domain_batches",
            |c| c.training.per_domain_batches = true,
            ["Batches by domain", "no", "yes"],
        ),
        ("training.seed", |c| c.training.seed = 7, ["Seed", "0", "7"]),
        (
            "arms[1].objective",
            |c| c.arms[1].objective = Objective::Coral { weight: 2.0 },
            ["Objective", "cross-entropy", "CORAL (weight 2)"],
        ),
        (
            "arms[1].regularizer",
            |c| {
                c.arms[1].regularizer = Regularizer::DropBlock {
                    rate: 0.1,
                    block: 3,
                };
            },
            ["Regulariser", "none", "DropBlock (block 3, rate 0.1)"],
        ),
        (
            "arms[0].name",
            |c| c.arms[0].name = "plain".into(),
            ["ERM arm: name", "erm", "plain"],
        ),
        (
            "arms[1].name",
            |c| c.arms[1].name = "other".into(),
            ["Name of the arm", "rsc", "other"],
        ),
        (
            "arms[1].challenge.strategy",
            |c| challenge(c).strategy = Strategy::Random,
            ["Strategy", "most important (RSC)", "at random"],
        ),
        (
            "arms[1].challenge.axis",
            |c| challenge(c).axis = Axis::Channel,
            ["Axis", "positions", "channels"],
        ),
        (
            "arms[1].challenge.p",
            |c| challenge(c).p = 0.5,
            ["p, share muted", "⅓", "0.5"],
        ),
        (
            "arms[1].challenge.importance",
            |c| challenge(c).importance = Importance::GradientTimesActivation,
            ["Importance", "Grad-CAM", "gradient × activation"],
        ),
        (
            "arms[1].challenge.signal",
            |c| challenge(c).signal = Signal::LossDecrease,
            ["Signal", "true class’s logit", "loss decrease"],
        ),
        (
            "arms[1].challenge.selection",
            |c| challenge(c).selection = Selection::All,
            ["Selection", "largest drop in probability", "every image"],
        ),
        (
            "arms[1].challenge.b",
            |c| challenge(c).b = 2.0 / 3.0,
            ["b, share challenged", "0.5", "⅔"],
        ),
        (
            "arms[1].challenge.curriculum",
            |c| challenge(c).curriculum = true,
            ["b grows with the epochs", "no", "yes"],
        ),
        (
            "arms[1].challenge.minimum_drop",
            |c| challenge(c).minimum_drop = Some(1e-4),
            ["Smallest drop challenged", "none", "0.0001"],
        ),
        (
            "arms[1].challenge.rounds",
            |c| challenge(c).rounds = 3,
            ["Rounds", "1", "3"],
        ),
    ]
}

#[test]
fn each_setting_is_named_with_both_values() {
    for (field, edit, said) in cases() {
        let mut changed = RunConfig::default();
        edit(&mut changed);
        let found = differences(&RunConfig::default(), &changed);
        let [label, before, after] = said.map(String::from);
        let expected = Difference {
            field: field.to_owned(),
            label,
            before,
            after,
        };
        assert_eq!(found, [expected], "{field}");
    }
}

#[test]
fn no_setting_is_left_out() {
    let tried: BTreeSet<&str> = cases().iter().map(|(field, ..)| *field).collect();
    for (field, _) in settings(&RunConfig::default()) {
        // The first arm has the same settings as the second.
        let field = match field.strip_prefix("arms[0].") {
            Some(setting) if setting != "name" => format!("arms[1].{setting}"),
            _ => field,
        };
        assert!(
            tried.contains(field.as_str()),
            "give `{field}` its words in words.rs, and a case above"
        );
    }
}

#[test]
fn the_same_setting_in_other_words_is_no_difference() {
    let mut spelled = RunConfig::default();
    spelled.network.challenge_after = Some(3);
    spelled.data.held_out = Some("random cue".into());
    assert_eq!(differences(&RunConfig::default(), &spelled), []);
}

#[test]
fn other_networks_optimizers_and_arms_are_found_too() {
    let mut before = RunConfig::default();
    before.training.optimizer = OptimizerConfig::Sgd {
        momentum: 0.9,
        weight_decay: 0.0,
    };
    let mut after = before.clone();
    after.training.optimizer = OptimizerConfig::Sgd {
        momentum: 0.5,
        weight_decay: 0.0,
    };
    after.network.backbone = Backbone::ResNet {
        stem: 16,
        stages: vec![StageConfig {
            channels: 32,
            blocks: 3,
            stride: 2,
        }],
    };
    after.network.normalization = Normalization::Batch;
    after.data.source = DataSource::Own;
    after.arms[0].challenge.p = 0.5;
    let third = ArmConfig::challenged("third", ChallengeConfig::default());
    after.arms.push(third);
    let found = differences(&before, &after);
    let said = |field: &str| {
        found
            .iter()
            .find(|d| d.field == field)
            .map(|d| format!("{}: {} → {}", d.label, d.before, d.after))
            .unwrap_or_default()
    };
    assert_eq!(
        said("training.optimizer"),
        "Optimizer: SGD (momentum 0.9, weight decay 0) → SGD (momentum 0.5, weight decay 0)"
    );
    assert_eq!(
        said("network.backbone"),
        "Network: small CNN (channels 16, 32, 64) → ResNet (stages [blocks 3, channels 32, stride 2], stem 16)"
    );
    assert_eq!(said("network.normalization"), "Normalisation: none → batch");
    assert_eq!(said("data.source"), "Data: Corner cue → your images");
    assert_eq!(said("data.held_out"), "Held out: random cue → none");
    assert_eq!(
        said("arms[0].challenge.p"),
        "ERM arm: p, share muted: ⅓ → 0.5"
    );
    assert_eq!(said("arms[2].name"), "arm 3: name: none → third");
}

#[test]
fn values_that_look_alike_are_told_apart() {
    let mut close = RunConfig::default();
    close.arms[1].challenge.p = 0.333_333;
    let mut closer = RunConfig::default();
    closer.arms[1].challenge.p = 0.333_334;
    let found = differences(&close, &closer);
    assert_eq!(
        (found[0].before.as_str(), found[0].after.as_str()),
        ("0.333333", "0.333334")
    );
}

#[test]
fn methods_are_named_with_their_numbers() {
    let (before, mut after) = (RunConfig::default(), RunConfig::default());
    after.training.per_domain_batches = true;
    after.arms[0].objective = Objective::Irm {
        weight: 100.0,
        anneal_steps: 500,
    };
    after.arms[1].regularizer = Regularizer::Dropout { rate: 0.5 };
    let found = differences(&before, &after);
    let said = found
        .iter()
        .map(|d| format!("{}: {} → {}", d.label, d.before, d.after));
    assert_eq!(
        said.collect::<Vec<_>>(),
        [
            "ERM arm: Objective: cross-entropy → IRM (annealed for 500, weight 100)",
            "Regulariser: none → dropout (rate 0.5)",
            "Batches by domain: no → yes",
        ]
    );
}
