//! One run, trained by several workers: how far each may go, and what they say put together.
//!
//! Workers are told how far to train, a few steps beyond the slowest, so that none runs away and a
//! pause is heard soon. Whatever concerns all arms at once (pause, other settings, a checkpoint)
//! waits until all stand where they were last told to go.

mod records;

use std::collections::VecDeque;

use super::action::{Actions, Buffer};
use super::checkpoint_parts::CheckpointParts;
use crate::protocol::{
    Command, EvaluationRecord, Event, Fault, RunId, RunInfo, RunState, StepRecord, saved_up_to,
};

/// The slowest worker is never told to go further than this takes, in milliseconds: a pause waits
/// that long.
const AHEAD_MS: f64 = 100.0;
/// Nor fewer steps than this, so that no worker waits for a message.
const FEWEST: f64 = 2.0;
/// Nor more than this.
const MOST: f64 = 64.0;

/// A worker's part in a run.
#[derive(Debug)]
struct Part<B> {
    worker: usize,
    /// Its arms, in ascending order.
    arms: Vec<usize>,
    started: Option<(RunInfo, Vec<B>)>,
    /// Steps that it has told of.
    step: u64,
    /// The step of its last evaluation.
    evaluated: u64,
    records: VecDeque<StepRecord>,
    evaluations: VecDeque<(EvaluationRecord, Vec<B>)>,
}

/// A run that several workers train.
#[derive(Debug)]
pub(super) struct SharedRun<B> {
    id: RunId,
    arms: usize,
    parts: Vec<Part<B>>,
    state: RunState,
    steps_per_epoch: u64,
    total: u64,
    /// Steps made by all and told.
    step: u64,
    /// How far all may go.
    granted: u64,
    /// How far to go in all.
    limit: u64,
    /// A single step is being made.
    stepping: bool,
    orders: VecDeque<Command>,
    clock: f64,
    step_ms: Option<f64>,
}

impl<B: Buffer> SharedRun<B> {
    /// Deals the arms out to the workers in turns.
    pub(super) fn new(id: RunId, arms: usize, workers: &[usize]) -> Self {
        let parts = workers.iter().enumerate().map(|(seat, &worker)| Part {
            worker,
            arms: (seat..arms).step_by(workers.len()).collect(),
            started: None,
            step: 0,
            evaluated: 0,
            records: VecDeque::new(),
            evaluations: VecDeque::new(),
        });
        Self {
            id,
            arms,
            parts: parts.collect(),
            state: RunState::Ready,
            steps_per_epoch: 1,
            total: 0,
            step: 0,
            granted: 0,
            limit: u64::MAX,
            stepping: false,
            orders: VecDeque::new(),
            clock: 0.0,
            step_ms: None,
        }
    }

    pub(super) fn id(&self) -> RunId {
        self.id
    }

    /// Each worker with its arms.
    pub(super) fn assignments(&self) -> impl Iterator<Item = (usize, Vec<usize>)> {
        let parts = self.parts.iter();
        parts.map(|part| (part.worker, part.arms.clone()))
    }

    pub(super) fn has(&self, worker: usize) -> bool {
        self.parts.iter().any(|part| part.worker == worker)
    }

    pub(super) fn worker_of(&self, arm: usize) -> Option<usize> {
        let part = self.parts.iter().find(|part| part.arms.contains(&arm))?;
        Some(part.worker)
    }

    pub(super) fn has_started(&self) -> bool {
        self.parts.iter().all(|part| part.started.is_some())
    }

    /// Whether a checkpoint was asked for that the workers have not heard of yet.
    pub(super) fn owes_file(&self) -> bool {
        let is_file = |order: &Command| matches!(order, Command::Checkpoint { .. });
        self.orders.iter().any(is_file)
    }

    pub(super) fn restart_clock(&mut self, now: f64) {
        self.clock = now;
    }

    /// Takes in what a worker says. [`Self::begin`] or [`Self::advance`] follows.
    pub(super) fn handle_event(&mut self, worker: usize, event: Event, buffers: Vec<B>) {
        let Some(part) = self.parts.iter_mut().find(|part| part.worker == worker) else {
            return;
        };
        match event {
            Event::Started { info, step, .. } => {
                part.started = Some((info, buffers));
                part.step = step;
            }
            Event::Steps { records, .. } => {
                part.step = records.last().map_or(part.step, |last| last.step);
                part.records.extend(records);
            }
            Event::Evaluation { record, .. } => {
                part.evaluated = record.step;
                part.evaluations.push_back((record, buffers));
            }
            // What a worker's own part is doing says nothing of the whole.
            _ => {}
        }
    }

    /// All have started.
    pub(super) fn begin(
        &mut self,
        now: f64,
        out: &mut Actions<B>,
        files: &mut Vec<CheckpointParts<B>>,
    ) {
        let step = self.parts.first().map_or(0, |part| part.step);
        let started = self.parts.first_mut().and_then(|part| part.started.take());
        let Some((info, labels)) = started else {
            return;
        };
        self.steps_per_epoch = info.steps_per_epoch.max(1);
        self.total = info.total_steps;
        self.step = step;
        self.granted = step;
        self.clock = now;
        let event = Event::Started {
            run: self.id,
            info,
            step,
        };
        out.emit(event, labels);
        let state = match step {
            0 => RunState::Ready,
            _ if step >= self.total => RunState::Done,
            _ => RunState::Paused,
        };
        self.set_state(state, out);
        self.advance(now, out, files);
    }

    /// Takes a command that concerns all arms.
    pub(super) fn order(
        &mut self,
        command: Command,
        now: f64,
        out: &mut Actions<B>,
        files: &mut Vec<CheckpointParts<B>>,
    ) {
        if self.state == RunState::Failed {
            return;
        }
        self.orders.push_back(command);
        self.advance(now, out, files);
    }

    /// Tells what all have made, carries out what waited for all, and lets the workers go on.
    pub(super) fn advance(
        &mut self,
        now: f64,
        out: &mut Actions<B>,
        files: &mut Vec<CheckpointParts<B>>,
    ) {
        if self.state == RunState::Failed || self.total == 0 {
            return;
        }
        self.report_steps(now, out);
        self.report_evaluations(now, out);
        while self.is_settled() {
            if self.granted >= self.total {
                self.stepping = false;
                if self.state != RunState::Done {
                    self.set_state(RunState::Done, out);
                }
            } else if self.stepping {
                self.stepping = false;
                self.set_state(RunState::Paused, out);
            }
            let Some(order) = self.orders.pop_front() else {
                break;
            };
            self.carry_out(order, now, out, files);
        }
        if self.state == RunState::Training && self.orders.is_empty() {
            self.extend_grant(out);
        }
    }

    /// A worker's part has failed: the others stop as well.
    pub(super) fn fail(
        &mut self,
        worker: usize,
        (fault, message): (Fault, String),
        now: f64,
        out: &mut Actions<B>,
    ) {
        if self.state == RunState::Failed {
            return;
        }
        self.report_steps(now, out);
        self.report_evaluations(now, out);
        self.state = RunState::Failed;
        self.orders.clear();
        for part in &self.parts {
            if part.worker != worker {
                out.send(part.worker, Command::Pause { run: self.id }, Vec::new());
            }
        }
        let event = Event::Failed {
            run: Some(self.id),
            fault,
            message,
            kept: saved_up_to(self.step),
        };
        out.emit(event, Vec::new());
    }

    /// Whether all stand where they were told to go, and nothing more will come of it.
    fn is_settled(&self) -> bool {
        let due = self.granted > 0 && self.granted.is_multiple_of(self.steps_per_epoch);
        let mut parts = self.parts.iter();
        parts.all(|part| part.step == self.granted && (!due || part.evaluated == self.granted))
    }

    fn carry_out(
        &mut self,
        order: Command,
        now: f64,
        out: &mut Actions<B>,
        files: &mut Vec<CheckpointParts<B>>,
    ) {
        let over = self.state == RunState::Done;
        match order {
            Command::Play { .. } if !over => self.play(u64::MAX, now, out),
            Command::PlayUntil { step, .. } if !over => self.play(step, now, out),
            Command::Pause { .. } if self.state == RunState::Training => {
                self.set_state(RunState::Paused, out);
            }
            Command::Step { .. } if !over => {
                self.clock = now;
                self.stepping = true;
                self.grant(self.granted + 1, out);
            }
            Command::Tune { .. } => {
                for part in &self.parts {
                    out.send(part.worker, order.clone(), Vec::new());
                }
            }
            Command::Checkpoint { request, .. } => {
                let parts = self.parts.iter().map(|part| (part.worker, None));
                files.push(CheckpointParts {
                    request,
                    run: self.id,
                    parts: parts.collect(),
                });
                for part in &self.parts {
                    out.send(part.worker, order.clone(), Vec::new());
                }
            }
            _ => {}
        }
    }

    fn play(&mut self, limit: u64, now: f64, out: &mut Actions<B>) {
        self.limit = limit;
        if self.state != RunState::Training {
            self.clock = now;
            self.set_state(RunState::Training, out);
        }
    }

    /// Lets the workers go a little further than the slowest has come.
    fn extend_grant(&mut self, out: &mut Actions<B>) {
        let ahead = (AHEAD_MS / self.step_ms.unwrap_or(AHEAD_MS)).clamp(FEWEST, MOST) as u64;
        let slowest = self.parts.iter().map(|part| part.step).min().unwrap_or(0);
        let to = (slowest + ahead).min(self.limit).min(self.total);
        // Not at every step: a message for each would be too many.
        if to > self.granted && 2 * (self.granted - slowest) <= ahead {
            self.grant(to, out);
        }
    }

    fn grant(&mut self, step: u64, out: &mut Actions<B>) {
        self.granted = step;
        for part in &self.parts {
            let command = Command::PlayUntil { run: self.id, step };
            out.send(part.worker, command, Vec::new());
        }
    }

    fn set_state(&mut self, state: RunState, out: &mut Actions<B>) {
        self.state = state;
        let run = self.id;
        out.emit(Event::State { run, state }, Vec::new());
    }
}
