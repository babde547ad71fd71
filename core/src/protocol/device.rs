//! The device: which one is wanted and which one is open, its memory, its checks.

use serde::{Deserialize, Serialize};

/// Which device the page asks for (`?device=`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DevicePreference {
    /// WebGPU unless the adapter is missing, a software fallback, or fails to start; then the CPU.
    #[default]
    Automatic,
    /// The CPU.
    Cpu,
    /// WebGPU, a software adapter too.
    Webgpu,
    /// The CPU, because the GPU has failed more than once.
    Fallback,
}

/// Where the engine computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceKind {
    /// The processor, in WebAssembly or natively.
    Cpu,
    /// A GPU, through WebGPU or wgpu's native back ends.
    Gpu,
}

/// The device in use and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceInfo {
    /// CPU or GPU.
    pub kind: DeviceKind,
    /// Name for the badge (`CPU (WebAssembly, SIMD)`, or the adapter's).
    pub name: String,
    /// Why this device, in one sentence.
    pub reason: String,
    /// Whether the adapter is a software one.
    pub software: bool,
    /// Limits worth knowing, as name and value; empty for the CPU.
    pub limits: Vec<(String, u64)>,
}

/// What the allocator of a GPU holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceMemory {
    /// Bytes that tensors use.
    pub in_use: u64,
    /// Bytes taken of the device, with what is kept for reuse.
    pub reserved: u64,
}

/// What one check of the device found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Check {
    /// Its name.
    pub name: String,
    /// Largest difference to the numbers it was compared with, in units of what is tolerated.
    pub difference: f64,
    /// What is wrong; `None` where everything is as it should be.
    pub problem: Option<String>,
}
