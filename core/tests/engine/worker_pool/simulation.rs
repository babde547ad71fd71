//! A worker pool with simulated workers, each a real session. Which of them works next, and when its events
//! arrive, is drawn from a seed.

use std::{cell::RefCell, collections::VecDeque, rc::Rc};

use pollster::block_on;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rsc_core::{
    config::RunConfig,
    protocol::{Command, DevicePreference, Event, RunState},
    session::Session,
    worker_pool::{Action, WorkerPool},
};

use super::config::RUN;

pub(crate) type Buffers = Vec<Vec<u8>>;
pub(crate) type Message = (Event, Buffers);
pub(crate) type Outbox = Rc<RefCell<VecDeque<Message>>>;
pub(crate) type Engine = Session<Box<dyn FnMut(Event, Buffers)>>;

pub(crate) fn engine() -> (Engine, Outbox) {
    let outbox = Outbox::default();
    let sink = Rc::clone(&outbox);
    let emit: Box<dyn FnMut(Event, Buffers)> =
        Box::new(move |event, buffers| sink.borrow_mut().push_back((event, buffers)));
    (Session::new(emit), outbox)
}

/// A worker: commands on their way to it, and events on their way from it.
pub(crate) struct Worker {
    pub(crate) session: Engine,
    pub(crate) inbox: VecDeque<(Command, Buffers)>,
    pub(crate) outbox: Outbox,
    pub(crate) stopped: bool,
}

impl Worker {
    pub(crate) fn new() -> Self {
        let (session, outbox) = engine();
        Self {
            session,
            inbox: VecDeque::new(),
            outbox,
            stopped: false,
        }
    }

    pub(crate) fn is_idle(&self) -> bool {
        self.stopped
            || (self.inbox.is_empty()
                && self.outbox.borrow().is_empty()
                && !self.session.is_training())
    }
}

/// A pool, its workers, and what the page has events.
pub(crate) struct Simulation {
    pub(crate) pool: WorkerPool<Vec<u8>>,
    pub(crate) workers: Vec<Worker>,
    pub(crate) events: Vec<Message>,
    random: ChaCha8Rng,
    pub(crate) now: f64,
    commands: usize,
}

impl Simulation {
    pub(crate) fn new(cores: usize, seed: u64) -> Self {
        let mut simulation = Self {
            pool: WorkerPool::new(cores),
            workers: vec![Worker::new()],
            events: Vec::new(),
            random: ChaCha8Rng::seed_from_u64(seed),
            now: 0.0,
            commands: 0,
        };
        let device = DevicePreference::Cpu;
        simulation.send(Command::Open { device });
        simulation.run_until_idle();
        simulation
    }

    pub(crate) fn send(&mut self, command: Command) {
        self.send_with(command, Vec::new());
    }

    pub(crate) fn send_with(&mut self, command: Command, buffers: Buffers) {
        let actions = self.pool.command(command, buffers, self.now);
        self.act(actions);
    }

    pub(crate) fn act(&mut self, actions: Vec<Action<Vec<u8>>>) {
        for action in actions {
            match action {
                Action::Start { worker } => match self.workers.get_mut(worker) {
                    Some(place) => {
                        assert!(place.stopped);
                        *place = Worker::new();
                    }
                    None => {
                        assert_eq!(worker, self.workers.len());
                        self.workers.push(Worker::new());
                    }
                },
                Action::Stop { worker } => self.workers[worker].stopped = true,
                Action::Send {
                    worker,
                    command,
                    buffers,
                } => {
                    self.commands += 1;
                    self.workers[worker].inbox.push_back((command, buffers));
                }
                Action::Emit { event, buffers } => self.events.push((event, buffers)),
            }
        }
    }

    /// Lets one worker do one thing, or be events.
    pub(crate) fn tick(&mut self) {
        let at = self.random.random_range(0..self.workers.len());
        let hear = self.random.random::<bool>();
        self.now += self.random.random_range(0.0..40.0);
        let worker = &mut self.workers[at];
        if worker.stopped {
            return;
        }
        let event = hear.then(|| worker.outbox.borrow_mut().pop_front());
        if let Some((event, buffers)) = event.flatten() {
            let actions = self.pool.event(at, event, buffers, self.now);
            self.act(actions);
        } else if let Some((command, buffers)) = worker.inbox.pop_front() {
            block_on(worker.session.handle(command, buffers));
        } else {
            block_on(worker.session.turn(async || ()));
        }
    }

    /// Until nothing happens by itself any more.
    pub(crate) fn run_until_idle(&mut self) {
        while !self.workers.iter().all(Worker::is_idle) {
            self.tick();
        }
    }

    pub(crate) fn state(&self) -> Option<RunState> {
        self.events.iter().rev().find_map(|(event, _)| match event {
            Event::State { state, .. } => Some(*state),
            _ => None,
        })
    }

    pub(crate) fn failures(&self) -> Vec<(Option<u32>, String, String)> {
        let failed = self.events.iter().filter_map(|(event, _)| match event {
            Event::Failed {
                run, message, kept, ..
            } => Some((*run, message.clone(), kept.clone())),
            _ => None,
        });
        failed.collect()
    }

    /// The step and the file of the last checkpoint.
    pub(crate) fn checkpoint(&self, wanted: u32) -> (u64, Vec<u8>) {
        let found = self.events.iter().find_map(|(event, buffers)| match event {
            Event::Checkpoint { request, step, .. } if *request == wanted => {
                Some((*step, buffers[0].clone()))
            }
            _ => None,
        });
        found.unwrap()
    }
}

/// A pool whose run is prepared.
pub(crate) fn prepared(config: RunConfig, cores: usize) -> Simulation {
    let mut simulation = Simulation::new(cores, 5);
    simulation.send(Command::Configure { run: RUN, config });
    simulation.run_until_idle();
    assert_eq!(
        simulation.state(),
        Some(RunState::Ready),
        "{:?}",
        simulation.failures()
    );
    simulation
}

impl Simulation {
    /// Lets the first worker alone do what it can.
    pub(crate) fn settle_primary(&mut self) {
        while !self.workers[0].is_idle() {
            let worker = &mut self.workers[0];
            if let Some((command, buffers)) = worker.inbox.pop_front() {
                block_on(worker.session.handle(command, buffers));
            }
            let events: Vec<Message> = worker.outbox.borrow_mut().drain(..).collect();
            for (event, buffers) in events {
                let actions = self.pool.event(0, event, buffers, self.now);
                self.act(actions);
            }
        }
    }
}
