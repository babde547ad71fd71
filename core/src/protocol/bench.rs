//! What a benchmark trains, and the times that it measures.

use serde::{Deserialize, Serialize};

use super::run::StepSplit;
use crate::config::{ArmConfig, Backbone, NetworkConfig, Normalization, RunConfig, StageConfig};

/// The networks that can be timed, all in batches of 32.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BenchNetwork {
    /// [`RunConfig::reference`]: three convolutions of 16, 32 and 64 channels, 32 px.
    #[default]
    Reference,
    /// Three convolutions of 64, 128 and 256 channels, 96 px.
    Large,
    /// A ResNet of eight basic blocks, two each of 16, 32, 64 and 128 channels, with batch
    /// normalisation, 64 px.
    Resnet,
}

impl BenchNetwork {
    /// All of them, the smallest first.
    pub const ALL: [Self; 3] = [Self::Reference, Self::Large, Self::Resnet];

    /// Its name in options, addresses and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Reference => "reference",
            Self::Large => "large",
            Self::Resnet => "resnet",
        }
    }

    /// The network of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|network| network.name() == name)
    }

    /// A run of it. Those of the larger networks have few images, so that their evaluations are short.
    pub fn config(self, arms: Vec<ArmConfig>) -> RunConfig {
        let mut config = RunConfig::reference(arms);
        let (backbone, normalization, image_size) = match self {
            Self::Reference => return config,
            Self::Large => (
                Backbone::SmallCnn {
                    channels: vec![64, 128, 256],
                },
                Normalization::None,
                96,
            ),
            Self::Resnet => (resnet(), Normalization::Batch, 64),
        };
        config.network = NetworkConfig {
            backbone,
            normalization,
            ..config.network
        };
        config.data.image_size = image_size;
        [config.data.train_images, config.data.test_images] = [512, 32];
        config
    }
}

fn resnet() -> Backbone {
    let stage = |channels, stride| StageConfig {
        channels,
        blocks: 2,
        stride,
    };
    Backbone::ResNet {
        stem: 16,
        stages: vec![stage(16, 1), stage(32, 2), stage(64, 2), stage(128, 2)],
    }
}

/// What the engine measures on a run: each step waited for, the arms in turns.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct BenchTimes {
    /// Milliseconds of each step of an RSC arm alone.
    pub rsc_ms: Vec<f64>,
    /// Milliseconds of each step of a plain arm alone.
    pub erm_ms: Vec<f64>,
    /// Milliseconds of each step of both arms side by side.
    pub both_ms: Vec<f64>,
    /// Milliseconds per step of an RSC arm alone, in turns with both and timed as they were; empty
    /// where that is [`Self::rsc_ms`].
    #[serde(default)]
    pub alone_ms: Vec<f64>,
    /// Milliseconds of a step of the RSC arm where the device is waited for only now and then, as
    /// in training on a GPU.
    pub queued_ms: f64,
    /// The parts of a step of the RSC arm.
    pub split: StepSplit,
    /// By how many bytes the engine's WebAssembly memory grew during all timed steps.
    pub memory_growth: Option<u64>,
    /// Compute shaders started in a step of the RSC arm.
    pub dispatches: Option<f64>,
    /// Bytes of the engine's module as they were transferred.
    pub module_bytes: Option<u64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_network_is_a_run_of_its_own_name() {
        let shapes = BenchNetwork::ALL.map(|network| {
            let config = network.config(vec![ArmConfig::erm()]);
            assert!(config.validate().is_ok(), "{network:?}");
            assert_eq!(config.training.batch_size, 32);
            assert_eq!(BenchNetwork::from_name(network.name()), Some(network));
            let json = serde_json::to_value(network).expect("it is plain data");
            assert_eq!(json, network.name());
            (
                config.data.image_size,
                config.network.blocks(),
                config.network.feature_shape(config.data.image_size),
            )
        });
        let expected = [
            (32, 3, [64, 8, 8]),
            (96, 3, [256, 24, 24]),
            (64, 8, [128, 8, 8]),
        ];
        assert_eq!(shapes, expected);
        assert_eq!(BenchNetwork::from_name("small"), None);
        let reference = BenchNetwork::default().config(Vec::new());
        assert_eq!(reference, RunConfig::reference(Vec::new()));
    }
}
