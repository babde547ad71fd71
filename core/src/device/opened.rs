//! An open device, and the faults that it reports.

use std::{
    fmt,
    sync::{Arc, Mutex},
};

use burn::tensor::Device;

use crate::{
    error::Error,
    protocol::{DeviceInfo, Fault},
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
