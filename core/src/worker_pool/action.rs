//! What a pool of workers asks its owner to do, and the bytes that travel beside messages.

use crate::protocol::{Command, Event};

/// Bytes that travel beside a message: a buffer of the browser's, or bytes.
pub trait Buffer: Sized {
    /// The same bytes once more, for another worker.
    fn copied(&self) -> Self;
    /// Its bytes.
    fn bytes(&self) -> Vec<u8>;
    /// A buffer of these bytes.
    fn of(bytes: Vec<u8>) -> Self;
}

impl Buffer for Vec<u8> {
    fn copied(&self) -> Self {
        self.clone()
    }

    fn bytes(&self) -> Vec<u8> {
        self.clone()
    }

    fn of(bytes: Vec<u8>) -> Self {
        bytes
    }
}

/// What is to be done, in this order.
#[derive(Debug, Clone, PartialEq)]
pub enum Action<B> {
    /// Start another worker. What is sent to it before its engine is up must reach it.
    Start {
        /// Its number.
        worker: usize,
    },
    /// End a worker that is of no use.
    Stop {
        /// Its number.
        worker: usize,
    },
    /// Send a command.
    Send {
        /// To which worker.
        worker: usize,
        /// The command.
        command: Command,
        /// Its buffers.
        buffers: Vec<B>,
    },
    /// Hand an event to the page.
    Emit {
        /// The event.
        event: Event,
        /// Its buffers.
        buffers: Vec<B>,
    },
}

/// Actions in the making.
#[derive(Debug)]
pub(super) struct Actions<B>(pub(super) Vec<Action<B>>);

impl<B> Actions<B> {
    pub(super) fn emit(&mut self, event: Event, buffers: Vec<B>) {
        self.0.push(Action::Emit { event, buffers });
    }

    pub(super) fn send(&mut self, worker: usize, command: Command, buffers: Vec<B>) {
        self.0.push(Action::Send {
            worker,
            command,
            buffers,
        });
    }
}
