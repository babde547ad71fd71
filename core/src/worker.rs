//! The engine inside a dedicated worker: messages from the page become commands, events become
//! messages, and between two steps the loop yields, so that pause and stop are heard.

use async_channel::{Receiver, Sender};
use js_sys::{Array, ArrayBuffer, Promise, Uint8Array};
use wasm_bindgen::{JsCast, JsValue, closure::Closure, prelude::wasm_bindgen};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{DedicatedWorkerGlobalScope, MessageChannel, MessageEvent};

use crate::{
    protocol::{Command, Event, Fault},
    session::Session,
};

/// What the loop waits for.
enum Incoming {
    /// The page asks for something.
    Command(Command, Vec<Vec<u8>>),
    /// The page said something that is not understood.
    Unreadable(String),
    /// The device reported a fault.
    Fault,
}

#[allow(
    unsafe_code,
    reason = "the linker's own function; there is no safe way to call it"
)]
mod constructors {
    unsafe extern "C" {
        fn __wasm_call_ctors();
    }

    /// Runs what crates register before `main` (the GPU compiler's dialects), once. Where nothing calls
    /// this function of the linker's, it makes every call from JavaScript run all of it again.
    pub(super) fn run() {
        static ONCE: std::sync::Once = std::sync::Once::new();
        // SAFETY: the linker defines it, it takes nothing, and it is called once, before anything else.
        ONCE.call_once(|| unsafe { __wasm_call_ctors() });
    }
}

/// Starts the engine: installs the message handler and the training loop. Called once by the
/// worker's loader.
#[wasm_bindgen]
#[allow(unreachable_pub, reason = "exported to JavaScript, not to Rust")]
pub fn start() {
    constructors::run();
    console_error_panic_hook::set_once();
    let scope: DedicatedWorkerGlobalScope = js_sys::global().unchecked_into();
    let (sender, receiver) = async_channel::unbounded();
    listen(&scope, sender.clone());
    spawn_local(run(scope, sender, receiver));
}

/// Opens the GPU before the page asks for it: `undefined`, or why it cannot be had, and the engine with the
/// CPU device is to be loaded instead.
#[cfg(not(feature = "cpu"))]
#[wasm_bindgen]
#[allow(unreachable_pub, reason = "exported to JavaScript, not to Rust")]
pub async fn prepare() -> Option<String> {
    constructors::run();
    console_error_panic_hook::set_once();
    crate::device::prepare().await.err()
}

fn listen(scope: &DedicatedWorkerGlobalScope, sender: Sender<Incoming>) {
    let mut parts = MessageParts::default();
    let page = scope.clone();
    let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        let incoming = match parts.take(&event.data()) {
            Ok(Part::Envelope(envelope)) => {
                // A page that is gone needs it no more.
                let _ = page.post_message_with_transfer(&envelope, &Array::of1(&envelope));
                return;
            }
            Ok(Part::Whole(command, buffers)) => Incoming::Command(command, buffers),
            Err(message) => Incoming::Unreadable(message),
        };
        // The channel is unbounded and its other end lives as long as the worker.
        let _ = sender.try_send(incoming);
    });
    let function = on_message.as_ref().unchecked_ref();
    if scope
        .add_event_listener_with_callback("message", function)
        .is_err()
    {
        scope.set_onmessage(Some(function));
    }
    on_message.forget();
}

async fn run(
    scope: DedicatedWorkerGlobalScope,
    faults: Sender<Incoming>,
    commands: Receiver<Incoming>,
) {
    let out = scope.clone();
    let mut session = Session::new(move |event, buffers| post(&out, &event, buffers));
    session.wake_by(move || {
        let _ = faults.try_send(Incoming::Fault);
    });
    let Some(macrotask) = MacrotaskYield::new() else {
        let event = Event::Failed {
            run: None,
            fault: Fault::Other,
            message: "this browser has no MessageChannel in workers".into(),
            kept: "Nothing was lost.".into(),
        };
        post(&scope, &event, Vec::new());
        return;
    };
    loop {
        let next = if session.is_training() {
            commands.try_recv().ok()
        } else {
            match commands.recv().await {
                Ok(incoming) => Some(incoming),
                Err(_) => return,
            }
        };
        match next {
            Some(Incoming::Command(command, buffers)) => session.handle(command, buffers).await,
            Some(Incoming::Fault) => session.check_device(),
            Some(Incoming::Unreadable(message)) => {
                post(&scope, &Event::Warning { run: None, message }, Vec::new())
            }
            None => {
                session.turn(async || macrotask.pass().await).await;
                macrotask.pass().await;
            }
        }
    }
}

/// What a message from the page is.
enum Part {
    /// Some buffers of a message whose text is to come. They are taken out, and the envelope goes back.
    Envelope(ArrayBuffer),
    /// The text, with all buffers.
    Whole(Command, Vec<Vec<u8>>),
}

/// The buffers of a message whose text is to come; see [`crate::protocol`].
#[derive(Default)]
struct MessageParts {
    buffers: Vec<Vec<u8>>,
}

impl MessageParts {
    fn take(&mut self, data: &JsValue) -> Result<Part, String> {
        let parts: &Array = data
            .dyn_ref()
            .ok_or("a message to the engine was not an array")?;
        let text = parts.get(0);
        if text.is_null() {
            return self.unpack(parts).map(Part::Envelope);
        }
        let mut buffers = std::mem::take(&mut self.buffers);
        let rest = parts.iter().skip(1);
        buffers.extend(rest.map(|buffer| Uint8Array::new(&buffer).to_vec()));
        let text = text
            .as_string()
            .ok_or("a message to the engine has no JSON text")?;
        let command = serde_json::from_str(&text)
            .map_err(|error| format!("the engine does not understand a message: {error}"))?;
        Ok(Part::Whole(command, buffers))
    }

    /// Takes the buffers out of `[null, envelope, length, …]`.
    fn unpack(&mut self, parts: &Array) -> Result<ArrayBuffer, String> {
        let envelope: ArrayBuffer = parts
            .get(1)
            .dyn_into()
            .map_err(|_| "a part of a message to the engine has no envelope")?;
        let bytes = Uint8Array::new(&envelope);
        let mut start = 0;
        for length in parts.iter().skip(2) {
            let end = start + length.as_f64().unwrap_or_default() as u32;
            self.buffers.push(bytes.subarray(start, end).to_vec());
            start = end;
        }
        Ok(envelope)
    }
}

/// Sends `[json, buffer 0, …]`, handing the buffers over.
fn post(scope: &DedicatedWorkerGlobalScope, event: &Event, buffers: Vec<Vec<u8>>) {
    let Ok(text) = serde_json::to_string(event) else {
        return;
    };
    let message = Array::of1(&text.into());
    let transfer = Array::new();
    for buffer in buffers {
        let bytes: ArrayBuffer = Uint8Array::from(buffer.as_slice()).buffer();
        message.push(&bytes);
        transfer.push(&bytes);
    }
    // A page that is gone hears nothing, and that is all right.
    let _ = scope.post_message_with_transfer(&message, &transfer);
}

/// Lets the worker's other tasks run, without the 4 ms that nested timers cost.
struct MacrotaskYield {
    channel: MessageChannel,
}

impl MacrotaskYield {
    fn new() -> Option<Self> {
        let channel = MessageChannel::new().ok()?;
        Some(Self { channel })
    }

    async fn pass(&self) {
        let port = self.channel.port1();
        let promise = Promise::new(&mut |resolve, _| port.set_onmessage(Some(&resolve)));
        if self.channel.port2().post_message(&JsValue::NULL).is_ok() {
            let _ = JsFuture::from(promise).await;
        }
    }
}
