//! Opening a GPU in a module without that device.

use super::{
    opened::Opened,
    reasons::{no_adapter, only_software},
};
use crate::{
    host::{NoGpu, no_gpu},
    protocol::SimulatedLimits,
};

/// Why the GPU cannot be had: what worker.js found, which chose this module.
pub(super) async fn open_gpu(
    _accept_software: bool,
    _simulated: Option<SimulatedLimits>,
) -> Result<Opened, String> {
    Err(match no_gpu() {
        Some(NoGpu::Software(name)) => only_software(&name),
        Some(NoGpu::Failed(reason)) => reason,
        None => no_adapter(),
    })
}
