//! An engine of the benchmark's own, in workers beside the page's: one question at a time.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

use js_sys::ArrayBuffer;
use rsc_core::protocol::{Command, Event};

use crate::engine::state::workers::{Handlers, Workers};

type Message = Result<(Event, Vec<ArrayBuffer>), String>;

/// A running engine. Dropping it ends its workers.
pub(crate) struct Engine {
    workers: Workers,
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
    /// Starts the engine, with a worker for each of so many cores at most.
    ///
    /// # Errors
    /// What the browser says when it starts none.
    pub(crate) fn start(cores: usize) -> Result<Self, String> {
        let inbox = Rc::new(Inbox::default());
        let (heard, failed) = (Rc::clone(&inbox), Rc::clone(&inbox));
        let handlers = Handlers {
            message: Box::new(|workers, worker, text, buffers| {
                workers.receive(worker, text, buffers);
            }),
            event: Box::new(move |event, buffers| heard.put(Ok((event, buffers.to_vec())))),
            error: Box::new(move |problem| failed.put(Err(problem))),
            silence: Box::new(|_| {}),
            step_ms: Box::new(|| 0.0),
        };
        let workers = Workers::open_for_benchmark(cores, handlers)?;
        Ok(Self { workers, inbox })
    }

    /// Asks, and waits until `answer` takes one of the events that follow.
    ///
    /// # Errors
    /// What the engine says when it refuses or fails.
    pub(crate) async fn ask<T>(
        &self,
        command: &Command,
        answer: impl Fn(Event, Vec<ArrayBuffer>) -> Option<T>,
    ) -> Result<T, String> {
        self.workers.send(command, Vec::new());
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
