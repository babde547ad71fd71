//! The processor, through Burn's `flex` backend.

use burn::tensor::Device;

use super::opened::{Faults, Opened};
use crate::{
    error::Result,
    protocol::{DeviceInfo, DeviceKind},
};

/// A device for tensors that nothing is computed with. Natively it never fails.
pub(crate) fn any() -> Result<Device> {
    Ok(Device::flex())
}

/// The processor, and why it is used. It never fails.
pub(super) fn cpu(reason: &str) -> Result<Opened> {
    let name = if cfg!(target_family = "wasm") {
        "CPU (WebAssembly, SIMD)"
    } else {
        "CPU (native, SIMD, all cores)"
    };
    Ok(Opened {
        device: Device::flex(),
        info: DeviceInfo {
            kind: DeviceKind::Cpu,
            name: name.into(),
            reason: reason.into(),
            software: false,
            limits: Vec::new(),
            simulated: None,
        },
        faults: Faults::default(),
    })
}
