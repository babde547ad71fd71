//! The state of a pool, and the three things that happen to it: a command of the page, an event of a
//! worker, the loss of a worker.

use std::collections::{BTreeSet, VecDeque};

use super::action::{Action, Actions, Buffer};
use super::checkpoint_file::workers_of_checkpoint;
use super::checkpoint_parts::CheckpointParts;
use super::merge::SharedRun;
use crate::protocol::{Command, DeviceKind, DeviceMemory, Event, Fault, RequestId, RunId};

/// Most workers: a run has no more arms.
const MOST: usize = 4;
/// The worker that is there from the start, and the only one of a GPU.
pub(super) const PRIMARY: usize = 0;

/// How a worker is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WorkerState {
    Loading,
    Ready,
    /// Ended because no run had use for it; it can be started again.
    Stopped,
    /// Lost, or never come.
    Gone,
}

/// A command that has not been carried out yet.
#[derive(Debug)]
pub(super) struct QueuedCommand<B> {
    pub(super) command: Command,
    pub(super) buffers: Vec<B>,
    /// Arms of the run that it begins; 0 for other commands.
    pub(super) arms: usize,
}

/// Data for all runs: the visitor's images, the pictures of a preset, or the weights of a backbone. The
/// primary worker has them at once, another one when it is to train a run: two copies of hundreds of
/// photographs would fill the memory of a worker that has no use for them.
#[derive(Debug)]
pub(super) struct GivenData<B> {
    pub(super) command: Command,
    pub(super) buffers: Vec<B>,
    /// The workers that have them, besides the primary one.
    pub(super) sent_to: BTreeSet<usize>,
}

/// What workers have said of their memory, until all have.
#[derive(Debug)]
pub(super) struct Memories {
    pub(super) request: RequestId,
    pub(super) waits_for: BTreeSet<usize>,
    pub(super) module: Option<u64>,
    pub(super) device: Option<DeviceMemory>,
}

/// Several workers as one engine.
#[derive(Debug)]
pub struct WorkerPool<B> {
    pub(super) cores: usize,
    pub(super) workers: Vec<WorkerState>,
    pub(super) kind: Option<DeviceKind>,
    pub(super) inbox: VecDeque<QueuedCommand<B>>,
    /// Images, pictures of presets and weights, for the workers that have not needed them yet.
    pub(super) given: Vec<GivenData<B>>,
    /// The current run, if several workers train it.
    pub(super) run: Option<SharedRun<B>>,
    /// The run that is being prepared, if several workers will train it.
    pub(super) next: Option<SharedRun<B>>,
    /// Runs that several workers have trained.
    pub(super) past: VecDeque<RunId>,
    pub(super) files: Vec<CheckpointParts<B>>,
    pub(super) memories: Vec<Memories>,
    /// The last warning, and which workers have said it.
    pub(super) warned: Option<(Option<RunId>, String, BTreeSet<usize>)>,
    pub(super) over: bool,
    pub(super) out: Actions<B>,
}

impl<B: Buffer> WorkerPool<B> {
    /// A pool of one worker, number 0, which must have been started; others are asked for when a
    /// run has use for them, at most one for each of so many processor cores.
    pub fn new(cores: usize) -> Self {
        Self {
            cores: cores.clamp(1, MOST),
            workers: vec![WorkerState::Loading],
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
    pub fn command(&mut self, command: Command, buffers: Vec<B>, now: f64) -> Vec<Action<B>> {
        if self.over {
            return Vec::new();
        }
        let arms = match &command {
            // Each worker would compute and keep the features of all images, and a head costs little.
            Command::Configure { config, .. } if config.network.trains_head_alone() => 1,
            Command::Configure { config, .. } => config.arms.len(),
            Command::Resume { .. } if self.cores > 1 => buffers
                .first()
                .and_then(|file| workers_of_checkpoint(&file.bytes()))
                .unwrap_or(1),
            Command::Resume { .. } => 1,
            _ => 0,
        };
        self.inbox.push_back(QueuedCommand {
            command,
            buffers,
            arms,
        });
        self.pump(now);
        std::mem::take(&mut self.out.0)
    }

    /// Starts a second worker before a run has use for it, which saves that run the wait. It is stopped again where
    /// the device is a GPU or the run has one arm.
    pub fn start_second(&mut self) -> Vec<Action<B>> {
        if !self.over
            && self.workers.len() == 1
            && let Some(worker) = self.free_place()
        {
            self.start_worker(worker);
        }
        std::mem::take(&mut self.out.0)
    }

    /// Takes an event of a worker.
    pub fn event(
        &mut self,
        worker: usize,
        event: Event,
        buffers: Vec<B>,
        now: f64,
    ) -> Vec<Action<B>> {
        if !self.over && self.is_there(worker) {
            self.handle_event(worker, event, buffers, now);
            self.pump(now);
        }
        std::mem::take(&mut self.out.0)
    }

    /// A worker has died, or does not come. Where something depends on it, the whole engine has
    /// failed: then the page is told so, in these words.
    pub fn worker_lost(
        &mut self,
        worker: usize,
        message: String,
        kept: String,
        now: f64,
    ) -> Vec<Action<B>> {
        if !self.over && self.is_there(worker) {
            let failed = Event::Failed {
                run: None,
                fault: Fault::Other,
                message,
                kept,
            };
            self.handle_loss(worker, failed);
            self.pump(now);
        }
        std::mem::take(&mut self.out.0)
    }

    /// Whether a worker was started and has not said yet that it is ready.
    pub fn is_loading(&self, worker: usize) -> bool {
        self.workers.get(worker) == Some(&WorkerState::Loading)
    }

    /// Workers that were started and are neither stopped nor lost.
    pub(super) fn alive(&self) -> impl Iterator<Item = usize> {
        (0..self.workers.len()).filter(|&worker| self.is_there(worker))
    }

    fn is_there(&self, worker: usize) -> bool {
        let state = self.workers.get(worker);
        matches!(state, Some(WorkerState::Loading | WorkerState::Ready))
    }
}
