//! The engine's workers as one engine. `rsc_core::worker_pool::WorkerPool` decides what to send to
//! which worker and merges what they answer; this module has the connections and timers.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeSet, VecDeque};
use std::rc::{Rc, Weak};
use std::sync::Arc;
use std::time::Duration;

use js_sys::{ArrayBuffer, Uint8Array};
use leptos::prelude::set_timeout;

use rsc_core::protocol::{Command, Event};
use rsc_core::worker_pool::{Action, Buffer, WorkerPool};

use crate::engine::state::heartbeat::Heartbeat;
use crate::engine::state::outbox::Payload;
use crate::engine::state::worker_link::WorkerLink;
use crate::ui::browser;

/// A further worker that takes longer to load is done without.
const PATIENCE: Duration = Duration::from_secs(20);

impl Buffer for Payload {
    fn copied(&self) -> Self {
        match self {
            Self::Buffer(buffer) => Self::Buffer(buffer.slice(0)),
            Self::Shared(bytes) => Self::Shared(Arc::clone(bytes)),
        }
    }

    fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Buffer(buffer) => Uint8Array::new(buffer).to_vec(),
            Self::Shared(bytes) => bytes.to_vec(),
        }
    }

    fn of(bytes: Vec<u8>) -> Self {
        Self::Buffer(Uint8Array::from(bytes.as_slice()).buffer())
    }
}

/// The browser's buffer of what an event carries.
fn buffer_of(payload: Payload) -> ArrayBuffer {
    match payload {
        Payload::Buffer(buffer) => buffer,
        Payload::Shared(bytes) => Uint8Array::from(bytes.as_slice()).buffer(),
    }
}

/// Gets one message of a worker: the workers, which of them, the JSON text and its buffers.
type OnMessage = Box<dyn Fn(Workers, usize, &str, &[ArrayBuffer])>;
/// Gets an event of all workers together, with its buffers.
type OnEvent = Box<dyn Fn(Event, &[ArrayBuffer])>;

/// What happens with what comes from the workers.
pub(crate) struct Handlers {
    /// Gets each message, to pass it to [`Workers::receive`]: at once, or when the code that reads
    /// messages has been loaded.
    pub(crate) message: OnMessage,
    /// Gets the events of all workers together.
    pub(crate) event: OnEvent,
    /// Gets what could not be sent or read.
    pub(crate) error: Box<dyn Fn(String)>,
    /// Gets whether a worker has stopped answering, whenever that changes.
    pub(crate) silence: Box<dyn Fn(bool)>,
    /// Says how long a step takes at present, in milliseconds.
    pub(crate) step_ms: Box<dyn Fn() -> f64>,
}

/// The connection to a worker, and its heartbeat. A benchmark's workers have none: their steps take
/// seconds where the GPU is emulated, and they end with the benchmark.
struct Connection {
    _heartbeat: Option<Heartbeat>,
    link: WorkerLink,
}

/// Running workers. Dropping the last handle ends them.
#[derive(Clone)]
pub(crate) struct Workers(Rc<Inner>);

struct Inner {
    pool: RefCell<WorkerPool<Payload>>,
    links: RefCell<Vec<Option<Connection>>>,
    silent: RefCell<BTreeSet<usize>>,
    /// What is still to be done. Whoever hears an event may send a command in the middle of it:
    /// that waits here for its turn.
    due: RefCell<VecDeque<Action<Payload>>>,
    busy: Cell<bool>,
    for_benchmark: bool,
    handlers: Handlers,
}

impl Workers {
    /// Starts the first worker; others follow where a run has use for them, at most one for each of
    /// `cores`.
    ///
    /// # Errors
    /// What the browser says when it starts no worker.
    pub(crate) fn open(cores: usize, handlers: Handlers) -> Result<Self, String> {
        Self::start(cores, false, handlers)
    }

    /// As [`Self::open`]; the workers count what a benchmark wants to know.
    ///
    /// # Errors
    /// What the browser says when it starts no worker.
    pub(crate) fn open_for_benchmark(cores: usize, handlers: Handlers) -> Result<Self, String> {
        Self::start(cores, true, handlers)
    }

    fn start(cores: usize, for_benchmark: bool, handlers: Handlers) -> Result<Self, String> {
        let inner = Rc::new(Inner {
            pool: RefCell::new(WorkerPool::new(cores)),
            links: RefCell::new(Vec::new()),
            silent: RefCell::new(BTreeSet::new()),
            due: RefCell::new(VecDeque::new()),
            busy: Cell::new(false),
            for_benchmark,
            handlers,
        });
        inner.connect(0)?;
        Ok(Self(inner))
    }

    /// Sends a command with the bytes that it refers to.
    pub(crate) fn send(&self, command: &Command, buffers: Vec<Payload>) {
        let mut pool = self.0.pool.borrow_mut();
        let actions = pool.command(command.clone(), buffers, browser::now());
        drop(pool);
        self.0.carry_out(actions);
    }

    /// Starts a second worker before a run is known to have use for it.
    pub(crate) fn start_second(&self) {
        let actions = self.0.pool.borrow_mut().start_second();
        self.0.carry_out(actions);
    }
}

impl Workers {
    /// Takes in one message of a worker.
    pub(crate) fn receive(&self, worker: usize, text: &str, buffers: &[ArrayBuffer]) {
        let inner = &self.0;
        match serde_json::from_str::<Event>(text) {
            Ok(event) => {
                let buffers = buffers.iter().cloned().map(Payload::from).collect();
                let mut pool = inner.pool.borrow_mut();
                let actions = pool.event(worker, event, buffers, browser::now());
                drop(pool);
                inner.carry_out(actions);
            }
            Err(error) => (inner.handlers.error)(text!("session.unknown-message", error = error)),
        }
    }
}

impl Inner {
    fn connect(self: &Rc<Self>, worker: usize) -> Result<(), String> {
        let (hears, fails) = (Rc::downgrade(self), Rc::downgrade(self));
        let on_event = move |text: &str, buffers: &[ArrayBuffer]| {
            if let Some(inner) = Weak::upgrade(&hears) {
                (inner.handlers.message)(Workers(Rc::clone(&inner)), worker, text, buffers);
            }
        };
        let on_error = move |message: String| {
            if let Some(inner) = Weak::upgrade(&fails) {
                inner.worker_failed(worker, message);
            }
        };
        let link = if self.for_benchmark {
            WorkerLink::open_for_benchmark(on_event, on_error)
        } else {
            WorkerLink::open(on_event, on_error)
        }?;
        let mut links = self.links.borrow_mut();
        let count = links.len().max(worker + 1);
        links.resize_with(count, || None);
        links[worker] = Some(Connection {
            _heartbeat: (!self.for_benchmark).then(|| self.heartbeat(worker, &link)),
            link,
        });
        Ok(())
    }

    fn heartbeat(self: &Rc<Self>, worker: usize, link: &WorkerLink) -> Heartbeat {
        let (asks, tells) = (Rc::downgrade(self), Rc::downgrade(self));
        let step_ms = move || Weak::upgrade(&asks).map_or(0.0, |inner| (inner.handlers.step_ms)());
        Heartbeat::start(link.worker(), step_ms, move |silent| {
            if let Some(inner) = Weak::upgrade(&tells) {
                inner.set_silent(worker, silent);
            }
        })
    }

    /// One that is silent holds all up.
    fn set_silent(&self, worker: usize, silent: bool) {
        let mut all = self.silent.borrow_mut();
        let before = !all.is_empty();
        if silent {
            all.insert(worker);
        } else {
            all.remove(&worker);
        }
        let after = !all.is_empty();
        drop(all);
        if before != after {
            (self.handlers.silence)(after);
        }
    }

    fn worker_failed(self: &Rc<Self>, worker: usize, message: String) {
        let message = text!("session.engine-stopped", message = message);
        let kept = text!("session.kept").to_owned();
        let mut pool = self.pool.borrow_mut();
        let actions = pool.worker_lost(worker, message, kept, browser::now());
        drop(pool);
        self.carry_out(actions);
    }

    fn carry_out(self: &Rc<Self>, actions: Vec<Action<Payload>>) {
        self.due.borrow_mut().extend(actions);
        if self.busy.replace(true) {
            return;
        }
        loop {
            let next = self.due.borrow_mut().pop_front();
            let Some(action) = next else {
                break;
            };
            self.act(action);
        }
        self.busy.set(false);
    }

    fn act(self: &Rc<Self>, action: Action<Payload>) {
        match action {
            Action::Start { worker } => self.start(worker),
            Action::Stop { worker } => {
                let connection = self
                    .links
                    .borrow_mut()
                    .get_mut(worker)
                    .and_then(Option::take);
                self.set_silent(worker, false);
                // Another may be started in its place before it has ended.
                if let Some(connection) = &connection {
                    connection.link.close();
                }
                // Not within one of its own messages.
                set_timeout(move || drop(connection), Duration::ZERO);
            }
            Action::Send {
                worker,
                command,
                buffers,
            } => {
                let links = self.links.borrow();
                let connection = links.get(worker).and_then(Option::as_ref);
                let sent = connection.map_or(Ok(()), |it| it.link.send(&command, buffers));
                drop(links);
                if let Err(message) = sent {
                    (self.handlers.error)(text!("session.not-sent", message = message));
                }
            }
            Action::Emit { event, buffers } => {
                let buffers: Vec<ArrayBuffer> = buffers.into_iter().map(buffer_of).collect();
                (self.handlers.event)(event, &buffers);
            }
        }
    }

    /// Starts a further worker.
    fn start(self: &Rc<Self>, worker: usize) {
        if let Err(message) = self.connect(worker) {
            self.worker_failed(worker, message);
            return;
        }
        self.wait_for(worker);
    }

    /// Does without a further worker that takes too long. While the first one is loading, no run can be prepared, and
    /// the second may wait for its engine.
    fn wait_for(self: &Rc<Self>, worker: usize) {
        let waits = Rc::downgrade(self);
        set_timeout(
            move || {
                let Some(inner) = Weak::upgrade(&waits) else {
                    return;
                };
                let pool = inner.pool.borrow();
                let (loading, first) = (pool.is_loading(worker), pool.is_loading(0));
                drop(pool);
                if loading && first {
                    inner.wait_for(worker);
                } else if loading {
                    // No run depends on it yet, so nobody needs to be told.
                    inner.worker_failed(worker, String::new());
                }
            },
            PATIENCE,
        );
    }
}
