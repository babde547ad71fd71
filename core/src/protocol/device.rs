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
    /// As [`Self::Webgpu`], opened as if it could no more than a weaker GPU (`?limits=`).
    Simulated(SimulatedLimits),
    /// The CPU, because the GPU has failed more than once.
    Fallback,
}

/// A weaker GPU whose limits are simulated: the device is opened with these and without optional features.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SimulatedLimits {
    /// WebGPU's default limits, which every adapter has: 8 storage buffers in a shader, 16 KiB of memory and
    /// 256 invocations in a workgroup, buffers of 256 MiB of which 128 MiB can be bound.
    WebgpuDefaults,
    /// The same with buffers that can be bound whole: what the GPUs of phones usually offer.
    Phone,
}

impl SimulatedLimits {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::WebgpuDefaults, Self::Phone];

    /// Its name in addresses and in the environment variable `RSC_GPU_LIMITS`.
    pub fn name(self) -> &'static str {
        match self {
            Self::WebgpuDefaults => "webgpu-defaults",
            Self::Phone => "phone",
        }
    }

    /// The one with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.name() == name)
    }
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
    /// Whose limits are simulated, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub simulated: Option<SimulatedLimits>,
}

impl DeviceInfo {
    /// The most bytes that a tensor can have; `None` for the CPU.
    pub fn largest_tensor(&self) -> Option<u64> {
        let limits = self.limits.iter();
        let of_buffers = limits.filter(|(name, _)| [BUFFER, BINDING].contains(&name.as_str()));
        of_buffers.map(|(_, bytes)| *bytes).min()
    }
}

/// Name of the limit of a buffer's bytes.
pub const BUFFER: &str = "max buffer size";
/// Name of the limit of the bytes that a program sees of a buffer.
pub const BINDING: &str = "max storage binding";

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
