//! A run: its data, its network, how it is trained, and the arms that are trained side by side.

use serde::{Deserialize, Serialize};

use super::{
    ChallengeConfig, DataConfig, DataPreset, DataSource, MethodPreset, NetworkConfig, Objective,
    Regularizer, TrainingConfig,
};

/// Version of [`RunConfig`]'s JSON; raised when its meaning changes.
pub const CONFIG_VERSION: u32 = 1;

/// One model in a run. All arms share the seed, the initial weights and the batch order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ArmConfig {
    /// Short name, unique in the run (`erm`, `rsc`): also in file names and metrics.
    pub name: String,
    /// What is challenged in this arm.
    #[serde(default)]
    pub challenge: ChallengeConfig,
    /// What it minimises.
    #[serde(default, skip_serializing_if = "Objective::is_erm")]
    pub objective: Objective,
    /// What is dropped at random while it trains.
    #[serde(default, skip_serializing_if = "Regularizer::is_none")]
    pub regularizer: Regularizer,
}

/// Everything that defines a run: the same config, seed and device give the same losses.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RunConfig {
    /// [`CONFIG_VERSION`] at the time of writing.
    pub version: u32,
    /// Which images, at which size, which domain is held out.
    pub data: DataConfig,
    /// The network and its challenge point.
    pub network: NetworkConfig,
    /// Epochs, batch size, optimizer, seed.
    pub training: TrainingConfig,
    /// The models trained side by side, 1 to 4.
    pub arms: Vec<ArmConfig>,
}

impl Default for RunConfig {
    fn default() -> Self {
        Self::for_preset(DataPreset::CornerCue)
    }
}

impl RunConfig {
    /// The settings a data preset is shown with: ERM beside RSC, images in the preset's own size and
    /// number.
    pub fn for_preset(preset: DataPreset) -> Self {
        let challenge = preset.challenge();
        Self {
            version: CONFIG_VERSION,
            data: DataConfig {
                source: DataSource::Preset { preset },
                image_size: preset.image_size(),
                train_images: preset.train_images(),
                ..DataConfig::default()
            },
            network: NetworkConfig::default(),
            training: TrainingConfig::default(),
            arms: vec![ArmConfig::erm(), ArmConfig::rsc(challenge)],
        }
    }

    /// The settings that a run on these images starts from.
    pub fn for_source(source: &DataSource) -> Self {
        match source {
            DataSource::Preset { preset } => Self::for_preset(*preset),
            DataSource::Own => {
                let mut config = Self::default();
                config.data.source = DataSource::Own;
                config
            }
        }
    }

    /// Whether a batch has as many images of each training domain, for all arms alike: where the settings
    /// want it, or where an arm compares domains.
    pub fn draws_per_domain(&self) -> bool {
        let compares = |arm: &ArmConfig| arm.objective.compares_domains();
        self.training.per_domain_batches || self.arms.iter().any(compares)
    }

    /// What benchmarks train: 32×32×3 images of 4 classes in batches of 32, a small CNN of 16, 32
    /// and 64 channels with GAP and a linear layer, Adam.
    pub fn reference(arms: Vec<ArmConfig>) -> Self {
        Self {
            arms,
            ..Self::for_preset(DataPreset::CornerCue)
        }
    }
}

impl ArmConfig {
    /// Plain training (empirical risk minimisation), named `erm`.
    pub fn erm() -> Self {
        Self::challenged("erm", MethodPreset::Erm.challenge())
    }

    /// A challenged arm, named `rsc`.
    pub fn rsc(challenge: ChallengeConfig) -> Self {
        Self::challenged("rsc", challenge)
    }

    /// An arm that minimises the mean cross-entropy under a challenge, without a regulariser.
    pub fn challenged(name: impl Into<String>, challenge: ChallengeConfig) -> Self {
        Self {
            name: name.into(),
            challenge,
            objective: Objective::Erm,
            regularizer: Regularizer::None,
        }
    }
}
