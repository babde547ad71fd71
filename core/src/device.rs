//! Opens the compute device: the engine asks for the adapter itself, so that it can say which it
//! got, refuse a software one by default, and hear of faults.

use std::{
    fmt,
    sync::{Arc, Mutex},
};

use burn::tensor::Device;
use burn_wgpu::WgpuSetup;

use crate::{
    error::{Error, Result},
    protocol::{DeviceInfo, DeviceKind, DevicePreference, Fault},
};

/// Faults that the GPU reports on its own time (device lost, uncaptured errors), for whoever asks.
#[derive(Clone, Default)]
pub struct Faults(Arc<Mutex<Reported>>);

#[derive(Default)]
struct Reported {
    faults: Vec<Error>,
    wake: Option<Box<dyn Fn() + Send>>,
}

impl fmt::Debug for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let faults = self.0.lock().map(|reported| reported.faults.len());
        f.debug_tuple("Faults").field(&faults).finish()
    }
}

impl Faults {
    /// Takes what was reported since the last call, the oldest first: the first fault is the cause
    /// of those that follow.
    pub fn take(&self) -> Vec<Error> {
        self.0
            .lock()
            .map(|mut reported| std::mem::take(&mut reported.faults))
            .unwrap_or_default()
    }

    /// Notes a fault, and wakes whoever wants to hear of it.
    pub fn report(&self, fault: Fault, problem: impl Into<String>) {
        if let Ok(mut reported) = self.0.lock() {
            let problem = problem.into();
            reported.faults.push(Error::Gpu { fault, problem });
            if let Some(wake) = &reported.wake {
                wake();
            }
        }
    }

    /// Calls `wake` at each report from now on. It must not ask for the faults itself.
    pub fn wake_by(&self, wake: impl Fn() + Send + 'static) {
        if let Ok(mut reported) = self.0.lock() {
            reported.wake = Some(Box::new(wake));
        }
    }

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

/// An open device.
#[derive(Debug, Clone)]
pub struct Opened {
    /// For tensors; without autodiff.
    pub device: Device,
    /// Which it is and why.
    pub info: DeviceInfo,
    /// Its faults; always empty for the CPU.
    pub faults: Faults,
}

/// Opens the device that `preference` asks for. [`DevicePreference::Automatic`] takes the GPU
/// unless there is no adapter, only a software one, or it fails to start.
///
/// # Errors
/// [`Error::Device`] if the GPU was asked for by name and cannot be had.
pub async fn open(preference: DevicePreference) -> Result<Opened> {
    match preference {
        DevicePreference::Cpu => Ok(cpu("asked for by the address or an option")),
        DevicePreference::Fallback => Ok(cpu("the GPU failed again and again in this visit")),
        DevicePreference::Webgpu => gpu(true).await.map_err(Error::Device),
        DevicePreference::Automatic => match gpu(false).await {
            Ok(opened) => Ok(opened),
            Err(reason) => Ok(cpu(&reason)),
        },
    }
}

/// The processor, through Burn's `flex` backend.
fn cpu(reason: &str) -> Opened {
    let name = if cfg!(target_family = "wasm") {
        "CPU (WebAssembly, SIMD)"
    } else {
        "CPU (native, SIMD, all cores)"
    };
    Opened {
        device: Device::flex(),
        info: DeviceInfo {
            kind: DeviceKind::Cpu,
            name: name.into(),
            reason: reason.into(),
            software: false,
            limits: Vec::new(),
        },
        faults: Faults::default(),
    }
}

/// The GPU, or why it cannot be had.
async fn gpu(accept_software: bool) -> Result<Opened, String> {
    let (instance, adapter) = adapter().await?;
    let about = adapter.get_info();
    let software = about.device_type == wgpu::DeviceType::Cpu;
    let name = if about.name.is_empty() {
        "WebGPU adapter (unnamed by the browser)".to_owned()
    } else {
        about.name.clone()
    };
    if software && !accept_software {
        return Err(format!(
            "the only WebGPU adapter is a software one ({name}), which is slower than the CPU itself"
        ));
    }
    crate::gpu::opened(software);
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

    let info = gpu_info(name, software, &limits);
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

fn gpu_info(name: String, software: bool, limits: &wgpu::Limits) -> DeviceInfo {
    let shown = [
        ("max buffer size", limits.max_buffer_size),
        (
            "max storage binding",
            limits.max_storage_buffer_binding_size,
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
        name,
        reason: if software {
            "a software adapter, asked for by the address or an option".into()
        } else {
            "a GPU is available through WebGPU".into()
        },
        software,
        limits: shown.map(|(name, value)| (name.to_owned(), value)).into(),
    }
}

fn no_adapter() -> String {
    if cfg!(target_family = "wasm") {
        "this browser offers no WebGPU adapter".into()
    } else {
        "there is no Vulkan, Metal or DirectX 12 adapter".into()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[test]
    fn a_report_wakes_and_is_taken_once() {
        let faults = Faults::default();
        let woken = Arc::new(AtomicU32::new(0));
        let count = Arc::clone(&woken);
        faults.wake_by(move || {
            count.fetch_add(1, Ordering::Relaxed);
        });
        // A clone reports to the same place, as the listeners do.
        faults.clone().report(Fault::OutOfMemory, "no room");
        faults.report(Fault::Refused, "what follows from it");
        assert_eq!(woken.load(Ordering::Relaxed), 2);
        let taken = faults.take();
        let kinds: Vec<Fault> = taken.iter().map(Error::fault).collect();
        assert_eq!(kinds, [Fault::OutOfMemory, Fault::Refused]);
        assert!(taken.iter().all(Error::device_gone));
        assert!(faults.take().is_empty());
    }
}
