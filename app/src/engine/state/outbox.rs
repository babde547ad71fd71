//! Messages to a worker, in order. Hundreds of photographs are copied a portion at a time, each when the
//! worker has sent back the envelope of the one before: the page goes on drawing and answering in
//! between, and no more than an envelope is on its way.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::sync::Arc;

use js_sys::{Array, ArrayBuffer, Uint8Array};
use wasm_bindgen::JsValue;
use web_sys::Worker;

use crate::ui::browser;

/// Bytes of an envelope: some 10 ms of copying on a slow machine.
const ENVELOPE: usize = 8 << 20;

/// Bytes that travel with a command.
#[derive(Debug, Clone)]
pub(crate) enum Payload {
    /// A buffer that is handed over: it is empty for the page afterwards.
    Buffer(ArrayBuffer),
    /// Bytes that the page keeps. They are copied when they are sent, not before. In a command that has
    /// both kinds, they come first.
    Shared(Arc<Vec<u8>>),
}

impl From<ArrayBuffer> for Payload {
    fn from(buffer: ArrayBuffer) -> Self {
        Self::Buffer(buffer)
    }
}

/// A message that is not sent yet.
struct Message {
    text: String,
    shared: VecDeque<Arc<Vec<u8>>>,
    buffers: Vec<ArrayBuffer>,
}

/// Messages on their way to a worker.
pub(super) struct Outbox {
    worker: Worker,
    messages: RefCell<VecDeque<Message>>,
    /// Whether the worker has an envelope.
    waiting: Cell<bool>,
}

impl Outbox {
    /// An empty one.
    pub(super) fn new(worker: Worker) -> Self {
        Self {
            worker,
            messages: RefCell::default(),
            waiting: Cell::new(false),
        }
    }

    /// Sends a message: at once where nothing has to be copied and none is on its way.
    ///
    /// # Errors
    /// What the browser says when it refuses.
    pub(super) fn send(&self, text: String, payloads: Vec<Payload>) -> Result<(), String> {
        let mut message = Message {
            text,
            shared: VecDeque::new(),
            buffers: Vec::new(),
        };
        for payload in payloads {
            match payload {
                Payload::Buffer(buffer) => message.buffers.push(buffer),
                Payload::Shared(bytes) => message.shared.push_back(bytes),
            }
        }
        self.messages.borrow_mut().push_back(message);
        if self.waiting.get() {
            return Ok(());
        }
        self.send_next(None)
    }

    /// Goes on with an envelope that the worker has sent back.
    ///
    /// # Errors
    /// What the browser says when it refuses.
    pub(super) fn go_on(&self, envelope: ArrayBuffer) -> Result<(), String> {
        self.waiting.set(false);
        self.send_next(Some(envelope))
    }

    /// Sends messages up to the next envelope.
    fn send_next(&self, mut envelope: Option<ArrayBuffer>) -> Result<(), String> {
        while !self.waiting.get() {
            let mut messages = self.messages.borrow_mut();
            let Some(message) = messages.front_mut() else {
                break;
            };
            if message.shared.is_empty() {
                let Some(message) = messages.pop_front() else {
                    break;
                };
                drop(messages);
                let parts = Array::of1(&JsValue::from_str(&message.text));
                let transfer = Array::new();
                for buffer in &message.buffers {
                    parts.push(buffer);
                    transfer.push(buffer);
                }
                self.post(&parts, &transfer)?;
            } else {
                let (parts, envelope) = filled(&mut message.shared, envelope.take());
                drop(messages);
                self.waiting.set(true);
                self.post(&parts, &Array::of1(&envelope))?;
            }
        }
        Ok(())
    }

    fn post(&self, parts: &Array, transfer: &Array) -> Result<(), String> {
        self.worker
            .post_message_with_transfer(parts, transfer)
            .map_err(|error| browser::error_text(&error))
    }
}

/// Takes as many buffers as fit into an envelope, one at least: `[null, envelope, length, …]`, and the
/// envelope, which is `used` if that is large enough.
fn filled(shared: &mut VecDeque<Arc<Vec<u8>>>, used: Option<ArrayBuffer>) -> (Array, ArrayBuffer) {
    let mut sizes = shared.iter().map(|bytes| bytes.len());
    let first = sizes.next().unwrap_or_default();
    let size = ENVELOPE.min(first + sizes.sum::<usize>()).max(first);
    let used = used.filter(|used| used.byte_length() as usize >= size);
    let envelope = used.unwrap_or_else(|| ArrayBuffer::new(size as u32));
    let target = Uint8Array::new(&envelope);
    let parts = Array::of2(&JsValue::NULL, &envelope);
    let mut end = 0;
    while let Some(bytes) = shared.front()
        && end + bytes.len() <= size
    {
        let place = target.subarray(end as u32, (end + bytes.len()) as u32);
        place.copy_from(bytes);
        parts.push(&JsValue::from_f64(bytes.len() as f64));
        end += bytes.len();
        shared.pop_front();
    }
    (parts, envelope)
}
