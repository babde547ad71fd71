//! Range checks of every field of a [`RunConfig`], each refusal naming field, value and range.

use super::{
    Activation, ArmConfig, Backbone, CONFIG_VERSION, ChallengeConfig, DataConfig, DataSource, Head,
    NetworkConfig, Normalization, Objective, OptimizerConfig, PretrainedNetwork, Regularizer,
    RunConfig, TrainingConfig,
};
use crate::error::ConfigError;

/// The most features that [`Objective::Coral`] compares: each domain's covariance has the square of it.
const CORAL_FEATURES: usize = 4096;

/// Longest side of the images that a network sees, in pixels.
pub const LARGEST_IMAGE: usize = 224;

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
        self.validate_frozen()?;
        within("arms.length", self.arms.len(), 1, 4)?;
        for (i, arm) in self.arms.iter().enumerate() {
            arm.validate(&format!("arms[{i}]"))?;
            self.validate_methods(i, arm)?;
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

impl RunConfig {
    /// Where nothing but features that are computed once reaches the part that trains, images can be
    /// varied in a few ways only.
    fn validate_frozen(&self) -> Checked {
        if self.network.backbone.frozen_blocks() == 0 {
            return Ok(());
        }
        let expected = "0 where stages are frozen: their features are computed once, so images can \
                        only be mirrored";
        let augmentation = &self.training.augmentation;
        if augmentation.shift > 0 {
            let field = "training.augmentation.shift";
            return Err(ConfigError::new(field, augmentation.shift, expected));
        }
        if augmentation.color_jitter > 0.0 {
            let field = "training.augmentation.color_jitter";
            return Err(ConfigError::new(field, augmentation.color_jitter, expected));
        }
        Ok(())
    }
}

impl RunConfig {
    /// What an arm's objective and regulariser want of the network.
    fn validate_methods(&self, index: usize, arm: &ArmConfig) -> Checked {
        let inputs = self.network.classifier_inputs(self.data.image_size);
        if matches!(arm.objective, Objective::Coral { .. }) && inputs > CORAL_FEATURES {
            let expected = format!(
                "another one where the classifier has more than {CORAL_FEATURES} inputs (it has \
                 {inputs}), or a head with global average pooling"
            );
            let field = format!("arms[{index}].objective.kind");
            return Err(ConfigError::new(field, arm.objective.name(), expected));
        }
        if matches!(arm.regularizer, Regularizer::RandomErasing { .. })
            && self.network.backbone.frozen_blocks() > 0
        {
            let expected = "another one where stages are frozen: an image's features are computed once, so it \
                            stays whole";
            let field = format!("arms[{index}].regularizer.kind");
            return Err(ConfigError::new(field, arm.regularizer.name(), expected));
        }
        if let Regularizer::DropBlock { block, .. } = arm.regularizer {
            let [_, height, width] = self.network.feature_shape(self.data.image_size);
            let field = format!("arms[{index}].regularizer.block");
            within(&field, block, 1, height.min(width))?;
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
        if let Some(it) = self.objective.parameter() {
            let field = format!("{path}.objective.{}", it.name);
            within(&field, it.value, it.range[0], it.range[1])?;
        }
        if let Some(steps) = self.objective.anneal_steps() {
            let field = format!("{path}.objective.anneal_steps");
            within(&field, steps, 0, 10_000_000)?;
        }
        let rate = match self.regularizer {
            Regularizer::RandomErasing { .. } => "probability",
            _ => "rate",
        };
        let most = if rate == "rate" { 0.95 } else { 1.0 };
        if let Some(value) = self.regularizer.rate() {
            within(&format!("{path}.regularizer.{rate}"), value, 0.0, most)?;
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
        within("data.image_size", self.image_size, 16, LARGEST_IMAGE)?;
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
            Backbone::Pretrained { network, .. } => {
                self.validate_pretrained(image_size, *network)?;
                // What is small enough stays above the limit below.
                side /= PretrainedNetwork::SMALLEST_IMAGE / 2;
            }
        }
        if let Head::ConvGapLinear { channels } = self.head {
            within("network.head.conv_gap_linear.channels", channels, 1, 1024)?;
            all_channels.push(channels);
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
            let first = self.first_challenge_block();
            within("network.challenge_after", block, first, self.blocks())?;
        }
        Ok(())
    }

    fn validate_pretrained(&self, image_size: usize, network: PretrainedNetwork) -> Checked {
        let smallest = PretrainedNetwork::SMALLEST_IMAGE;
        if image_size < smallest {
            let expected = format!(
                "at least {smallest} px for {}, which shrinks them 32 times",
                network.title()
            );
            return Err(ConfigError::new("data.image_size", image_size, expected));
        }
        let own = |part: &str| format!("{part} for {}, which has its own", network.title());
        if self.normalization != Normalization::None {
            let field = "network.normalization";
            let value = format!("{:?}", self.normalization);
            return Err(ConfigError::new(field, value, own("none")));
        }
        if self.activation != Activation::Relu {
            let field = "network.activation";
            return Err(ConfigError::new(field, "gelu", own("relu")));
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
mod tests;
