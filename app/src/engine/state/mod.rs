//! The state of the engine, and what every room does with it: send a command, ask for a number to tell
//! answers apart.

pub(crate) mod heartbeat;
pub(crate) mod outbox;
pub(crate) mod worker_link;
pub(crate) mod workers;

use leptos::prelude::*;
use std::time::Duration;

use rsc_core::protocol::{Command, DeviceInfo, DevicePreference, SimulatedLimits};

use crate::engine::model::failure::{FailedPart, Failure};
use crate::engine::state::outbox::Payload;
use crate::engine::state::worker_link::has_early_worker;
use crate::engine::state::workers::{Handlers, Workers};
use crate::ui::browser;

/// Where the engine stands.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum EngineStatus {
    /// Its module is arriving.
    Loading {
        /// Bytes so far.
        received: u64,
        /// Bytes in all; 0 while unknown.
        total: u64,
    },
    /// Its device is open.
    Ready {
        /// Which device and why.
        device: DeviceInfo,
        /// The engine's version.
        version: String,
    },
    /// It stopped.
    Failed,
}

/// The engine. Copying it copies handles.
#[derive(Clone, Copy)]
pub(crate) struct Engine {
    /// Where it stands.
    pub(crate) status: RwSignal<EngineStatus>,
    /// What went wrong, if something did.
    pub(crate) failure: RwSignal<Option<Failure>>,
    /// The device to open.
    pub(crate) device: StoredValue<DevicePreference>,
    /// How often a device has failed since the page was opened.
    pub(crate) device_failures: StoredValue<u32>,
    request: StoredValue<u32>,
    workers: StoredValue<Option<Workers>, LocalStorage>,
}

/// The device that the address asks for; `?limits=` asks for a GPU that is opened as a weaker one.
pub(crate) fn device_preference() -> DevicePreference {
    let limits = browser::query("limits").and_then(|name| SimulatedLimits::named(&name));
    match (browser::query("device").as_deref(), limits) {
        (Some("cpu"), _) => DevicePreference::Cpu,
        (_, Some(limits)) => DevicePreference::Simulated(limits),
        (Some("webgpu"), None) => DevicePreference::Webgpu,
        (_, None) => DevicePreference::Automatic,
    }
}

impl Engine {
    /// An engine that is not started yet.
    pub(crate) fn new() -> Self {
        Self {
            status: RwSignal::new(EngineStatus::Loading {
                received: 0,
                total: 0,
            }),
            failure: RwSignal::new(None),
            device: StoredValue::new(device_preference()),
            device_failures: StoredValue::new(0),
            request: StoredValue::new(0),
            workers: StoredValue::new_local(None),
        }
    }

    /// Starts the worker and asks for a device at once: the worker queues it behind its download. Where boot.js has
    /// prepared for another one, that opens the processor at the same time: most runs train two arms.
    ///
    /// # Errors
    /// What the browser says when it starts no worker.
    pub(crate) fn open(self, handlers: Handlers) -> Result<(), String> {
        self.status.set(EngineStatus::Loading {
            received: 0,
            total: 0,
        });
        self.failure.set(None);
        let workers = Workers::open(browser::cores(), handlers)?;
        self.workers.set_value(Some(workers.clone()));
        let device = self.device.get_value();
        self.send(&Command::Open { device });
        if has_early_worker() {
            workers.start_second();
        }
        Ok(())
    }

    /// Ends the workers, at once.
    pub(crate) fn close(self) {
        self.workers.set_value(None);
    }

    /// Ends the workers, though not within one of their own messages, and notes that the engine is
    /// gone.
    pub(crate) fn abandon(self) {
        let left = self.workers.get_value();
        self.workers.set_value(None);
        set_timeout(move || drop(left), Duration::ZERO);
        self.status.set(EngineStatus::Failed);
    }

    /// Sends a command.
    pub(crate) fn send(self, command: &Command) {
        self.send_with(command, Vec::new());
    }

    /// Sends a command with the bytes that it refers to.
    pub(crate) fn send_with(self, command: &Command, buffers: Vec<Payload>) {
        // A handle of its own: an answer may end the workers.
        if let Some(workers) = self.workers.get_value() {
            workers.send(command, buffers);
        }
    }

    /// A number that tells the answer to one question from others.
    pub(crate) fn next_request(self) -> u32 {
        self.request.update_value(|id| *id += 1);
        self.request.get_value()
    }

    /// Whether the device is open, outside of reactive code.
    pub(crate) fn is_ready(self) -> bool {
        matches!(self.status.get_untracked(), EngineStatus::Ready { .. })
    }

    /// The most bytes that a tensor can have on the open device; `None` on the CPU and while none is open.
    pub(crate) fn largest_tensor(self) -> Option<u64> {
        self.status.with_untracked(|status| match status {
            EngineStatus::Ready { device, .. } => device.largest_tensor(),
            EngineStatus::Loading { .. } | EngineStatus::Failed => None,
        })
    }

    /// Whether a worker has answered nothing for so long that the visitor was told.
    pub(crate) fn is_silent(self) -> bool {
        let silent = |failure: &Failure| failure.stopped == FailedPart::Silent;
        self.failure
            .with_untracked(|failure| failure.as_ref().is_some_and(silent))
    }

    /// Which device the next engine should open: after a failure of the one that was asked for by
    /// name, the best that there is, and after another the processor. A GPU that opens and fails
    /// again and again would never let a run end.
    pub(crate) fn choose_device(self) {
        let device = match (self.device_failures.get_value(), self.device.get_value()) {
            (0, device) | (_, device @ DevicePreference::Cpu) => device,
            (1, DevicePreference::Webgpu) => DevicePreference::Automatic,
            (1, device) => device,
            (_, _) => DevicePreference::Fallback,
        };
        self.device.set_value(device);
    }
}
