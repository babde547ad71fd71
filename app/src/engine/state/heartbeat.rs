//! Heartbeat of a worker. One that panics reports it; one that the browser kills, or that hangs, does
//! not. So a worker is pinged at intervals, and counts as silent after a number of pings without an
//! answer.
//!
//! Pings are counted, not seconds: a page that sleeps sends none, and a clock may jump.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{Event, Worker};

/// Asked so often. worker.js answers between two steps.
const EVERY: Duration = Duration::from_secs(5);
/// So many questions without an answer are silence: a minute, which no step should take.
const MOST: u32 = 12;
/// What worker.js answers to.
const PING: &str = "ping"; // not shown

/// Asks a worker for a sign of life until it is dropped.
pub(crate) struct Heartbeat {
    worker: Worker,
    asking: Option<IntervalHandle>,
    on_message: Closure<dyn FnMut(Event)>,
}

impl Heartbeat {
    /// Starts asking. `step_ms` says how long a step takes at present, during which no worker can answer;
    /// `report` is called with whether the worker is silent, whenever that changes.
    pub(crate) fn start(
        worker: &Worker,
        step_ms: impl Fn() -> f64 + 'static,
        report: impl Fn(bool) + 'static,
    ) -> Self {
        let unanswered = Rc::new(Cell::new(0));
        let silent = Rc::new(Cell::new(false));
        let report = Rc::new(report);

        let (count, was_silent, report_again) =
            (unanswered.clone(), silent.clone(), report.clone());
        let on_message = Closure::<dyn FnMut(Event)>::new(move |_| {
            count.set(0);
            if was_silent.replace(false) {
                report_again(false);
            }
        });
        let function = on_message.as_ref().unchecked_ref();
        // A browser that refuses would make every worker seem silent.
        let listens = worker
            .add_event_listener_with_callback("message", function)
            .is_ok();

        let asked = worker.clone();
        let ask = move || {
            let slow = (20.0 * step_ms() / EVERY.as_millis() as f64) as u32;
            if unanswered.get() >= MOST.max(slow) {
                if !silent.replace(true) {
                    report(true);
                }
            } else {
                unanswered.set(unanswered.get() + 1);
            }
            let _ = asked.post_message(&JsValue::from_str(PING));
        };
        let asking = listens.then(|| set_interval_with_handle(ask, EVERY).ok());
        Self {
            worker: worker.clone(),
            asking: asking.flatten(),
            on_message,
        }
    }
}

impl Drop for Heartbeat {
    fn drop(&mut self) {
        if let Some(asking) = self.asking {
            asking.clear();
        }
        let function = self.on_message.as_ref().unchecked_ref();
        let _ = self
            .worker
            .remove_event_listener_with_callback("message", function);
    }
}
