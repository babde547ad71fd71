//! The engine's workers as one engine: what to send to which, and what to make of what they say,
//! is up to `rsc_core::crew::Crew`; here are the wires.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeSet, VecDeque};
use std::rc::{Rc, Weak};
use std::time::Duration;

use js_sys::{ArrayBuffer, Uint8Array};
use leptos::prelude::set_timeout;

use rsc_core::crew::{Action, Buffer, Crew};
use rsc_core::protocol::{Command, Event};

use super::link::Link;
use super::pulse::Pulse;
use crate::browser;
use crate::later::{Arrival, Errand};

/// A further worker that takes longer to load is done without.
const PATIENCE: Duration = Duration::from_secs(20);

/// A buffer of the browser's.
struct Bytes(ArrayBuffer);

impl Buffer for Bytes {
    fn copied(&self) -> Self {
        Self(self.0.slice(0))
    }

    fn bytes(&self) -> Vec<u8> {
        Uint8Array::new(&self.0).to_vec()
    }

    fn of(bytes: Vec<u8>) -> Self {
        Self(Uint8Array::from(bytes.as_slice()).buffer())
    }
}

/// Whoever hears an event, with its buffers.
type Listener = Box<dyn Fn(Event, &[ArrayBuffer])>;

/// Who hears of the workers.
pub(crate) struct Hearing {
    /// Gets the events of all together.
    pub(crate) event: Listener,
    /// Gets what could not be sent or read.
    pub(crate) trouble: Box<dyn Fn(String)>,
    /// Gets whether a worker is silent, whenever that changes.
    pub(crate) silence: Box<dyn Fn(bool)>,
    /// Says how long a step takes at present, in milliseconds.
    pub(crate) step_ms: Box<dyn Fn() -> f64>,
}

/// The wire to a worker, and the hand on its pulse. A benchmark's workers have steps of seconds
/// where the GPU is emulated, and end with it: nobody feels theirs.
struct Wire {
    _pulse: Option<Pulse>,
    link: Link,
}

/// Running workers. Dropping the last handle ends them.
#[derive(Clone)]
pub(crate) struct Workers(Rc<Inner>);

struct Inner {
    crew: RefCell<Crew<Bytes>>,
    links: RefCell<Vec<Option<Wire>>>,
    silent: RefCell<BTreeSet<usize>>,
    /// What is still to be done. Whoever hears an event may send a command in the middle of it:
    /// that waits here for its turn.
    due: RefCell<VecDeque<Action<Bytes>>>,
    busy: Cell<bool>,
    for_benchmark: bool,
    /// Reading messages is left to what comes later.
    arrival: Arrival,
    hearing: Hearing,
}

impl Workers {
    /// Starts the first worker; others follow where a run has use for them, one for each of so
    /// many cores at most.
    ///
    /// # Errors
    /// What the browser says when it starts no worker.
    pub(crate) fn open(cores: usize, arrival: Arrival, hearing: Hearing) -> Result<Self, String> {
        Self::start(cores, false, arrival, hearing)
    }

    /// As [`Self::open`]; the workers count what a benchmark wants to know.
    pub(crate) fn open_for_benchmark(
        cores: usize,
        arrival: Arrival,
        on_event: impl Fn(Event, &[ArrayBuffer]) + 'static,
        on_trouble: impl Fn(String) + 'static,
    ) -> Result<Self, String> {
        let hearing = Hearing {
            event: Box::new(on_event),
            trouble: Box::new(on_trouble),
            silence: Box::new(|_| {}),
            step_ms: Box::new(|| 0.0),
        };
        Self::start(cores, true, arrival, hearing)
    }

    fn start(
        cores: usize,
        for_benchmark: bool,
        arrival: Arrival,
        hearing: Hearing,
    ) -> Result<Self, String> {
        let inner = Rc::new(Inner {
            crew: RefCell::new(Crew::new(cores)),
            links: RefCell::new(Vec::new()),
            silent: RefCell::new(BTreeSet::new()),
            due: RefCell::new(VecDeque::new()),
            busy: Cell::new(false),
            for_benchmark,
            arrival,
            hearing,
        });
        inner.connect(0)?;
        Ok(Self(inner))
    }

    /// Sends a command with the buffers that it refers to.
    pub(crate) fn send(&self, command: &Command, buffers: &[ArrayBuffer]) {
        let buffers = buffers.iter().cloned().map(Bytes).collect();
        let mut crew = self.0.crew.borrow_mut();
        let actions = crew.tell(command.clone(), buffers, browser::now());
        drop(crew);
        self.0.carry_out(actions);
    }
}

impl Workers {
    /// Takes in one message of a worker.
    pub(crate) fn hear(&self, worker: usize, text: &str, buffers: &[ArrayBuffer]) {
        let inner = &self.0;
        match serde_json::from_str::<Event>(text) {
            Ok(event) => {
                let buffers = buffers.iter().cloned().map(Bytes).collect();
                let mut crew = inner.crew.borrow_mut();
                let actions = crew.hear(worker, event, buffers, browser::now());
                drop(crew);
                inner.carry_out(actions);
            }
            Err(error) => (inner.hearing.trouble)(text!("session.unknown-message", error = error)),
        }
    }
}

impl Inner {
    fn connect(self: &Rc<Self>, worker: usize) -> Result<(), String> {
        let (hears, fails) = (Rc::downgrade(self), Rc::downgrade(self));
        let on_event = move |text: &str, buffers: &[ArrayBuffer]| {
            if let Some(inner) = Weak::upgrade(&hears) {
                let arrival = inner.arrival;
                let (text, buffers) = (text.to_owned(), buffers.to_vec());
                arrival.once_here(Errand::Message(Workers(inner), worker, text, buffers));
            }
        };
        let on_error = move |message: String| {
            if let Some(inner) = Weak::upgrade(&fails) {
                inner.lost(worker, message);
            }
        };
        let link = if self.for_benchmark {
            Link::open_for_benchmark(on_event, on_error)
        } else {
            Link::open(on_event, on_error)
        }?;
        let mut links = self.links.borrow_mut();
        let count = links.len().max(worker + 1);
        links.resize_with(count, || None);
        links[worker] = Some(Wire {
            _pulse: (!self.for_benchmark).then(|| self.pulse(worker, &link)),
            link,
        });
        Ok(())
    }

    fn pulse(self: &Rc<Self>, worker: usize, link: &Link) -> Pulse {
        let (asks, tells) = (Rc::downgrade(self), Rc::downgrade(self));
        let step_ms = move || Weak::upgrade(&asks).map_or(0.0, |inner| (inner.hearing.step_ms)());
        Pulse::feel(link.worker(), step_ms, move |silent| {
            if let Some(inner) = Weak::upgrade(&tells) {
                inner.fell_silent(worker, silent);
            }
        })
    }

    /// One that is silent holds all up.
    fn fell_silent(&self, worker: usize, silent: bool) {
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
            (self.hearing.silence)(after);
        }
    }

    fn lost(self: &Rc<Self>, worker: usize, message: String) {
        let message = text!("session.engine-stopped", message = message);
        let kept = text!("session.kept").to_owned();
        let mut crew = self.crew.borrow_mut();
        let actions = crew.lose(worker, message, kept, browser::now());
        drop(crew);
        self.carry_out(actions);
    }

    fn carry_out(self: &Rc<Self>, actions: Vec<Action<Bytes>>) {
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

    fn act(self: &Rc<Self>, action: Action<Bytes>) {
        match action {
            Action::Start { worker } => self.start(worker),
            Action::Stop { worker } => {
                let wire = self
                    .links
                    .borrow_mut()
                    .get_mut(worker)
                    .and_then(Option::take);
                self.fell_silent(worker, false);
                // Not within one of its own messages.
                set_timeout(move || drop(wire), Duration::ZERO);
            }
            Action::Send {
                worker,
                command,
                buffers,
            } => {
                let buffers: Vec<ArrayBuffer> = buffers.into_iter().map(|it| it.0).collect();
                let links = self.links.borrow();
                let wire = links.get(worker).and_then(Option::as_ref);
                let sent = wire.map_or(Ok(()), |wire| wire.link.send(&command, &buffers));
                drop(links);
                if let Err(message) = sent {
                    (self.hearing.trouble)(text!("session.not-sent", message = message));
                }
            }
            Action::Emit { event, buffers } => {
                let buffers: Vec<ArrayBuffer> = buffers.into_iter().map(|it| it.0).collect();
                (self.hearing.event)(event, &buffers);
            }
        }
    }

    /// Starts a further worker.
    fn start(self: &Rc<Self>, worker: usize) {
        if let Err(message) = self.connect(worker) {
            self.lost(worker, message);
            return;
        }
        let waits = Rc::downgrade(self);
        set_timeout(
            move || {
                let Some(inner) = Weak::upgrade(&waits) else {
                    return;
                };
                let loading = inner.crew.borrow().is_loading(worker);
                if loading {
                    // No run depends on it yet, so nobody needs to be told.
                    inner.lost(worker, String::new());
                }
            },
            PATIENCE,
        );
    }
}
