//! Events of the workers: passed on, merged, or dropped where they are of a run that was replaced.

use std::collections::BTreeSet;

use super::action::{Action, Buffer};
use super::merge::SharedRun;
use super::pool::{Memories, PRIMARY, WorkerPool, WorkerState};
use crate::protocol::{Command, DeviceKind, DeviceMemory, Event, RequestId, RunId};

impl<B: Buffer> WorkerPool<B> {
    pub(super) fn handle_event(&mut self, worker: usize, event: Event, buffers: Vec<B>, now: f64) {
        match event {
            Event::Loading { .. } | Event::Compiling { .. } => {
                if worker == PRIMARY {
                    self.out.emit(event, buffers);
                }
            }
            Event::Ready { ref device, .. } => {
                self.workers[worker] = WorkerState::Ready;
                if worker == PRIMARY {
                    self.kind = Some(device.kind);
                    if device.kind == DeviceKind::Gpu {
                        self.given.clear();
                        self.stop_spare_workers();
                    }
                    self.out.emit(event, buffers);
                }
            }
            Event::Failed { run: None, .. } => self.handle_loss(worker, event),
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
                    Some(at) => self.checkpoint_part(at, worker, step, buffers),
                }
            }
            Event::Started { run, .. }
            | Event::State { run, .. }
            | Event::Steps { run, .. }
            | Event::Evaluation { run, .. }
            | Event::Failed { run: Some(run), .. } => {
                self.run_event(worker, run, event, buffers, now);
            }
            Event::Inspection { run, .. }
            | Event::Prediction { run, .. }
            | Event::Microscope { run, .. }
            | Event::Batch { run, .. }
            | Event::Samples { run, .. }
            | Event::Weights { run, .. } => {
                if !self.past.contains(&run) {
                    self.out.emit(event, buffers);
                }
            }
            Event::Preparing { run, .. } => {
                if let Some(run) = self.run.as_mut().filter(|it| it.id() == run) {
                    run.restart_clock(now);
                }
                if worker == PRIMARY && !self.past.contains(&run) {
                    self.out.emit(event, buffers);
                }
            }
            Event::BackboneRead { .. } | Event::BackboneRefused { .. } => {
                if worker == PRIMARY {
                    self.out.emit(event, buffers);
                }
            }
            Event::Benching { .. } | Event::Benched { .. } | Event::Checked { .. } => {
                self.out.emit(event, buffers);
            }
        }
    }

    /// A worker's part of a checkpoint that was asked for.
    fn checkpoint_part(&mut self, at: usize, worker: usize, step: u64, buffers: Vec<B>) {
        self.files[at].put(worker, step, buffers);
        if self.files[at].is_complete() {
            let files = self.files.remove(at);
            files.hand_over(&mut self.out);
        }
    }

    /// An event of a run: merged with those of the other workers that train it.
    pub(super) fn run_event(
        &mut self,
        worker: usize,
        run: RunId,
        event: Event,
        buffers: Vec<B>,
        now: f64,
    ) {
        let started = matches!(event, Event::Started { .. });
        let is = |it: &Option<SharedRun<B>>| it.as_ref().is_some_and(|it| it.id() == run);
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
            next.handle_event(worker, event, buffers);
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
                together.handle_event(worker, event, buffers);
                together.advance(now, &mut self.out, &mut self.files);
            }
        } else if self.past.contains(&run) {
            if started {
                self.replaced();
            }
        } else if worker == PRIMARY {
            if started {
                self.replaced();
                self.stop_spare_workers();
            }
            self.out.emit(event, buffers);
        }
    }

    /// The primary worker has begun a run that it trains alone: others would only take memory, which
    /// hundreds of photographs have better use for.
    fn stop_spare_workers(&mut self) {
        let waited_for = self.inbox.iter().any(|it| it.arms > 1);
        if self.next.is_some() || waited_for {
            return;
        }
        let spare: Vec<usize> = self.alive().filter(|worker| *worker != PRIMARY).collect();
        for worker in spare {
            self.workers[worker] = WorkerState::Stopped;
            self.out.0.push(Action::Stop { worker });
            self.memory_of(worker, None, None);
            for given in &mut self.given {
                given.sent_to.remove(&worker);
            }
        }
    }

    /// A worker has begun another run: the current one is no more.
    pub(super) fn replaced(&mut self) {
        if let Some(before) = self.run.take() {
            self.retire(before.id());
        }
    }

    /// Every worker warns of what was said to all: once is enough.
    pub(super) fn warn(&mut self, worker: usize, run: Option<RunId>, message: String) {
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
    pub(super) fn ask_for_memory(&mut self, request: RequestId) {
        let ready = |worker: &usize| self.workers[*worker] == WorkerState::Ready;
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
    pub(super) fn memory_of(
        &mut self,
        worker: usize,
        module: Option<u64>,
        device: Option<DeviceMemory>,
    ) {
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

    pub(super) fn handle_loss(&mut self, worker: usize, failed: Event) {
        let needed = [&self.run, &self.next]
            .into_iter()
            .flatten()
            .any(|run| run.has(worker));
        if worker == PRIMARY || needed {
            self.over = true;
            self.out.emit(failed, Vec::new());
            return;
        }
        // A spare one: the others do without it.
        self.workers[worker] = WorkerState::Gone;
        self.out.0.push(Action::Stop { worker });
        self.memory_of(worker, None, None);
    }
}

/// Both together, or the one that is known.
fn merged<T>(a: Option<T>, b: Option<T>, both: impl Fn(T, T) -> T) -> Option<T> {
    match (a, b) {
        (Some(a), Some(b)) => Some(both(a, b)),
        (a, b) => a.or(b),
    }
}
