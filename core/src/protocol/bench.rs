//! The times that a benchmark measures.

use serde::{Deserialize, Serialize};

use super::run::StepSplit;

/// What the engine measures on the reference run: each step waited for, the arms in turns.
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
