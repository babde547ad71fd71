//! Errors that name what was wrong, with which value, and what would be right.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A setting outside its allowed range.
#[derive(Debug, Clone, PartialEq, Error)]
#[error("`{field}` is {value}: expected {expected}")]
pub struct ConfigError {
    /// Path of the field, as in the JSON (`arms[1].challenge.p`).
    pub field: String,
    /// The value that was refused.
    pub value: String,
    /// The range or the choices that would be accepted.
    pub expected: String,
}

impl ConfigError {
    /// Names a refused field, its value and what is accepted.
    pub fn new(
        field: impl Into<String>,
        value: impl ToString,
        expected: impl Into<String>,
    ) -> Self {
        Self {
            field: field.into(),
            value: value.to_string(),
            expected: expected.into(),
        }
    }
}

/// Anything that can stop the engine from doing what it was asked.
#[derive(Debug, Error)]
pub enum Error {
    /// A setting is out of range.
    #[error("setting {0}")]
    Config(#[from] ConfigError),
    /// The images cannot be trained on as they are.
    #[error("{0}")]
    Data(String),
    /// A file cannot be read or written.
    #[error("{path}: {problem}")]
    File {
        /// The file or folder, as the user named it.
        path: String,
        /// What went wrong and what would help.
        problem: String,
    },
    /// The compute device cannot be opened or failed.
    #[error("{0}")]
    Device(String),
    /// The GPU reported a fault on its own time.
    #[error("{problem}")]
    Gpu {
        /// Of which kind.
        fault: Fault,
        /// What it said.
        problem: String,
    },
    /// Training produced a loss that is not a number.
    #[error(
        "the loss of arm `{arm}` is not finite at step {step}; a lower learning rate usually helps"
    )]
    NotFinite {
        /// Name of the arm.
        arm: String,
        /// Step at which it was first seen.
        step: u64,
    },
    /// Training produced weights that are not numbers.
    #[error(
        "weights of arm `{arm}` are not finite after step {step}; a lower learning rate usually \
         helps"
    )]
    WeightsNotFinite {
        /// Name of the arm.
        arm: String,
        /// Step after which they were seen.
        step: u64,
    },
}

impl Error {
    /// The same in a form that a page can put into words of its own.
    pub fn fault(&self) -> Fault {
        match self {
            Self::Device(_) => Fault::Device,
            Self::Gpu { fault, .. } => fault.clone(),
            Self::NotFinite { arm, step } | Self::WeightsNotFinite { arm, step } => {
                Fault::NotFinite {
                    arm: arm.clone(),
                    step: *step,
                }
            }
            Self::Config(_) | Self::Data(_) | Self::File { .. } => Fault::Other,
        }
    }

    /// Whether the device, and with it everything on it, is gone.
    pub fn device_gone(&self) -> bool {
        matches!(self, Self::Device(_) | Self::Gpu { .. })
    }
}

/// Why a run or the engine stopped, for those who put it into words of their own.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Fault {
    /// The message says it.
    #[default]
    Other,
    /// The GPU is gone: its driver was reset, the machine slept, it was taken away.
    DeviceLost,
    /// The GPU has no memory left.
    OutOfMemory,
    /// The GPU does not accept a shader or a command.
    Refused,
    /// The device failed in another way, or could not be opened.
    Device,
    /// A loss or a weight is infinite or not a number.
    NotFinite {
        /// Name of the arm.
        arm: String,
        /// Step at which it was seen.
        step: u64,
    },
}

/// Shorthand for results of the engine.
pub type Result<T, E = Error> = std::result::Result<T, E>;
