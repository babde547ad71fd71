//! The connection to one of the engine's workers: `[json, buffer, buffer, …]` both ways, buffers
//! transferred. To the worker, large messages go in several parts.

use std::rc::Rc;

use js_sys::{Array, ArrayBuffer, Function};
use rsc_core::protocol::Command;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{ErrorEvent, MessageEvent, Worker, WorkerOptions, WorkerType};

use crate::engine::state::outbox::{Outbox, Payload};
use crate::ui::browser;

/// Where boot.js leaves the worker's address.
const WORKER_URL: &str = "rscWorkerUrl";
/// Where it leaves functions for workers that it has started already or prepared for, for whoever comes first.
const EARLY_WORKERS: &str = "rscEarlyWorkers";

/// A running worker. Dropping it ends the worker.
pub(crate) struct WorkerLink {
    worker: Worker,
    outbox: Rc<Outbox>,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut(ErrorEvent)>,
}

impl WorkerLink {
    /// Starts a worker, or takes over one that boot.js has started; `on_event` gets each message's text and
    /// buffers.
    ///
    /// # Errors
    /// What the browser says when it starts no worker.
    pub(crate) fn open(
        on_event: impl Fn(&str, &[ArrayBuffer]) + 'static,
        on_error: impl Fn(String) + 'static,
    ) -> Result<Self, String> {
        let worker = early_worker().map_or_else(|| new_worker(&WorkerOptions::new()), Ok)?;
        Ok(Self::to(worker, on_event, on_error))
    }

    /// As [`Self::open`]; worker.js counts by the worker's name what a benchmark wants to know.
    pub(crate) fn open_for_benchmark(
        on_event: impl Fn(&str, &[ArrayBuffer]) + 'static,
        on_error: impl Fn(String) + 'static,
    ) -> Result<Self, String> {
        let options = WorkerOptions::new();
        options.set_name("bench");
        Ok(Self::to(new_worker(&options)?, on_event, on_error))
    }

    fn to(
        worker: Worker,
        on_event: impl Fn(&str, &[ArrayBuffer]) + 'static,
        on_error: impl Fn(String) + 'static,
    ) -> Self {
        let outbox = Rc::new(Outbox::new(worker.clone()));
        let on_error = Rc::new(on_error);
        let (taken, refused) = (Rc::clone(&outbox), Rc::clone(&on_error));
        let on_message = Closure::new(move |event: MessageEvent| {
            let data = match event.data().dyn_into::<ArrayBuffer>() {
                Ok(envelope) => {
                    if let Err(message) = taken.go_on(envelope) {
                        refused(message);
                    }
                    return;
                }
                Err(data) => data,
            };
            let parts = data.dyn_into::<Array>().unwrap_or_default();
            let mut parts = parts.iter();
            if let Some(text) = parts.next().and_then(|text| text.as_string()) {
                let buffers: Vec<ArrayBuffer> =
                    parts.filter_map(|part| part.dyn_into().ok()).collect();
                on_event(&text, &buffers);
            }
        });
        let on_failure = Closure::new(move |event: ErrorEvent| {
            event.prevent_default();
            on_error(event.message());
        });
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_failure.as_ref().unchecked_ref()));
        Self {
            worker,
            outbox,
            _on_message: on_message,
            _on_error: on_failure,
        }
    }

    /// The worker itself.
    pub(crate) fn worker(&self) -> &Worker {
        &self.worker
    }

    /// Hears nothing more from the worker.
    pub(crate) fn close(&self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
    }

    /// Sends a command with the bytes that it refers to.
    ///
    /// # Errors
    /// What the browser says when it refuses.
    pub(crate) fn send(&self, command: &Command, payloads: Vec<Payload>) -> Result<(), String> {
        let text = serde_json::to_string(command).map_err(|e| e.to_string())?;
        self.outbox.send(text, payloads)
    }
}

fn early_workers() -> Option<Array> {
    browser::global(EARLY_WORKERS)?.dyn_into().ok()
}

/// The next of the workers that boot.js has started or prepared for.
fn early_worker() -> Option<Worker> {
    let worker: Function = early_workers()?.shift().dyn_into().ok()?;
    worker.call0(&JsValue::NULL).ok()?.dyn_into().ok()
}

/// Whether nobody has taken over all workers that boot.js has prepared for.
pub(crate) fn has_early_worker() -> bool {
    early_workers().is_some_and(|early| early.length() > 0)
}

fn new_worker(options: &WorkerOptions) -> Result<Worker, String> {
    let url = browser::global_text(WORKER_URL).ok_or_else(|| text!("session.no-boot"))?;
    options.set_type(WorkerType::Module);
    Worker::new_with_options(&url, options).map_err(|error| browser::error_text(&error))
}

impl Drop for WorkerLink {
    fn drop(&mut self) {
        self.close();
        self.worker.terminate();
    }
}
