//! The state machine of a sweep: events of its engine in, commands to it out. It sends nothing itself
//! and reads no clock, so it is tested without a browser.

mod held;
mod outcome;
mod phase;
mod progress;
#[cfg(test)]
pub(crate) mod tests;
mod workers;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use rsc_core::protocol::{
    Command, DevicePreference, EvaluationRecord, Event, RunId, RunInfo, RunState,
};

use self::held::Held;
use self::phase::Clock;
pub(crate) use self::phase::Phase;
use crate::runs::model::{Evaluation, RunRecord};
use crate::sweep::model::results::Results;
use crate::sweep::model::{Cell, CellValue, Job, Measure, Outcome, Plan};
use crate::training::model::curves::{CURVES, values};
use crate::training::model::trace::Trace;

/// A run that is trained.
#[derive(Debug, Clone)]
struct Current {
    run: RunId,
    /// Which of the workers trains it.
    worker: usize,
    job: Job,
    /// Whether it trains the challenged arm only, since another run has its other arms.
    alone: bool,
    started: bool,
    /// When its first step was made.
    begun: Option<f64>,
    step: u64,
    total: u64,
    step_ms: f64,
    trace: Trace<CURVES>,
    evaluations: Vec<Evaluation>,
    latest: Option<EvaluationRecord>,
}

/// A sweep and what came of it so far.
#[derive(Debug, Clone)]
pub(crate) struct Machine {
    /// What tells it from others.
    pub(crate) id: f64,
    /// What it runs.
    pub(crate) plan: Plan,
    /// What it is doing.
    pub(crate) phase: Phase,
    /// What came of it.
    pub(crate) results: Results,
    /// Its runs as the list would remember them, but for name and id.
    pub(crate) records: BTreeMap<Job, RunRecord>,
    /// The device it runs on.
    pub(crate) device: Option<String>,
    /// The arms' names and the domains.
    pub(crate) info: Option<RunInfo>,
    /// Number of runs.
    pub(crate) runs: usize,
    refusals: BTreeMap<Cell, String>,
    /// Number of training images where they are the visitor's and known.
    pub(crate) own: Option<usize>,
    /// What tells the visitor's images that it began with from others.
    pub(crate) images: String,
    waiting: VecDeque<Job>,
    /// One for each worker that is not idle.
    running: Vec<Current>,
    /// Runs that are over, but whose other arms are still being trained by another run.
    held: Vec<Held>,
    /// Workers that wait for a run.
    idle: BTreeSet<usize>,
    run: RunId,
    clock: Clock,
    /// Work done since the clock began, in the units of `estimate`.
    worked: f64,
    /// What the date is, in milliseconds since 1970.
    pub(crate) today: f64,
}

impl Machine {
    /// A sweep that has not begun. `id` is when that was, in milliseconds since 1970; `own` is the
    /// number of training images where they are the visitor's and known.
    pub(crate) fn new(id: f64, plan: Plan, own: Option<usize>) -> Self {
        let refusals = plan
            .cells()
            .filter_map(|cell| Some((cell, plan.refusal(cell)?)))
            .collect();
        Self {
            id,
            phase: Phase::Stopped,
            results: Results::default(),
            records: BTreeMap::new(),
            device: None,
            info: None,
            runs: plan.jobs().len(),
            refusals,
            own,
            images: String::new(),
            waiting: VecDeque::new(),
            running: Vec::new(),
            held: Vec::new(),
            idle: BTreeSet::new(),
            run: 0,
            clock: Clock::default(),
            worked: 0.0,
            today: id,
            plan,
        }
    }

    /// Begins, or goes on after a stop with what is missing.
    pub(crate) fn open(&mut self, device: DevicePreference) -> Vec<Command> {
        let missing = |job: &Job| self.results.get(*job).is_none();
        self.waiting = self.plan.jobs().into_iter().filter(missing).collect();
        self.running.clear();
        self.held.clear();
        self.idle.clear();
        if self.waiting.is_empty() {
            self.phase = Phase::Done;
            return Vec::new();
        }
        self.phase = Phase::Opening;
        vec![Command::Open { device }]
    }

    /// Takes in an event. What is not about a run that is trained is stale.
    pub(crate) fn handle_event(&mut self, event: &Event, now: f64) -> Vec<Command> {
        if !self.phase.active() {
            return Vec::new();
        }
        match event {
            Event::Ready { device, .. } if self.phase == Phase::Opening => {
                self.device = Some(device.name.clone());
                self.phase = Phase::Running;
                self.clock.start(now);
                self.idle.insert(0);
                return self.next(now);
            }
            Event::Failed {
                run: None, message, ..
            } => self.crash(message.clone(), now),
            Event::Failed {
                run: Some(run),
                message,
                ..
            } => return self.finish_run(*run, Outcome::Failed(message.clone()), now),
            Event::Started { run, info, .. } => {
                let Some(current) = self.training(*run) else {
                    return Vec::new();
                };
                current.started = true;
                current.total = info.total_steps;
                let arms = self.plan.base.arms.len();
                if self.info.is_none() || info.arms.len() == arms {
                    self.info = Some(info.clone());
                }
                if self.phase == Phase::Running {
                    return vec![Command::Play { run: *run }];
                }
            }
            Event::Steps {
                run,
                records,
                step_ms,
            } => {
                if let (Some(current), Some(last)) = (self.training(*run), records.last()) {
                    current.begun.get_or_insert(now);
                    current.step = last.step;
                    current.step_ms = *step_ms;
                    for record in records {
                        current.trace.push(record.step as f64, values(record));
                    }
                }
            }
            Event::Evaluation { run, record } => {
                if let Some(current) = self.training(*run) {
                    current.evaluations.push(Evaluation::from(record));
                    let mut record = record.clone();
                    // Long, and shown nowhere here.
                    for arm in &mut record.arms {
                        arm.usage.curve = Vec::new();
                    }
                    current.latest = Some(record);
                }
            }
            Event::State {
                run,
                state: RunState::Done,
            } => {
                let latest = self.training(*run).and_then(|it| it.latest.clone());
                let outcome = latest.map_or_else(
                    || Outcome::Failed(text!("sweep.no-evaluation").to_owned()),
                    Outcome::Measured,
                );
                return self.finish_run(*run, outcome, now);
            }
            _ => {}
        }
        Vec::new()
    }

    fn training(&mut self, run: RunId) -> Option<&mut Current> {
        self.running.iter_mut().find(|current| current.run == run)
    }

    /// One of its runs that is over.
    pub(crate) fn record(&self, job: Job) -> Option<&RunRecord> {
        self.records.get(&job)
    }

    fn finish_if_empty(&mut self, now: f64) {
        if self.waiting.is_empty() && self.running.is_empty() && self.held.is_empty() {
            self.phase = Phase::Done;
            self.clock.stop(now);
        }
    }

    /// Holds after the present steps.
    pub(crate) fn pause(&mut self, now: f64) -> Vec<Command> {
        if self.phase != Phase::Running {
            return Vec::new();
        }
        self.phase = Phase::Paused;
        self.clock.stop(now);
        let started = self.running.iter().filter(|current| current.started);
        started
            .map(|current| Command::Pause { run: current.run })
            .collect()
    }

    /// Goes on after a pause.
    pub(crate) fn resume(&mut self, now: f64) -> Vec<Command> {
        if self.phase != Phase::Paused {
            return Vec::new();
        }
        self.phase = Phase::Running;
        self.clock.start(now);
        // What is still being prepared is played once it is.
        let started = self.running.iter().filter(|current| current.started);
        let mut commands: Vec<Command> = started
            .map(|current| Command::Play { run: current.run })
            .collect();
        commands.extend(self.next(now));
        commands
    }

    /// Ends it; what was measured stays.
    pub(crate) fn stop(&mut self, now: f64) {
        self.end(Phase::Stopped, now);
    }

    /// Its engine is gone; what was measured stays.
    pub(crate) fn crash(&mut self, message: String, now: f64) {
        self.end(Phase::Broken(message), now);
    }

    fn end(&mut self, phase: Phase, now: f64) {
        if self.phase.active() {
            self.phase = phase;
            self.clock.stop(now);
            self.running.clear();
            self.held.clear();
            self.idle.clear();
        }
    }

    /// Has come from elsewhere: it is done, or waits to be gone on with.
    pub(crate) fn mark_restored(&mut self) {
        self.phase = if self.unfinished() {
            Phase::Stopped
        } else {
            Phase::Done
        };
    }

    /// Which runs are trained, or wait for arms that are.
    pub(crate) fn at(&self) -> impl Iterator<Item = Job> {
        let running = self.running.iter().map(|current| current.job);
        running.chain(self.held.iter().map(|held| held.job))
    }

    /// Whether runs are missing that could still be made.
    pub(crate) fn unfinished(&self) -> bool {
        self.results.len() < self.runs
    }

    /// Why a cell is not possible, if so.
    pub(crate) fn refusal(&self, cell: Cell) -> Option<&str> {
        self.refusals.get(&cell).map(String::as_str)
    }

    /// What a cell shows.
    pub(crate) fn cell_value(&self, cell: Cell, measure: Measure) -> CellValue {
        match self.refusals.get(&cell) {
            Some(why) => CellValue::Refused(why.clone()),
            None => {
                let running = self.at().any(|job| job.cell == cell);
                self.results.cell_value(cell, measure, running)
            }
        }
    }
}
