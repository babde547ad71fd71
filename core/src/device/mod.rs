//! Opens the compute device, and collects what a GPU reports of its own accord.

#[cfg(feature = "cpu")]
mod cpu;
#[cfg(feature = "gpu")]
mod gpu;
#[cfg(feature = "gpu")]
mod limits;
mod opened;
mod reasons;
#[cfg(not(feature = "cpu"))]
mod without_cpu;
#[cfg(not(feature = "gpu"))]
mod without_gpu;

pub use self::opened::{Faults, Opened};

#[cfg(feature = "cpu")]
pub(crate) use self::cpu::any;
#[cfg(feature = "cpu")]
use self::cpu::cpu;
#[cfg(all(feature = "cpu", feature = "gpu"))]
use self::gpu::open_gpu;
#[cfg(not(feature = "cpu"))]
pub(crate) use self::without_cpu::any;
#[cfg(all(not(feature = "cpu"), feature = "worker", target_family = "wasm"))]
pub(crate) use self::without_cpu::prepare;
#[cfg(not(feature = "cpu"))]
use self::without_cpu::{cpu, open_gpu};
#[cfg(not(feature = "gpu"))]
use self::without_gpu::open_gpu;
use crate::{
    error::{Error, Result},
    protocol::DevicePreference,
};

/// Opens the device that `preference` asks for. [`DevicePreference::Automatic`] takes the GPU
/// unless there is no adapter, only a software one, or it fails to start. Natively the environment variable
/// `RSC_GPU_LIMITS` makes [`DevicePreference::Webgpu`] one with
/// [`SimulatedLimits`](crate::protocol::SimulatedLimits) of that name.
///
/// # Errors
/// [`Error::Device`] if the GPU was asked for by name and cannot be had.
pub async fn open(preference: DevicePreference) -> Result<Opened> {
    #[cfg(not(feature = "cpu"))]
    if preference == DevicePreference::Automatic
        && let Some(opened) = without_cpu::opened()
    {
        return Ok(opened);
    }
    match preference {
        DevicePreference::Cpu => cpu("asked for by the address or an option"),
        DevicePreference::Fallback => cpu("the GPU failed again and again in this visit"),
        DevicePreference::Webgpu => open_named_gpu().await.map_err(Error::Device),
        DevicePreference::Simulated(limits) => {
            let opened = open_gpu(true, Some(limits)).await;
            opened.map_err(Error::Device)
        }
        DevicePreference::Automatic => match open_gpu(false, None).await {
            Ok(opened) => Ok(opened),
            Err(reason) => cpu(&reason),
        },
    }
}

/// The GPU, a software adapter too, with the limits that the environment names.
async fn open_named_gpu() -> std::result::Result<Opened, String> {
    #[cfg(feature = "gpu")]
    let limits = limits::from_environment()?;
    #[cfg(not(feature = "gpu"))]
    let limits = None;
    open_gpu(true, limits).await
}
