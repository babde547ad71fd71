//! An engine of the benchmark's own, in a worker beside the page's: one question at a time.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

use js_sys::ArrayBuffer;
use rsc_core::protocol::{Command, Event};

use crate::session::Link;

type Message = Result<(Event, Vec<ArrayBuffer>), String>;

/// A running engine. Dropping it ends its worker.
pub(super) struct Engine {
    link: Link,
    inbox: Rc<Inbox>,
}

/// What the worker said and nobody has read yet.
#[derive(Default)]
struct Inbox {
    messages: RefCell<VecDeque<Message>>,
    reader: Cell<Option<Waker>>,
}

impl Inbox {
    fn put(&self, message: Message) {
        self.messages.borrow_mut().push_back(message);
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
    }

    async fn next(&self) -> Message {
        poll_fn(|context| match self.messages.borrow_mut().pop_front() {
            Some(message) => Poll::Ready(message),
            None => {
                self.reader.set(Some(context.waker().clone()));
                Poll::Pending
            }
        })
        .await
    }
}

impl Engine {
    /// Starts the worker.
    ///
    /// # Errors
    /// What the browser says when it starts none.
    pub(super) fn start() -> Result<Self, String> {
        let inbox = Rc::new(Inbox::default());
        let (heard, failed) = (Rc::clone(&inbox), Rc::clone(&inbox));
        let link = Link::open_for_benchmark(
            move |text, buffers| {
                let event = serde_json::from_str(text).map_err(|error| error.to_string());
                heard.put(event.map(|event| (event, buffers.to_vec())));
            },
            move |message| failed.put(Err(message)),
        )?;
        Ok(Self { link, inbox })
    }

    /// Asks, and waits until `answer` takes one of the events that follow.
    ///
    /// # Errors
    /// What the engine says when it refuses or fails.
    pub(super) async fn ask<T>(
        &self,
        command: &Command,
        answer: impl Fn(Event, Vec<ArrayBuffer>) -> Option<T>,
    ) -> Result<T, String> {
        self.link.send(command, &[])?;
        loop {
            match self.inbox.next().await? {
                (Event::Failed { message, .. } | Event::Warning { message, .. }, _) => {
                    return Err(message);
                }
                (event, buffers) => {
                    if let Some(answer) = answer(event, buffers) {
                        return Ok(answer);
                    }
                }
            }
        }
    }
}
