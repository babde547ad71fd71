//! Messages to a worker, in order. Hundreds of photographs are copied a portion at a time, so that the
//! page goes on drawing and answering in between.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use js_sys::{Array, ArrayBuffer, Uint8Array};
use leptos::prelude::set_timeout;
use wasm_bindgen::JsValue;
use web_sys::Worker;

use crate::ui::browser;

/// Bytes that are copied without a pause, about: some 10 ms on a slow machine.
const PORTION: usize = 8 << 20;

/// Bytes that travel with a command.
#[derive(Debug, Clone)]
pub(crate) enum Payload {
    /// A buffer that is handed over: it is empty for the page afterwards.
    Buffer(ArrayBuffer),
    /// Bytes that the page keeps. They are copied when they are sent, not before.
    Shared(Arc<Vec<u8>>),
}

impl From<ArrayBuffer> for Payload {
    fn from(buffer: ArrayBuffer) -> Self {
        Self::Buffer(buffer)
    }
}

struct Message {
    text: String,
    payloads: VecDeque<Payload>,
}

/// Messages on their way to a worker.
pub(super) struct Outbox {
    worker: Worker,
    messages: RefCell<VecDeque<Message>>,
    /// Whether the next portion will be sent by a timer.
    scheduled: Cell<bool>,
    on_error: Rc<dyn Fn(String)>,
}

impl Outbox {
    /// An empty one. `on_error` hears what the browser says when it refuses a portion.
    pub(super) fn new(worker: Worker, on_error: Rc<dyn Fn(String)>) -> Self {
        Self {
            worker,
            messages: RefCell::default(),
            scheduled: Cell::new(false),
            on_error,
        }
    }

    /// Sends a message: at once where it is small and none is on its way.
    ///
    /// # Errors
    /// What the browser says when it refuses.
    pub(super) fn send(
        self: &Rc<Self>,
        text: String,
        payloads: Vec<Payload>,
    ) -> Result<(), String> {
        let payloads = payloads.into();
        let message = Message { text, payloads };
        self.messages.borrow_mut().push_back(message);
        if self.scheduled.get() {
            return Ok(());
        }
        self.send_portion()
    }

    /// Sends what may be copied without a pause, and has a timer do the rest.
    fn send_portion(self: &Rc<Self>) -> Result<(), String> {
        let mut copied = 0;
        loop {
            let mut messages = self.messages.borrow_mut();
            let Some(message) = messages.front_mut() else {
                return Ok(());
            };
            let parts = Array::of1(&JsValue::NULL);
            let transfer = Array::new();
            while copied < PORTION
                && let Some(payload) = message.payloads.pop_front()
            {
                let buffer = match payload {
                    Payload::Buffer(buffer) => buffer,
                    Payload::Shared(bytes) => {
                        copied += bytes.len();
                        Uint8Array::from(bytes.as_slice()).buffer()
                    }
                };
                parts.push(&buffer);
                transfer.push(&buffer);
            }
            // The text comes last: with it the message is whole.
            if message.payloads.is_empty()
                && let Some(message) = messages.pop_front()
            {
                parts.set(0, JsValue::from_str(&message.text));
            }
            let more = !messages.is_empty();
            drop(messages);
            self.worker
                .post_message_with_transfer(&parts, &transfer)
                .map_err(|error| browser::error_text(&error))?;
            if more && copied >= PORTION {
                self.schedule();
                return Ok(());
            }
        }
    }

    fn schedule(self: &Rc<Self>) {
        self.scheduled.set(true);
        let outbox = Rc::downgrade(self);
        let go_on = move || {
            // The worker may have been ended meanwhile.
            let Some(outbox) = outbox.upgrade() else {
                return;
            };
            outbox.scheduled.set(false);
            if let Err(message) = outbox.send_portion() {
                (outbox.on_error)(message);
            }
        };
        set_timeout(go_on, Duration::ZERO);
    }
}
