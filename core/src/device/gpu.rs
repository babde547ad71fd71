//! Opens the GPU: the engine asks for the adapter itself, so that it can say which it got, refuse a software
//! one by default, and hear of faults.

use std::sync::Arc;

use burn::tensor::Device;
use burn_wgpu::WgpuSetup;

use super::{
    limits,
    opened::{Faults, Opened},
    reasons::{no_adapter, only_software},
};
use crate::protocol::{BINDING, BUFFER, DeviceInfo, DeviceKind, Fault, SimulatedLimits};

impl Faults {
    /// Hears of the errors that nobody awaits. Only the newest listener of a device is called, and
    /// Burn's own, which it sets as it takes the device over, panics: this comes after it.
    fn listen(&self, device: &wgpu::Device) {
        let uncaptured = self.clone();
        device.on_uncaptured_error(Arc::new(move |error: wgpu::Error| {
            let fault = match &error {
                wgpu::Error::OutOfMemory { .. } => Fault::OutOfMemory,
                wgpu::Error::Validation { .. } | wgpu::Error::Internal { .. } => Fault::Refused,
            };
            uncaptured.report(fault, format!("the GPU reported an error: {error}"));
        }));
    }

    /// Hears of the device's loss. Burn listens too, and natively only the newest listener is
    /// called: there its reads tell of the loss instead.
    fn listen_for_loss(&self, device: &wgpu::Device) {
        let lost = self.clone();
        device.set_device_lost_callback(move |reason, message| {
            let problem = format!("the GPU was lost ({reason:?}): {message}");
            lost.report(Fault::DeviceLost, problem);
        });
    }
}

/// The GPU, or why it cannot be had.
pub(super) async fn open_gpu(
    accept_software: bool,
    simulated: Option<SimulatedLimits>,
) -> Result<Opened, String> {
    let (instance, adapter) = adapter().await?;
    let about = adapter.get_info();
    let software = about.device_type == wgpu::DeviceType::Cpu;
    let name = if about.name.is_empty() {
        let parts = crate::host::adapter_names().await;
        named(&parts).unwrap_or_else(|| "WebGPU adapter (unnamed by the browser)".to_owned())
    } else {
        about.name.clone()
    };
    if software && !accept_software {
        return Err(only_software(&name));
    }
    let features = adapter.features();
    if cfg!(target_family = "wasm") && !features.contains(wgpu::Features::TIMESTAMP_QUERY) {
        // Burn's runtime panics then, since it could only wait for the GPU.
        return Err(format!(
            "the WebGPU device {name} could not be started: it has no timestamp queries, which are needed in a browser"
        ));
    }
    crate::gpu::opened(software);
    let adapter = match simulated {
        Some(simulated) => limits::weakened(&instance, adapter, simulated)?,
        None => adapter,
    };
    let limits = adapter.limits();
    let (device, queue) = adapter
        .request_device(&wgpu::DeviceDescriptor {
            label: Some("RSC Lab"),
            required_features: adapter
                .features()
                .difference(wgpu::Features::MAPPABLE_PRIMARY_BUFFERS)
                .difference(wgpu::Features::all_experimental_mask()),
            required_limits: limits.clone(),
            memory_hints: wgpu::MemoryHints::MemoryUsage,
            ..Default::default()
        })
        .await
        .map_err(|error| format!("the WebGPU device {name} could not be started: {error}"))?;

    let faults = Faults::default();
    faults.listen_for_loss(&device);

    let info = gpu_info(name, software, &limits, simulated);
    let setup = WgpuSetup {
        backend: about.backend,
        instance,
        adapter,
        device: device.clone(),
        queue,
    };
    let gpu = device;
    let device = Device::wgpu_options()
        .setup(setup)
        .init()
        .map_err(|error| format!("Burn could not use the GPU: {error}"))?;
    faults.listen(&gpu);
    Ok(Opened {
        device,
        info,
        faults,
    })
}

/// What a browser says of an adapter that it does not describe: its vendor, architecture and device, of which
/// some may be empty, or one may be within another.
fn named(parts: &[String]) -> Option<String> {
    let mut said: Vec<&str> = Vec::new();
    for part in parts.iter().map(|part| part.trim()) {
        if !part.is_empty() && !said.contains(&part) {
            said.push(part);
        }
    }
    (!said.is_empty()).then(|| said.join(" "))
}

/// The fastest adapter, and the instance that it is of.
async fn adapter() -> Result<(wgpu::Instance, wgpu::Adapter), String> {
    let mut descriptor = wgpu::InstanceDescriptor::new_without_display_handle();
    descriptor.backends = if cfg!(target_family = "wasm") {
        wgpu::Backends::BROWSER_WEBGPU
    } else {
        wgpu::Backends::PRIMARY
    };
    let instance = wgpu::Instance::new(descriptor);
    let adapter = instance
        .request_adapter(&wgpu::RequestAdapterOptions {
            power_preference: wgpu::PowerPreference::HighPerformance,
            ..Default::default()
        })
        .await
        .map_err(|_| no_adapter())?;
    Ok((instance, adapter))
}

fn gpu_info(
    name: String,
    software: bool,
    limits: &wgpu::Limits,
    simulated: Option<SimulatedLimits>,
) -> DeviceInfo {
    let shown = [
        (BUFFER, limits.max_buffer_size),
        (BINDING, limits.max_storage_buffer_binding_size),
        (
            "storage buffers in a program",
            limits.max_storage_buffers_per_shader_stage.into(),
        ),
        (
            "workgroup invocations",
            limits.max_compute_invocations_per_workgroup.into(),
        ),
        (
            "workgroup storage",
            limits.max_compute_workgroup_storage_size.into(),
        ),
    ];
    DeviceInfo {
        kind: DeviceKind::Gpu,
        name: match simulated {
            Some(simulated) => format!("{name} [limits={}]", simulated.name()),
            None => name,
        },
        reason: if software {
            "a software adapter, asked for by the address or an option".into()
        } else {
            "a GPU is available through WebGPU".into()
        },
        software,
        limits: shown.map(|(name, value)| (name.to_owned(), value)).into(),
        simulated,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_adapter_is_called_by_what_the_browser_says_of_it() {
        let of = |parts: [&str; 3]| named(&parts.map(str::to_owned));
        assert_eq!(
            of(["nvidia", "ampere", ""]).as_deref(),
            Some("nvidia ampere")
        );
        assert_eq!(of(["apple", "", "apple"]).as_deref(), Some("apple"));
        assert_eq!(of(["", " ", ""]), None);
        assert_eq!(named(&[]), None);
    }
}
