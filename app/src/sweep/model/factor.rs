//! The numeric settings that a sweep can vary.

use rsc_core::config::{
    ChallengeConfig, DataSource, OptimizerConfig, RunConfig, Selection, Strategy,
};

use crate::settings::model::arms::RSC;
use crate::ui::text::text_of;

/// One numeric setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Factor {
    /// Share of features muted.
    P,
    /// Share of the batch challenged.
    B,
    /// How often the mask is sought anew.
    Rounds,
    /// The block whose output is challenged.
    ChallengeAfter,
    /// Step size.
    LearningRate,
    /// Passes over the training images.
    Epochs,
    /// Images in a step.
    BatchSize,
    /// Smoothing of the labels.
    LabelSmoothing,
    /// L2 weight decay.
    WeightDecay,
    /// Number of training images.
    TrainImages,
    /// Side of the images.
    ImageSize,
    /// Random shift of the training images.
    Shift,
    /// Random variation of their colours.
    ColorJitter,
}

impl Factor {
    /// All of them, in the order offered.
    pub(crate) const ALL: [Self; 13] = [
        Self::P,
        Self::B,
        Self::Rounds,
        Self::ChallengeAfter,
        Self::LearningRate,
        Self::Epochs,
        Self::BatchSize,
        Self::LabelSmoothing,
        Self::WeightDecay,
        Self::TrainImages,
        Self::ImageSize,
        Self::Shift,
        Self::ColorJitter,
    ];

    /// Its name in files.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::P => "p",
            Self::B => "b",
            Self::Rounds => "rounds",
            Self::ChallengeAfter => "challenge_after",
            Self::LearningRate => "learning_rate",
            Self::Epochs => "epochs",
            Self::BatchSize => "batch_size",
            Self::LabelSmoothing => "label_smoothing",
            Self::WeightDecay => "weight_decay",
            Self::TrainImages => "train_images",
            Self::ImageSize => "image_size",
            Self::Shift => "shift",
            Self::ColorJitter => "color_jitter",
        }
    }

    /// Finds one by [`Self::name`].
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|factor| factor.name() == name)
    }

    /// How the list of settings calls it.
    pub(crate) fn label(self) -> &'static str {
        let name = self.name();
        text_of(&format!("sweep.factor.{name}"))
    }

    /// How the heat map calls it.
    pub(crate) fn short(self) -> &'static str {
        match self {
            // Symbols of the formulas.
            Self::P => "p",
            Self::B => "b",
            other => other.label(),
        }
    }

    /// The values offered at first, as text.
    pub(crate) fn values(self) -> &'static str {
        match self {
            Self::P => "0.1, 1/3, 0.5, 0.7",
            Self::B => "1/3, 0.5, 1",
            Self::Rounds | Self::ChallengeAfter => "1, 2, 3",
            Self::LearningRate => "0.0003, 0.001, 0.003",
            Self::Epochs => "5, 10, 20",
            Self::BatchSize => "16, 32, 64",
            Self::LabelSmoothing => "0, 0.1, 0.2",
            Self::WeightDecay => "0, 0.0001, 0.001, 0.01",
            Self::TrainImages => "256, 512, 1024, 2048",
            Self::ImageSize => "24, 32, 48",
            Self::Shift => "0, 2, 4",
            Self::ColorJitter => "0, 0.2, 0.4",
        }
    }

    /// Whether only whole numbers make sense.
    pub(crate) fn whole(self) -> bool {
        match self {
            Self::P
            | Self::B
            | Self::LearningRate
            | Self::LabelSmoothing
            | Self::WeightDecay
            | Self::ColorJitter => false,
            Self::Rounds
            | Self::ChallengeAfter
            | Self::Epochs
            | Self::BatchSize
            | Self::TrainImages
            | Self::ImageSize
            | Self::Shift => true,
        }
    }

    /// Puts a value into a configuration. Whether it is possible there says the configuration's
    /// own check.
    pub(crate) fn set(self, config: &mut RunConfig, value: f64) {
        match self {
            Self::P => challenge(config, |c| c.p = value),
            Self::B => challenge(config, |c| c.b = value),
            Self::Rounds => challenge(config, |c| c.rounds = value as u32),
            Self::ChallengeAfter => config.network.challenge_after = Some(value as usize),
            Self::LearningRate => config.training.learning_rate = value,
            Self::Epochs => config.training.epochs = value as u32,
            Self::BatchSize => config.training.batch_size = value as usize,
            Self::LabelSmoothing => config.training.label_smoothing = value,
            Self::WeightDecay => match &mut config.training.optimizer {
                OptimizerConfig::Adam { weight_decay, .. }
                | OptimizerConfig::Sgd { weight_decay, .. } => *weight_decay = value,
            },
            Self::TrainImages => config.data.train_images = value as usize,
            Self::ImageSize => config.data.image_size = value as usize,
            Self::Shift => config.training.augmentation.shift = value as u32,
            Self::ColorJitter => config.training.augmentation.color_jitter = value,
        }
    }

    /// Whether it changes the challenged arm alone, so that the others need not be trained anew for
    /// each of its values.
    pub(crate) fn touches_one_arm(self) -> bool {
        match self {
            Self::P | Self::B | Self::Rounds => true,
            // A network is cut elsewhere: what its features are used for is measured there.
            Self::ChallengeAfter
            | Self::LearningRate
            | Self::Epochs
            | Self::BatchSize
            | Self::LabelSmoothing
            | Self::WeightDecay
            | Self::TrainImages
            | Self::ImageSize
            | Self::Shift
            | Self::ColorJitter => false,
        }
    }

    /// Why it changes nothing beside these settings, if so.
    pub(crate) fn idle(self, config: &RunConfig) -> Option<&'static str> {
        let challenge = &config.arms.get(RSC)?.challenge;
        match self {
            Self::P | Self::B | Self::Rounds | Self::ChallengeAfter
                if challenge.strategy == Strategy::Off =>
            {
                Some(text!("sweep.idle.strategy-off"))
            }
            Self::B if challenge.selection == Selection::All => {
                Some(text!("sweep.idle.every-image"))
            }
            Self::B if challenge.curriculum => Some(text!("sweep.idle.curriculum")),
            Self::Shift | Self::ColorJitter if config.network.backbone.frozen_blocks() > 0 => {
                Some(text!("sweep.idle.frozen"))
            }
            Self::TrainImages if config.data.source == DataSource::Own => {
                Some(text!("sweep.idle.own-images"))
            }
            _ => None,
        }
    }
}

fn challenge(config: &mut RunConfig, edit: impl FnOnce(&mut ChallengeConfig)) {
    if let Some(arm) = config.arms.get_mut(RSC) {
        edit(&mut arm.challenge);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sweep::model::values;

    #[test]
    fn every_factor_is_found_and_changes_the_settings() {
        for factor in Factor::ALL {
            assert_eq!(Factor::from_name(factor.name()), Some(factor));
            let values = values::parse(factor.values(), factor.whole());
            let values = values.unwrap_or_default();
            assert!(values.len() >= 3, "{factor:?}");
            let configs: Vec<RunConfig> = values
                .iter()
                .map(|&value| {
                    let mut config = RunConfig::default();
                    factor.set(&mut config, value);
                    assert_eq!(config.validate(), Ok(()), "{factor:?} {value}");
                    config
                })
                .collect();
            for (i, config) in configs.iter().enumerate() {
                assert!(!configs[..i].contains(config), "{factor:?}");
            }
        }
    }

    #[test]
    fn what_touches_one_arm_leaves_the_others() {
        for factor in Factor::ALL {
            let before = RunConfig::default();
            let mut after = before.clone();
            let values = values::parse(factor.values(), factor.whole()).unwrap_or_default();
            for value in values {
                factor.set(&mut after, value);
                let mut others = after.clone();
                others.arms[RSC] = before.arms[RSC].clone();
                let left_alone = others == before;
                assert!(left_alone || !factor.touches_one_arm(), "{factor:?}");
            }
        }
    }

    #[test]
    fn what_changes_nothing_says_why() {
        let mut config = RunConfig::default();
        assert!(Factor::ALL.iter().all(|f| f.idle(&config).is_none()));
        config.arms[RSC].challenge.selection = Selection::All;
        assert!(Factor::B.idle(&config).is_some());
        assert!(Factor::P.idle(&config).is_none());
        config.arms[RSC].challenge.strategy = Strategy::Off;
        assert!(Factor::P.idle(&config).is_some());
        assert!(Factor::LearningRate.idle(&config).is_none());
    }
}
