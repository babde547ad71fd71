//! Range checks of every field of a [`RunConfig`], each refusal naming field, value and range.

use super::{
    ArmConfig, Backbone, CONFIG_VERSION, ChallengeConfig, DataConfig, DataSource, NetworkConfig,
    Normalization, OptimizerConfig, RunConfig, TrainingConfig,
};
use crate::error::ConfigError;

type Checked = Result<(), ConfigError>;

fn within<T: PartialOrd + ToString + Copy>(field: &str, value: T, low: T, high: T) -> Checked {
    // Written so that NaN, which compares with nothing, is refused.
    if value >= low && value <= high {
        return Ok(());
    }
    let expected = format!("a value from {} to {}", low.to_string(), high.to_string());
    Err(ConfigError::new(field, value, expected))
}

fn above_zero(field: &str, value: f64, high: f64) -> Checked {
    if value > 0.0 && value <= high {
        return Ok(());
    }
    let expected = format!("a value above 0 and at most {high}");
    Err(ConfigError::new(field, value, expected))
}

fn below_one(field: &str, value: f64) -> Checked {
    if (0.0..1.0).contains(&value) {
        return Ok(());
    }
    Err(ConfigError::new(field, value, "a value from 0 to below 1"))
}

impl RunConfig {
    /// Checks every field.
    ///
    /// # Errors
    /// The first field out of range, by its path in the JSON.
    pub fn validate(&self) -> Checked {
        if self.version != CONFIG_VERSION {
            return Err(ConfigError::new(
                "version",
                self.version,
                format!("{CONFIG_VERSION}, the version this program writes"),
            ));
        }
        self.data.validate()?;
        self.network.validate(self.data.image_size)?;
        self.training.validate()?;
        within("arms.length", self.arms.len(), 1, 4)?;
        for (i, arm) in self.arms.iter().enumerate() {
            arm.validate(&format!("arms[{i}]"))?;
            if self.arms[..i].iter().any(|other| other.name == arm.name) {
                return Err(ConfigError::new(
                    format!("arms[{i}].name"),
                    &arm.name,
                    "a name that no other arm has",
                ));
            }
        }
        Ok(())
    }
}

impl ArmConfig {
    fn validate(&self, path: &str) -> Checked {
        let fits = !self.name.is_empty()
            && self.name.len() <= 32
            && self
                .name
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
        if !fits {
            return Err(ConfigError::new(
                format!("{path}.name"),
                format!("\"{}\"", self.name),
                "1 to 32 letters, digits, - or _ (it becomes part of file names)",
            ));
        }
        self.challenge.validate(&format!("{path}.challenge"))
    }
}

impl ChallengeConfig {
    /// Checks every field; `path` is put before the field's name in an error.
    ///
    /// # Errors
    /// The first field out of range.
    pub fn validate(&self, path: &str) -> Checked {
        within(&format!("{path}.p"), self.p, 0.0, 1.0)?;
        within(&format!("{path}.b"), self.b, 0.0, 1.0)?;
        within(&format!("{path}.rounds"), self.rounds, 1, 8)?;
        if let Some(drop) = self.minimum_drop {
            within(&format!("{path}.minimum_drop"), drop, 0.0, 1.0)?;
        }
        Ok(())
    }
}

impl DataConfig {
    fn validate(&self) -> Checked {
        within("data.image_size", self.image_size, 16, 96)?;
        within("data.train_images", self.train_images, 8, 20_000)?;
        within("data.test_images", self.test_images, 8, 20_000)?;
        within(
            "data.validation_fraction",
            self.validation_fraction,
            0.05,
            0.9,
        )?;
        if self.together && self.held_out.is_some() {
            return Err(ConfigError::new(
                "data.together",
                self.together,
                "false where a domain is held out",
            ));
        }
        if let (DataSource::Preset { preset }, Some(held_out)) = (&self.source, &self.held_out)
            && !preset.domains().contains(&held_out.as_str())
        {
            return Err(ConfigError::new(
                "data.held_out",
                format!("\"{held_out}\""),
                format!("one of {}", preset.domains().join(", ")),
            ));
        }
        Ok(())
    }
}

impl NetworkConfig {
    fn validate(&self, image_size: usize) -> Checked {
        let mut side = image_size;
        let mut all_channels = Vec::new();
        match &self.backbone {
            Backbone::SmallCnn { channels } => {
                within("network.backbone.channels.length", channels.len(), 1, 6)?;
                for (i, &count) in channels.iter().enumerate() {
                    within(&format!("network.backbone.channels[{i}]"), count, 1, 512)?;
                    all_channels.push(count);
                    if i + 1 < channels.len() {
                        side /= 2;
                    }
                }
            }
            Backbone::ResNet { stem, stages } => {
                within("network.backbone.stem", *stem, 1, 512)?;
                all_channels.push(*stem);
                within("network.backbone.stages.length", stages.len(), 1, 4)?;
                for (i, stage) in stages.iter().enumerate() {
                    let path = format!("network.backbone.stages[{i}]");
                    within(&format!("{path}.channels"), stage.channels, 1, 512)?;
                    within(&format!("{path}.blocks"), stage.blocks, 1, 8)?;
                    within(&format!("{path}.stride"), stage.stride, 1, 2)?;
                    all_channels.push(stage.channels);
                    side = side.div_ceil(stage.stride);
                }
            }
        }
        if side < 2 {
            return Err(ConfigError::new(
                "network.backbone",
                format!("a network that shrinks {image_size} px to {side} px"),
                "at least 2 px left: fewer blocks or strides, or larger images",
            ));
        }
        if let Normalization::Group { groups } = self.normalization {
            let fits = groups >= 1 && all_channels.iter().all(|count| count % groups == 0);
            if !fits {
                return Err(ConfigError::new(
                    "network.normalization.groups",
                    groups,
                    format!("a divisor of every channel count ({all_channels:?})"),
                ));
            }
        }
        if let Some(block) = self.challenge_after {
            within("network.challenge_after", block, 1, self.backbone.blocks())?;
        }
        Ok(())
    }
}

impl TrainingConfig {
    fn validate(&self) -> Checked {
        within("training.epochs", self.epochs, 1, 1000)?;
        within("training.batch_size", self.batch_size, 2, 512)?;
        above_zero("training.learning_rate", self.learning_rate, 10.0)?;
        below_one("training.label_smoothing", self.label_smoothing)?;
        within("training.seed", self.seed, 0, (1 << 53) - 1)?;
        within(
            "training.augmentation.shift",
            self.augmentation.shift,
            0,
            16,
        )?;
        within(
            "training.augmentation.color_jitter",
            self.augmentation.color_jitter,
            0.0,
            1.0,
        )?;
        let decay = "training.optimizer.weight_decay";
        match self.optimizer {
            OptimizerConfig::Adam {
                beta_1,
                beta_2,
                epsilon,
                weight_decay,
            } => {
                below_one("training.optimizer.beta_1", beta_1)?;
                below_one("training.optimizer.beta_2", beta_2)?;
                above_zero("training.optimizer.epsilon", epsilon, 1.0)?;
                within(decay, weight_decay, 0.0, 1.0)
            }
            OptimizerConfig::Sgd {
                momentum,
                weight_decay,
            } => {
                below_one("training.optimizer.momentum", momentum)?;
                within(decay, weight_decay, 0.0, 1.0)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::*;

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
}
