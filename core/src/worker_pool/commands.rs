//! Commands of the page: to which workers each goes, and when.

use std::collections::BTreeSet;

use super::action::{Action, Buffer};
use super::merge::SharedRun;
use super::pool::{GivenData, PRIMARY, QueuedCommand, WorkerPool, WorkerState};
use crate::protocol::{Command, DeviceKind, DevicePreference, RunId};

/// How many runs that were replaced are remembered, so that their late events are dropped.
const PAST: usize = 16;

impl<B: Buffer> WorkerPool<B> {
    /// Carries out what can be carried out now.
    pub(super) fn pump(&mut self, now: f64) {
        while !self.over
            && let Some(front) = self.inbox.front()
        {
            let arms = front.arms;
            if arms > 0 {
                let leaves = self.run.as_ref().is_some_and(SharedRun::owes_file);
                if !self.start_workers(arms) || leaves {
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
    pub(super) fn start_workers(&mut self, arms: usize) -> bool {
        if self.kind != Some(DeviceKind::Cpu) {
            return true;
        }
        let wanted = arms.min(self.cores);
        while self.alive().count() < wanted
            && let Some(worker) = self.free_place()
        {
            self.start_worker(worker);
        }
        let loading = |worker: usize| self.workers[worker] == WorkerState::Loading;
        !self.alive().take(wanted).any(loading)
    }

    /// Starts a worker on the processor.
    pub(super) fn start_worker(&mut self, worker: usize) {
        self.workers[worker] = WorkerState::Loading;
        self.out.0.push(Action::Start { worker });
        let device = DevicePreference::Cpu;
        self.out.send(worker, Command::Open { device }, Vec::new());
    }

    /// The number of a worker that can be started, if there may be one more.
    pub(super) fn free_place(&mut self) -> Option<usize> {
        let is_stopped = |state: &WorkerState| *state == WorkerState::Stopped;
        if let Some(place) = self.workers.iter().position(is_stopped) {
            return Some(place);
        }
        let place = self.workers.len();
        (place < self.cores).then(|| {
            self.workers.push(WorkerState::Stopped);
            place
        })
    }

    pub(super) fn carry_out(&mut self, waiting: QueuedCommand<B>, now: f64) {
        let QueuedCommand {
            command,
            buffers,
            arms,
        } = waiting;
        match command {
            Command::Configure { run, config } => {
                if let Some(next) = self.assignments(run, arms) {
                    for (worker, arms) in next.assignments() {
                        self.send_given_data(worker);
                        let config = config.clone();
                        let command = Command::ConfigureArms { run, config, arms };
                        self.out.send(worker, command, Vec::new());
                    }
                    self.next = Some(next);
                } else {
                    self.out
                        .send(PRIMARY, Command::Configure { run, config }, buffers);
                }
            }
            Command::Resume { run } => {
                if let Some(next) = self.assignments(run, arms) {
                    for (worker, arms) in next.assignments() {
                        self.send_given_data(worker);
                        let file = buffers.iter().map(Buffer::copied).collect();
                        self.out
                            .send(worker, Command::ResumeArms { run, arms }, file);
                    }
                    self.next = Some(next);
                } else {
                    self.out.send(PRIMARY, Command::Resume { run }, buffers);
                }
            }
            Command::SetImages { .. }
            | Command::SetTrainingImages { .. }
            | Command::SetPresetPictures { .. }
            | Command::SetBackbone { .. } => self.share_data(command, buffers),
            Command::Play { run }
            | Command::PlayUntil { run, .. }
            | Command::Pause { run }
            | Command::Step { run }
            | Command::Tune { run, .. }
            | Command::Checkpoint { run, .. } => {
                if self.shared_run(run).is_some() {
                    self.command_run(run, command, now);
                } else {
                    self.forward(run, PRIMARY, command, buffers);
                }
            }
            Command::Inspect { run, arm, .. }
            | Command::Predict { run, arm, .. }
            | Command::Microscope { run, arm, .. }
            | Command::Batch { run, arm, .. }
            | Command::Export { run, arm, .. } => {
                let together = self.shared_run(run);
                let worker = together.and_then(|it| it.worker_of(arm)).unwrap_or(PRIMARY);
                self.forward(run, worker, command, buffers);
            }
            Command::Samples { run, .. } => self.forward(run, PRIMARY, command, buffers),
            Command::Profile { run, .. } => self.forward(run, PRIMARY, command, buffers),
            Command::Memory { request } => self.ask_for_memory(request),
            Command::Open { .. }
            | Command::ConfigureArms { .. }
            | Command::ResumeArms { .. }
            | Command::Bench { .. }
            | Command::Check { .. } => self.out.send(PRIMARY, command, buffers),
        }
    }

    /// Who trains what of a run with so many arms; `None` where the primary worker trains it alone.
    pub(super) fn assignments(&mut self, run: RunId, arms: usize) -> Option<SharedRun<B>> {
        if let Some(before) = self.next.take() {
            self.retire(before.id());
        }
        if self.kind != Some(DeviceKind::Cpu) {
            return None;
        }
        let workers: Vec<usize> = self.alive().take(arms.min(self.cores)).collect();
        (workers.len() > 1).then(|| SharedRun::new(run, arms, &workers))
    }

    /// Gives the primary worker the visitor's images, the pictures of presets, or the weights of a
    /// backbone, and keeps them for the others.
    pub(super) fn share_data(&mut self, command: Command, buffers: Vec<B>) {
        self.given
            .retain(|given| !replaces(&command, &given.command));
        if self.cores > 1 && self.kind != Some(DeviceKind::Gpu) {
            self.given.push(GivenData {
                command: command.clone(),
                buffers: buffers.iter().map(Buffer::copied).collect(),
                sent_to: BTreeSet::new(),
            });
        }
        self.out.send(PRIMARY, command, buffers);
    }

    /// Sends a worker what it has not been given yet.
    fn send_given_data(&mut self, worker: usize) {
        if worker == PRIMARY {
            return;
        }
        for given in &mut self.given {
            if given.sent_to.insert(worker) {
                let buffers = given.buffers.iter().map(Buffer::copied).collect();
                self.out.send(worker, given.command.clone(), buffers);
            }
        }
    }

    pub(super) fn forward(&mut self, run: RunId, worker: usize, command: Command, buffers: Vec<B>) {
        if !self.past.contains(&run) {
            self.out.send(worker, command, buffers);
        }
    }

    /// The run with this id, if several workers train it.
    pub(super) fn shared_run(&self, run: RunId) -> Option<&SharedRun<B>> {
        let mut runs = [&self.next, &self.run].into_iter().flatten();
        runs.find(|it| it.id() == run)
    }

    pub(super) fn command_run(&mut self, run: RunId, command: Command, now: f64) {
        let mut runs = [&mut self.next, &mut self.run].into_iter().flatten();
        if let Some(together) = runs.find(|it| it.id() == run) {
            together.order(command, now, &mut self.out, &mut self.files);
        }
    }

    pub(super) fn retire(&mut self, run: RunId) {
        self.past.push_back(run);
        if self.past.len() > PAST {
            self.past.pop_front();
        }
    }
}

/// Whether what one command gives takes the place of what another gave.
fn replaces(new: &Command, old: &Command) -> bool {
    match (new, old) {
        (
            Command::SetPresetPictures { pictures: new },
            Command::SetPresetPictures { pictures: old },
        ) => new.file() == old.file(),
        // What was said of other images.
        (Command::SetImages { .. }, Command::SetTrainingImages { .. }) => true,
        _ => std::mem::discriminant(new) == std::mem::discriminant(old),
    }
}
