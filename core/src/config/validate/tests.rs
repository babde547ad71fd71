use crate::config::*;

fn refused(change: impl FnOnce(&mut RunConfig)) -> String {
    let mut config = RunConfig::default();
    change(&mut config);
    match config.validate() {
        Ok(()) => String::from("accepted"),
        Err(error) => error.field,
    }
}

#[test]
fn every_preset_is_valid() {
    for preset in DataPreset::ALL {
        assert_eq!(RunConfig::for_preset(preset).validate(), Ok(()));
    }
    for preset in MethodPreset::ALL {
        assert_eq!(preset.challenge().validate("challenge"), Ok(()));
        assert_eq!(MethodPreset::from_name(preset.name()), Some(preset));
    }
}

fn assert_named<const N: usize>(cases: [(String, &str); N]) {
    for (field, expected) in cases {
        assert_eq!(field, expected);
    }
}

#[test]
fn each_field_of_the_data_out_of_range_is_named() {
    assert_named([
        (refused(|c| c.version = 9), "version"),
        (refused(|c| c.data.image_size = 8), "data.image_size"),
        (refused(|c| c.data.train_images = 0), "data.train_images"),
        (refused(|c| c.data.test_images = 0), "data.test_images"),
        (
            refused(|c| c.data.validation_fraction = 1.0),
            "data.validation_fraction",
        ),
        (
            refused(|c| c.data.held_out = Some("moon".into())),
            "data.held_out",
        ),
        (
            refused(|c| {
                c.data.held_out = Some("cued".into());
                c.data.together = true;
            }),
            "data.together",
        ),
        (refused(|c| c.data.together = true), "accepted"),
    ]);
}

#[test]
fn each_field_of_the_network_out_of_range_is_named() {
    let bad_group = Normalization::Group { groups: 5 };
    let stage = StageConfig {
        channels: 16,
        blocks: 9,
        stride: 1,
    };
    assert_named([
        (
            refused(|c| c.network.backbone = Backbone::SmallCnn { channels: vec![] }),
            "network.backbone.channels.length",
        ),
        (
            refused(|c| {
                c.network.backbone = Backbone::SmallCnn {
                    channels: vec![8; 6],
                }
            }),
            "network.backbone",
        ),
        (
            refused(|c| {
                c.network.backbone = Backbone::ResNet {
                    stem: 16,
                    stages: vec![stage],
                }
            }),
            "network.backbone.stages[0].blocks",
        ),
        (
            refused(|c| c.network.normalization = bad_group),
            "network.normalization.groups",
        ),
        (
            refused(|c| c.network.challenge_after = Some(4)),
            "network.challenge_after",
        ),
    ]);
}

#[test]
fn each_field_of_the_training_out_of_range_is_named() {
    assert_named([
        (refused(|c| c.training.epochs = 0), "training.epochs"),
        (
            refused(|c| c.training.batch_size = 1),
            "training.batch_size",
        ),
        (
            refused(|c| c.training.learning_rate = f64::NAN),
            "training.learning_rate",
        ),
        (
            refused(|c| c.training.label_smoothing = 1.0),
            "training.label_smoothing",
        ),
        (refused(|c| c.training.seed = 1 << 60), "training.seed"),
        (
            refused(|c| c.training.augmentation.shift = 17),
            "training.augmentation.shift",
        ),
        (
            refused(|c| c.training.augmentation.color_jitter = -0.1),
            "training.augmentation.color_jitter",
        ),
        (
            refused(|c| {
                c.training.optimizer = OptimizerConfig::Sgd {
                    momentum: 1.0,
                    weight_decay: 0.0,
                }
            }),
            "training.optimizer.momentum",
        ),
    ]);
}

#[test]
fn each_field_of_an_arm_out_of_range_is_named() {
    assert_named([
        (refused(|c| c.arms.clear()), "arms.length"),
        (refused(|c| c.arms[1].name = "erm".into()), "arms[1].name"),
        (refused(|c| c.arms[0].name = "a/b".into()), "arms[0].name"),
        (
            refused(|c| c.arms[1].challenge.p = 1.5),
            "arms[1].challenge.p",
        ),
        (
            refused(|c| c.arms[1].challenge.b = f64::NAN),
            "arms[1].challenge.b",
        ),
        (
            refused(|c| c.arms[1].challenge.rounds = 0),
            "arms[1].challenge.rounds",
        ),
    ]);
}

#[test]
fn json_round_trips_and_refuses_unknown_fields() -> Result<(), serde_json::Error> {
    let config = RunConfig::default();
    let text = serde_json::to_string(&config)?;
    assert_eq!(serde_json::from_str::<RunConfig>(&text)?, config);
    assert_eq!(serde_json::from_str::<RunConfig>("{}")?, config);
    assert!(serde_json::from_str::<RunConfig>(r#"{"epohcs": 3}"#).is_err());
    Ok(())
}

#[test]
fn what_does_not_go_with_a_pretrained_network_is_named() {
    let pretrained = |change: fn(&mut RunConfig)| {
        refused(|c| {
            c.data.image_size = 96;
            c.network.backbone = Backbone::Pretrained {
                network: PretrainedNetwork::ResNet18,
                trains: Trains::LastStage,
                batch_statistics: false,
            };
            change(c);
        })
    };
    assert_named([
        (pretrained(|_| ()), "accepted"),
        (pretrained(|c| c.data.image_size = 63), "data.image_size"),
        (pretrained(|c| c.data.image_size = 64), "accepted"),
        (pretrained(|c| c.data.image_size = 224), "accepted"),
        (
            pretrained(|c| c.network.normalization = Normalization::Batch),
            "network.normalization",
        ),
        (
            pretrained(|c| c.network.activation = Activation::Gelu),
            "network.activation",
        ),
        (
            pretrained(|c| c.network.challenge_after = Some(2)),
            "network.challenge_after",
        ),
        (
            pretrained(|c| c.network.challenge_after = Some(3)),
            "accepted",
        ),
        (
            pretrained(|c| c.network.challenge_after = Some(5)),
            "network.challenge_after",
        ),
        (
            pretrained(|c| {
                c.network.head = Head::ConvGapLinear { channels: 8 };
                c.network.challenge_after = Some(5);
            }),
            "accepted",
        ),
        (
            pretrained(|c| c.network.head = Head::ConvGapLinear { channels: 0 }),
            "network.head.conv_gap_linear.channels",
        ),
        (
            pretrained(|c| c.training.augmentation.shift = 1),
            "training.augmentation.shift",
        ),
        (
            pretrained(|c| c.training.augmentation.color_jitter = 0.5),
            "training.augmentation.color_jitter",
        ),
        (
            pretrained(|c| c.training.augmentation.flip = true),
            "accepted",
        ),
    ]);
}

#[test]
fn objectives_and_regularizers_out_of_range_are_named() {
    let objective = |it: Objective| refused(|c| c.arms[1].objective = it);
    let regularizer = |it: Regularizer| refused(|c| c.arms[1].regularizer = it);
    assert_named([
        (
            objective(Objective::Mixup { alpha: 0.0 }),
            "arms[1].objective.alpha",
        ),
        (
            objective(Objective::AndMask { tau: 1.5 }),
            "arms[1].objective.tau",
        ),
        (
            objective(Objective::Irm {
                weight: f64::NAN,
                anneal_steps: 0,
            }),
            "arms[1].objective.weight",
        ),
        (
            regularizer(Regularizer::Dropout { rate: 1.0 }),
            "arms[1].regularizer.rate",
        ),
        (
            regularizer(Regularizer::RandomErasing { probability: 1.5 }),
            "arms[1].regularizer.probability",
        ),
        (
            regularizer(Regularizer::DropBlock {
                rate: 0.1,
                block: 40,
            }),
            "arms[1].regularizer.block",
        ),
        (
            refused(|c| {
                c.network.head = Head::FlattenLinear;
                c.network.backbone = Backbone::SmallCnn { channels: vec![64] };
                c.arms[0].objective = Objective::Coral { weight: 1.0 };
            }),
            "arms[0].objective.kind",
        ),
        (objective(Objective::Coral { weight: 1.0 }), "accepted"),
    ]);
}

#[test]
fn settings_without_methods_are_written_as_before() {
    let config = RunConfig::default();
    let json = serde_json::to_value(&config).unwrap_or_default();
    assert_eq!(json["arms"][0].get("objective"), None);
    assert_eq!(json["arms"][0].get("regularizer"), None);
    assert_eq!(json["training"].get("per_domain_batches"), None);
    assert!(!config.draws_per_domain());
}
