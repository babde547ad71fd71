//! Where a command computes.

use clap::ValueEnum;
use rsc_core::protocol::DevicePreference;
use serde::{Deserialize, Serialize};

/// Where to compute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DeviceChoice {
    /// The processor.
    Cpu,
    /// A GPU through Vulkan, Metal or DirectX 12, a software one too.
    Gpu,
}

impl DeviceChoice {
    /// Its name as an option.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::Gpu => "gpu",
        }
    }

    /// What the engine calls it.
    pub(crate) fn preference(self) -> DevicePreference {
        match self {
            Self::Cpu => DevicePreference::Cpu,
            Self::Gpu => DevicePreference::Webgpu,
        }
    }
}
