//! A worker per arm: several engines in workers of their own train one run together, and the page
//! talks to them as to one. The arms of a run are independent of each other (same seed, same
//! batches), so each worker trains some of them, and what comes of it is put together here.
//!
//! Only on the CPU device, where one worker is one core. On a GPU, and for a run with one arm,
//! everything goes to the first worker and comes from it unchanged.
//!
//! [`Crew`] sends nothing itself and reads no clock: commands and events go in, [`Action`]s come
//! out. So it can be tested without a browser, with events in any order that workers may send
//! them.

mod file;
mod together;

use std::collections::{BTreeSet, VecDeque};

use crate::protocol::{
    Command, DeviceKind, DeviceMemory, DevicePreference, Event, Fault, RequestId, RunId,
};
#[cfg(feature = "engine")]
pub(crate) use file::CHECKPOINT;
pub use file::{arms_of_checkpoint, merged_checkpoint};
#[cfg(feature = "engine")]
pub(crate) use together::pace;
use together::{Files, Together};

/// Runs have no more arms, so no more workers are of use.
const MOST: usize = 4;
/// So many runs that others have followed are remembered, so that nothing is heard of them.
const PAST: usize = 16;
/// The worker that is there from the start.
const LEAD: usize = 0;

/// Bytes that travel beside a message: a buffer of the browser's, or bytes.
pub trait Buffer: Sized {
    /// The same bytes once more.
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
struct Actions<B>(Vec<Action<B>>);

impl<B> Actions<B> {
    fn emit(&mut self, event: Event, buffers: Vec<B>) {
        self.0.push(Action::Emit { event, buffers });
    }

    fn send(&mut self, worker: usize, command: Command, buffers: Vec<B>) {
        self.0.push(Action::Send {
            worker,
            command,
            buffers,
        });
    }
}

/// How a worker is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    Loading,
    Ready,
    Gone,
}

/// A command that waits its turn.
#[derive(Debug)]
struct Waiting<B> {
    command: Command,
    buffers: Vec<B>,
    /// Arms of the run that it begins; 0 for other commands.
    arms: usize,
}

/// What workers have said of their memory, until all have.
#[derive(Debug)]
struct Memories {
    request: RequestId,
    waits_for: BTreeSet<usize>,
    module: Option<u64>,
    device: Option<DeviceMemory>,
}

/// Several workers as one engine.
#[derive(Debug)]
pub struct Crew<B> {
    cores: usize,
    workers: Vec<Standing>,
    kind: Option<DeviceKind>,
    inbox: VecDeque<Waiting<B>>,
    /// Images and digits, for workers that come later.
    given: Vec<(Command, Vec<B>)>,
    /// The run in hand, if several workers train it.
    run: Option<Together<B>>,
    /// The run that is being prepared, if several workers will train it.
    next: Option<Together<B>>,
    /// Runs that several workers have trained.
    past: VecDeque<RunId>,
    files: Vec<Files<B>>,
    memories: Vec<Memories>,
    /// The last warning, and which workers have said it.
    warned: Option<(Option<RunId>, String, BTreeSet<usize>)>,
    over: bool,
    out: Actions<B>,
}

impl<B: Buffer> Crew<B> {
    /// A crew of one worker, number 0, which must have been started; others are asked for when a
    /// run has use for them, at most one for each of so many processor cores.
    pub fn new(cores: usize) -> Self {
        Self {
            cores: cores.clamp(1, MOST),
            workers: vec![Standing::Loading],
            kind: None,
            inbox: VecDeque::new(),
            given: Vec::new(),
            run: None,
            next: None,
            past: VecDeque::new(),
            files: Vec::new(),
            memories: Vec::new(),
            warned: None,
            over: false,
            out: Actions(Vec::new()),
        }
    }

    /// Takes a command of the page. `now` is in milliseconds, since any moment.
    pub fn tell(&mut self, command: Command, buffers: Vec<B>, now: f64) -> Vec<Action<B>> {
        if self.over {
            return Vec::new();
        }
        let arms = match &command {
            Command::Configure { config, .. } => config.arms.len(),
            Command::Resume { .. } if self.cores > 1 => buffers
                .first()
                .and_then(|file| arms_of_checkpoint(&file.bytes()))
                .unwrap_or(1),
            Command::Resume { .. } => 1,
            _ => 0,
        };
        self.inbox.push_back(Waiting {
            command,
            buffers,
            arms,
        });
        self.pump(now);
        std::mem::take(&mut self.out.0)
    }

    /// Takes an event of a worker.
    pub fn hear(
        &mut self,
        worker: usize,
        event: Event,
        buffers: Vec<B>,
        now: f64,
    ) -> Vec<Action<B>> {
        if !self.over
            && self
                .workers
                .get(worker)
                .is_some_and(|it| *it != Standing::Gone)
        {
            self.take(worker, event, buffers, now);
            self.pump(now);
        }
        std::mem::take(&mut self.out.0)
    }

    /// A worker has died, or does not come. Where something depends on it, the whole engine has
    /// failed: then the page is told so, in these words.
    pub fn lose(
        &mut self,
        worker: usize,
        message: String,
        kept: String,
        now: f64,
    ) -> Vec<Action<B>> {
        if !self.over
            && self
                .workers
                .get(worker)
                .is_some_and(|it| *it != Standing::Gone)
        {
            let failed = Event::Failed {
                run: None,
                fault: Fault::Other,
                message,
                kept,
            };
            self.lost(worker, failed);
            self.pump(now);
        }
        std::mem::take(&mut self.out.0)
    }

    /// Whether a worker was started and has not said yet that it is ready.
    pub fn is_loading(&self, worker: usize) -> bool {
        self.workers.get(worker) == Some(&Standing::Loading)
    }

    /// Workers that were started and not lost.
    fn alive(&self) -> impl Iterator<Item = usize> {
        let all = self.workers.iter().enumerate();
        all.filter(|(_, it)| **it != Standing::Gone)
            .map(|(worker, _)| worker)
    }

    fn lost(&mut self, worker: usize, failed: Event) {
        let needed = [&self.run, &self.next]
            .into_iter()
            .flatten()
            .any(|run| run.has(worker));
        if worker == LEAD || needed {
            self.over = true;
            self.out.emit(failed, Vec::new());
            return;
        }
        // A spare one: the others do without it.
        self.workers[worker] = Standing::Gone;
        self.out.0.push(Action::Stop { worker });
        self.memory_of(worker, None, None);
    }

    /// Carries out what can be carried out now.
    fn pump(&mut self, now: f64) {
        while !self.over
            && let Some(front) = self.inbox.front()
        {
            let arms = front.arms;
            if arms > 0 {
                let leaves = self.run.as_ref().is_some_and(Together::owes_file);
                if !self.gather(arms) || leaves {
                    return;
                }
            }
            let Some(waiting) = self.inbox.pop_front() else {
                return;
            };
            self.carry_out(waiting, now);
        }
    }

    /// Whether as many workers as a run with so many arms can use are ready; starts those that are
    /// missing.
    fn gather(&mut self, arms: usize) -> bool {
        if self.kind != Some(DeviceKind::Cpu) {
            return true;
        }
        let wanted = arms.min(self.cores);
        while self.workers.len() < self.cores && self.alive().count() < wanted {
            let worker = self.workers.len();
            self.workers.push(Standing::Loading);
            self.out.0.push(Action::Start { worker });
            let device = DevicePreference::Cpu;
            self.out.send(worker, Command::Open { device }, Vec::new());
            for (command, buffers) in &self.given {
                let buffers = buffers.iter().map(Buffer::copied).collect();
                self.out.send(worker, command.clone(), buffers);
            }
        }
        let loading = |worker: usize| self.workers[worker] == Standing::Loading;
        !self.alive().take(wanted).any(loading)
    }

    fn carry_out(&mut self, waiting: Waiting<B>, now: f64) {
        let Waiting {
            command,
            buffers,
            arms,
        } = waiting;
        match command {
            Command::Configure { run, config } => {
                if let Some(next) = self.seats(run, arms) {
                    for (worker, arms) in next.seats() {
                        let config = config.clone();
                        let command = Command::ConfigureArms { run, config, arms };
                        self.out.send(worker, command, Vec::new());
                    }
                    self.next = Some(next);
                } else {
                    self.out
                        .send(LEAD, Command::Configure { run, config }, buffers);
                }
            }
            Command::Resume { run } => {
                if let Some(next) = self.seats(run, arms) {
                    for (worker, arms) in next.seats() {
                        let file = buffers.iter().map(Buffer::copied).collect();
                        self.out
                            .send(worker, Command::ResumeArms { run, arms }, file);
                    }
                    self.next = Some(next);
                } else {
                    self.out.send(LEAD, Command::Resume { run }, buffers);
                }
            }
            Command::SetImages { .. } | Command::SetDigits { .. } => self.give(command, buffers),
            Command::Play { run }
            | Command::PlayUntil { run, .. }
            | Command::Pause { run }
            | Command::Step { run }
            | Command::Tune { run, .. }
            | Command::Checkpoint { run, .. } => {
                if self.together(run).is_some() {
                    self.order(run, command, now);
                } else {
                    self.pass_on(run, LEAD, command, buffers);
                }
            }
            Command::Inspect { run, arm, .. }
            | Command::Microscope { run, arm, .. }
            | Command::Batch { run, arm, .. }
            | Command::Export { run, arm, .. } => {
                let together = self.together(run);
                let worker = together.and_then(|it| it.worker_of(arm)).unwrap_or(LEAD);
                self.pass_on(run, worker, command, buffers);
            }
            Command::Samples { run, .. } => self.pass_on(run, LEAD, command, buffers),
            Command::Profile { run, .. } => self.pass_on(run, LEAD, command, buffers),
            Command::Memory { request } => self.ask_for_memory(request),
            Command::Open { .. }
            | Command::ConfigureArms { .. }
            | Command::ResumeArms { .. }
            | Command::Bench { .. }
            | Command::Check { .. } => self.out.send(LEAD, command, buffers),
        }
    }

    /// Who trains what of a run with so many arms; `None` where the lead does it alone.
    fn seats(&mut self, run: RunId, arms: usize) -> Option<Together<B>> {
        if let Some(before) = self.next.take() {
            self.retire(before.id());
        }
        if self.kind != Some(DeviceKind::Cpu) {
            return None;
        }
        let workers: Vec<usize> = self.alive().take(arms.min(self.cores)).collect();
        (workers.len() > 1).then(|| Together::new(run, arms, &workers))
    }

    /// Gives all workers the visitor's images, or the digits.
    fn give(&mut self, command: Command, buffers: Vec<B>) {
        let others: Vec<usize> = self.alive().filter(|worker| *worker != LEAD).collect();
        for worker in others {
            let copies = buffers.iter().map(Buffer::copied).collect();
            self.out.send(worker, command.clone(), copies);
        }
        let on_gpu = self.kind == Some(DeviceKind::Gpu);
        if self.workers.len() < self.cores && !on_gpu {
            let copies = buffers.iter().map(Buffer::copied).collect();
            let kind = std::mem::discriminant(&command);
            self.given
                .retain(|(given, _)| std::mem::discriminant(given) != kind);
            self.given.push((command.clone(), copies));
        } else {
            self.given.clear();
        }
        self.out.send(LEAD, command, buffers);
    }

    fn pass_on(&mut self, run: RunId, worker: usize, command: Command, buffers: Vec<B>) {
        if !self.past.contains(&run) {
            self.out.send(worker, command, buffers);
        }
    }

    /// The run with this id, if several workers train it.
    fn together(&self, run: RunId) -> Option<&Together<B>> {
        let mut runs = [&self.next, &self.run].into_iter().flatten();
        runs.find(|it| it.id() == run)
    }

    fn order(&mut self, run: RunId, command: Command, now: f64) {
        let mut runs = [&mut self.next, &mut self.run].into_iter().flatten();
        if let Some(together) = runs.find(|it| it.id() == run) {
            together.order(command, now, &mut self.out, &mut self.files);
        }
    }

    fn retire(&mut self, run: RunId) {
        self.past.push_back(run);
        if self.past.len() > PAST {
            self.past.pop_front();
        }
    }

    fn take(&mut self, worker: usize, event: Event, buffers: Vec<B>, now: f64) {
        match event {
            Event::Loading { .. } => {
                if worker == LEAD {
                    self.out.emit(event, buffers);
                }
            }
            Event::Ready { ref device, .. } => {
                self.workers[worker] = Standing::Ready;
                if worker == LEAD {
                    self.kind = Some(device.kind);
                    if device.kind == DeviceKind::Gpu {
                        self.given.clear();
                    }
                    self.out.emit(event, buffers);
                }
            }
            Event::Failed { run: None, .. } => self.lost(worker, event),
            Event::Warning { run, message } => self.warn(worker, run, message),
            Event::Memory {
                request,
                module,
                device,
            } => {
                if self.memories.iter().any(|it| it.request == request) {
                    self.memory_of(worker, module, device);
                } else {
                    self.out.emit(event, buffers);
                }
            }
            Event::Profile { run, .. } => {
                if let Some(run) = self.run.as_mut().filter(|it| it.id() == run) {
                    run.restart_clock(now);
                }
                self.out.emit(event, buffers);
            }
            Event::Checkpoint { request, step, .. } => {
                let asked = self.files.iter().position(|it| it.request() == request);
                match asked {
                    None => self.out.emit(event, buffers),
                    Some(at) => {
                        self.files[at].put(worker, step, buffers);
                        if self.files[at].is_complete() {
                            let files = self.files.remove(at);
                            files.hand_over(&mut self.out);
                        }
                    }
                }
            }
            Event::Started { run, .. }
            | Event::State { run, .. }
            | Event::Steps { run, .. }
            | Event::Evaluation { run, .. }
            | Event::Failed { run: Some(run), .. } => {
                self.course(worker, run, event, buffers, now);
            }
            Event::Inspection { run, .. }
            | Event::Microscope { run, .. }
            | Event::Batch { run, .. }
            | Event::Samples { run, .. }
            | Event::Weights { run, .. } => {
                if !self.past.contains(&run) {
                    self.out.emit(event, buffers);
                }
            }
            Event::Benching { .. } | Event::Benched { .. } | Event::Checked { .. } => {
                self.out.emit(event, buffers);
            }
        }
    }

    /// What happens to a run.
    fn course(&mut self, worker: usize, run: RunId, event: Event, buffers: Vec<B>, now: f64) {
        let started = matches!(event, Event::Started { .. });
        let is = |it: &Option<Together<B>>| it.as_ref().is_some_and(|it| it.id() == run);
        if is(&self.next) {
            if matches!(event, Event::Failed { .. }) {
                // The others refuse it as well: told once.
                self.next = None;
                self.retire(run);
                self.out.emit(event, buffers);
                return;
            }
            if started {
                self.replaced();
            }
            let Some(next) = &mut self.next else {
                return;
            };
            next.hear(worker, event, buffers);
            if next.has_started() {
                self.run = self.next.take();
                if let Some(run) = &mut self.run {
                    run.begin(now, &mut self.out, &mut self.files);
                }
            }
        } else if let Some(together) = self.run.as_mut().filter(|it| it.id() == run) {
            if let Event::Failed { fault, message, .. } = event {
                self.files.retain(|files| files.run() != run);
                together.fail(worker, (fault, message), now, &mut self.out);
            } else {
                together.hear(worker, event, buffers);
                together.advance(now, &mut self.out, &mut self.files);
            }
        } else if self.past.contains(&run) {
            if started {
                self.replaced();
            }
        } else if worker == LEAD {
            if started {
                self.replaced();
            }
            self.out.emit(event, buffers);
        }
    }

    /// A worker has begun another run: the one in hand is no more.
    fn replaced(&mut self) {
        if let Some(before) = self.run.take() {
            self.retire(before.id());
        }
    }

    /// Every worker warns of what was said to all: once is enough.
    fn warn(&mut self, worker: usize, run: Option<RunId>, message: String) {
        if run.is_some_and(|run| self.past.contains(&run)) {
            return;
        }
        if let Some((about, said, by)) = &mut self.warned
            && *about == run
            && *said == message
            && by.insert(worker)
        {
            return;
        }
        self.warned = Some((run, message.clone(), BTreeSet::from([worker])));
        self.out.emit(Event::Warning { run, message }, Vec::new());
    }

    /// Asks every worker that is there for its memory.
    fn ask_for_memory(&mut self, request: RequestId) {
        let ready = |worker: &usize| self.workers[*worker] == Standing::Ready;
        let asked: BTreeSet<usize> = self.alive().filter(ready).collect();
        for &worker in &asked {
            self.out
                .send(worker, Command::Memory { request }, Vec::new());
        }
        if asked.len() > 1 {
            self.memories.push(Memories {
                request,
                waits_for: asked,
                module: None,
                device: None,
            });
        }
    }

    /// Adds what a worker says, or what one that is gone does not, and tells of the whole.
    fn memory_of(&mut self, worker: usize, module: Option<u64>, device: Option<DeviceMemory>) {
        for waiting in &mut self.memories {
            if waiting.waits_for.remove(&worker) {
                let both = |a: u64, b: u64| a + b;
                waiting.module = merged(waiting.module, module, both);
                waiting.device = merged(waiting.device, device, |a, b| DeviceMemory {
                    in_use: a.in_use + b.in_use,
                    reserved: a.reserved + b.reserved,
                });
            }
        }
        while let Some(at) = self.memories.iter().position(|it| it.waits_for.is_empty()) {
            let Memories {
                request,
                module,
                device,
                ..
            } = self.memories.remove(at);
            let event = Event::Memory {
                request,
                module,
                device,
            };
            self.out.emit(event, Vec::new());
        }
    }
}

/// Both together, or the one that is known.
fn merged<T>(a: Option<T>, b: Option<T>, both: impl Fn(T, T) -> T) -> Option<T> {
    match (a, b) {
        (Some(a), Some(b)) => Some(both(a, b)),
        (a, b) => a.or(b),
    }
}
