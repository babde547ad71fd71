//! Everything that defines a run, as plain serde types that both the page and the engine know.
//!
//! Field names are the field's and, in JSON, `snake_case`; unknown fields are refused, missing ones
//! take the default. [`RunConfig::validate`] checks every field.

mod challenge;
mod cost;
mod data;
mod memory;
mod network;
mod objective;
mod pretrained;
mod read;
mod regularizer;
mod run;
mod training;
mod validate;

pub use challenge::{
    Axis, ChallengeConfig, Factor, Importance, ImportanceFormula, MethodPreset, Selection, Signal,
    Strategy,
};
pub use cost::{NetworkCost, PartCost};
pub use data::{DataConfig, DataPreset, DataSource, Fit, PresetFile};
pub use memory::{LargestMap, RunMemory};
pub use network::{Activation, Backbone, Head, NetworkConfig, Normalization, StageConfig};
pub use objective::{Objective, ObjectiveParameter, Paper};
pub use pretrained::{
    FrozenPart, InvertedStage, LITE_FEATURES, LITE_STEM, Layout, PixelScale, PretrainedNetwork,
    RESNET_STEM, ResidualStage, Trains,
};
pub use read::SettingsError;
pub use regularizer::Regularizer;
pub use run::{ArmConfig, CONFIG_VERSION, RunConfig};
pub use training::{AugmentationConfig, OptimizerConfig, TrainingConfig};
pub use validate::LARGEST_IMAGE;
