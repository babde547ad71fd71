//! A sweep at work: events of its engine in, commands to it out. Sends nothing itself and reads no
//! clock, so that it can be tested without a browser.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use rsc_core::protocol::{
    Command, DevicePreference, EvaluationRecord, Event, RunId, RunInfo, RunState,
};

use crate::runs::model::{Evaluation, Facts, RunRecord};
use crate::settings::model::arms::RSC;
use crate::sweep::model::estimate::work;
use crate::sweep::model::results::Results;
use crate::sweep::model::{Cell, Job, Measure, Outcome, Plan, Shown};
use crate::training::model::curves::{CURVES, values};
use crate::training::model::trace::{Trace, thin};
use crate::ui::model::format;

/// What the sweep is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Its engine loads.
    Opening,
    /// It trains.
    Running,
    /// It waits for the visitor.
    Paused,
    /// Every run is over.
    Done,
    /// The visitor stopped it.
    Stopped,
    /// Its engine stopped, and why.
    Broken(String),
}

impl Phase {
    /// Whether it has an engine.
    pub(crate) fn active(&self) -> bool {
        matches!(self, Self::Opening | Self::Running | Self::Paused)
    }
}

/// The run in hand.
#[derive(Debug, Clone)]
struct Current {
    run: RunId,
    job: Job,
    /// The run whose other arms are its own, if it trains the challenged one alone.
    whole: Option<Job>,
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

/// Time spent at work, without pauses.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Clock {
    spent: f64,
    since: Option<f64>,
}

impl Clock {
    fn start(&mut self, now: f64) {
        self.since.get_or_insert(now);
    }

    fn stop(&mut self, now: f64) {
        self.spent = self.read(now);
        self.since = None;
    }

    fn read(self, now: f64) -> f64 {
        self.spent + self.since.map_or(0.0, |since| (now - since).max(0.0))
    }
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
    current: Option<Current>,
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
            current: None,
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
        self.current = None;
        if self.waiting.is_empty() {
            self.phase = Phase::Done;
            return Vec::new();
        }
        self.phase = Phase::Opening;
        vec![Command::Open { device }]
    }

    /// Takes in an event. What is not about the run in hand is stale.
    pub(crate) fn hear(&mut self, event: &Event, now: f64) -> Vec<Command> {
        if !self.phase.active() {
            return Vec::new();
        }
        match event {
            Event::Ready { device, .. } if self.phase == Phase::Opening => {
                self.device = Some(device.name.clone());
                self.phase = Phase::Running;
                self.clock.start(now);
                return self.next(now);
            }
            Event::Failed {
                run: None, message, ..
            } => self.crash(message.clone(), now),
            Event::Failed {
                run: Some(run),
                message,
                ..
            } if self.is_current(*run) => {
                return self.settle(Outcome::Failed(message.clone()), now);
            }
            Event::Started { run, info, .. } if self.is_current(*run) => {
                let arms = self.plan.base.arms.len();
                if self.info.is_none() || info.arms.len() == arms {
                    self.info = Some(info.clone());
                }
                if let Some(current) = &mut self.current {
                    current.started = true;
                    current.total = info.total_steps;
                }
                if self.phase == Phase::Running {
                    return vec![Command::Play { run: *run }];
                }
            }
            Event::Steps {
                run,
                records,
                step_ms,
            } if self.is_current(*run) => {
                if let (Some(current), Some(last)) = (&mut self.current, records.last()) {
                    current.begun.get_or_insert(now);
                    current.step = last.step;
                    current.step_ms = *step_ms;
                    for record in records {
                        current.trace.push(record.step as f64, values(record));
                    }
                }
            }
            Event::Evaluation { run, record } if self.is_current(*run) => {
                if let Some(current) = &mut self.current {
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
            } if self.is_current(*run) => {
                let latest = self.current.as_ref().and_then(|it| it.latest.clone());
                let outcome = latest.map_or_else(
                    || Outcome::Failed(text!("sweep.no-evaluation").to_owned()),
                    Outcome::Measured,
                );
                return self.settle(outcome, now);
            }
            _ => {}
        }
        Vec::new()
    }

    fn is_current(&self, run: RunId) -> bool {
        self.current
            .as_ref()
            .is_some_and(|current| current.run == run)
    }

    /// Notes what came of the run in hand and begins the next.
    fn settle(&mut self, outcome: Outcome, now: f64) -> Vec<Command> {
        if let Some(current) = self.current.take() {
            let job = current.job;
            let outcome = match outcome {
                Outcome::Measured(record) => {
                    self.worked += self.work(job, current.whole.is_some());
                    let record = self.whole_record(record, current.whole);
                    let run = self.run_of(current, now);
                    self.records.insert(job, run);
                    Outcome::Measured(record)
                }
                Outcome::Failed(why) => Outcome::Failed(why),
            };
            self.results.put(job, outcome);
        }
        if self.phase == Phase::Running {
            self.next(now)
        } else {
            // Paused in its last step: the next run waits.
            self.finish_if_empty(now);
            Vec::new()
        }
    }

    /// An evaluation of the challenged arm alone, beside the other arms of the run that has them.
    fn whole_record(&self, part: EvaluationRecord, whole: Option<Job>) -> EvaluationRecord {
        let Some(Outcome::Measured(whole)) = whole.and_then(|job| self.results.get(job)) else {
            return part;
        };
        let mut record = whole.clone();
        if let (Some(arm), Some(only)) = (record.arms.get_mut(RSC), part.arms.into_iter().next()) {
            *arm = only;
        }
        record
    }

    /// A run that is over as the list would remember it.
    fn run_of(&self, current: Current, now: f64) -> RunRecord {
        let job = current.job;
        let facts = Facts {
            steps: current.step,
            total_steps: current.total,
            state: Some(RunState::Done),
            device: self.device.clone().unwrap_or_default(),
            step_ms: current.step_ms,
            // As long ago as it is by the other clock.
            started: current.begun.map(|begun| self.today + begun - now),
            ..Facts::default()
        };
        let whole = current.whole.and_then(|whole| self.records.get(&whole));
        let (curves, evaluations) = (current.trace.points(), thin(&current.evaluations));
        let config = self.plan.config(job);
        let run = RunRecord::new(0, facts, config.clone(), curves, evaluations);
        match whole {
            Some(whole) => run.beside(whole, RSC, config),
            None => run,
        }
    }

    /// A run of the same seed and settings whose other arms need not be trained anew.
    fn whole_for(&self, job: Job) -> Option<Job> {
        let kin = self.plan.kin(job)?;
        let mut known = self.records.keys().copied();
        known.find(|&other| self.plan.kin(other) == Some(kin))
    }

    /// One of its runs that is over.
    pub(crate) fn record(&self, job: Job) -> Option<&RunRecord> {
        self.records.get(&job)
    }

    fn next(&mut self, now: f64) -> Vec<Command> {
        self.finish_if_empty(now);
        let Some(job) = self.waiting.pop_front() else {
            return Vec::new();
        };
        self.run += 1;
        let whole = self.whole_for(job);
        self.current = Some(Current {
            run: self.run,
            job,
            whole,
            started: false,
            begun: None,
            step: 0,
            total: 0,
            step_ms: 0.0,
            trace: Trace::default(),
            evaluations: Vec::new(),
            latest: None,
        });
        vec![Command::Configure {
            run: self.run,
            config: match whole {
                Some(_) => self.plan.config_of_one(job),
                None => self.plan.config(job),
            },
        }]
    }

    fn finish_if_empty(&mut self, now: f64) {
        if self.waiting.is_empty() && self.current.is_none() {
            self.phase = Phase::Done;
            self.clock.stop(now);
        }
    }

    /// Holds after the present step.
    pub(crate) fn pause(&mut self, now: f64) -> Vec<Command> {
        if self.phase != Phase::Running {
            return Vec::new();
        }
        self.phase = Phase::Paused;
        self.clock.stop(now);
        let started = self.current.as_ref().filter(|current| current.started);
        started
            .map(|current| Command::Pause { run: current.run })
            .into_iter()
            .collect()
    }

    /// Goes on after a pause.
    pub(crate) fn resume(&mut self, now: f64) -> Vec<Command> {
        if self.phase != Phase::Paused {
            return Vec::new();
        }
        self.phase = Phase::Running;
        self.clock.start(now);
        match &self.current {
            // What is still being prepared is played once it is.
            Some(current) if !current.started => Vec::new(),
            Some(current) => vec![Command::Play { run: current.run }],
            None => self.next(now),
        }
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
            self.current = None;
        }
    }

    /// Has come from elsewhere: it is done, or waits to be gone on with.
    pub(crate) fn rest(&mut self) {
        self.phase = if self.unfinished() {
            Phase::Stopped
        } else {
            Phase::Done
        };
    }

    /// The cell whose run is in hand.
    pub(crate) fn at(&self) -> Option<Job> {
        self.current.as_ref().map(|current| current.job)
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
    pub(crate) fn shown(&self, cell: Cell, measure: Measure) -> Shown {
        match self.refusals.get(&cell) {
            Some(why) => Shown::Refused(why.clone()),
            None => {
                let running = self.at().is_some_and(|job| job.cell == cell);
                self.results.shown(cell, measure, running)
            }
        }
    }

    fn work(&self, job: Job, alone: bool) -> f64 {
        let config = if alone {
            self.plan.config_of_one(job)
        } else {
            self.plan.config(job)
        };
        work(&config, self.own).unwrap_or(1.0)
    }

    /// What the runs that wait cost, of which some will find their other arms trained.
    fn waiting_work(&self) -> f64 {
        let begun = self.records.keys().copied().chain(self.at());
        let mut known: BTreeSet<_> = begun.filter_map(|job| self.plan.kin(job)).collect();
        let works = self.waiting.iter().map(|&job| {
            let alone = self.plan.kin(job).is_some_and(|kin| !known.insert(kin));
            self.work(job, alone)
        });
        works.sum()
    }

    /// The part of the run in hand that is done, `0..=1`.
    fn part(&self) -> f64 {
        self.current
            .as_ref()
            .filter(|current| current.total > 0)
            .map_or(0.0, |current| current.step as f64 / current.total as f64)
    }

    /// How much of everything is done, `0..=1`, each run counting the same.
    pub(crate) fn progress(&self) -> f64 {
        if self.runs == 0 {
            return 1.0;
        }
        (self.results.len() as f64 + self.part()) / self.runs as f64
    }

    /// How long the rest takes at the pace so far.
    pub(crate) fn left(&self, now: f64) -> Option<String> {
        let current = self.current.as_ref();
        let running = current.map_or(0.0, |it| self.work(it.job, it.whole.is_some()));
        let done = self.worked + running * self.part();
        let rest = running * (1.0 - self.part()) + self.waiting_work();
        // In thousandths of what is done, since work has large numbers.
        let unit = done / 1000.0;
        if unit <= 0.0 {
            return None;
        }
        let total = 1000 + (rest / unit).ceil() as u64;
        format::time_left(1000, total, self.clock.read(now) / 1000.0)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use rsc_core::protocol::{DeviceInfo, DeviceKind, Fault, StepMetrics, StepRecord};

    use super::super::*;
    use super::*;
    use crate::sweep::model::plan::tests::plan;
    use crate::sweep::model::results::tests::record;

    fn ready() -> Event {
        Event::Ready {
            device: DeviceInfo {
                kind: DeviceKind::Cpu,
                name: "CPU".into(),
                reason: String::new(),
                software: false,
                limits: Vec::new(),
            },
            version: String::new(),
        }
    }

    fn started(run: RunId) -> Event {
        let info = RunInfo {
            classes: Vec::new(),
            domains: Vec::new(),
            arms: vec!["erm".into(), "rsc".into()],
            image_size: 32,
            features: [1, 1, 1],
            parameters: 1,
            steps_per_epoch: 32,
            total_steps: 640,
        };
        let step = 0;
        Event::Started { run, info, step }
    }

    fn done(run: RunId) -> Event {
        let state = RunState::Done;
        Event::State { run, state }
    }

    /// Of the arms that the run in hand trains.
    fn evaluated(machine: &Machine, run: RunId, rsc: f32) -> Event {
        let mut record = record(Some(0.25), Some(rsc));
        if alone(machine) {
            record.arms.remove(0);
        }
        Event::Evaluation { run, record }
    }

    fn alone(machine: &Machine) -> bool {
        let current = machine.current.as_ref();
        current.is_some_and(|current| current.whole.is_some())
    }

    fn stepped(machine: &Machine, run: RunId, loss: f32) -> Event {
        let metrics = |loss| StepMetrics {
            loss,
            accuracy: 0.5,
            muted_fraction: 0.0,
            degenerate: 0,
            challenged: 0,
            challenge_gap: 0.0,
            axis: None,
        };
        let mut arms = vec![metrics(0.75), metrics(loss)];
        if alone(machine) {
            arms.remove(0);
        }
        Event::Steps {
            run,
            records: vec![StepRecord {
                step: 32,
                epoch: 0,
                arms,
            }],
            step_ms: 40.0,
        }
    }

    fn failed(run: Option<RunId>) -> Event {
        Event::Failed {
            run,
            fault: Fault::Other,
            message: "no luck".into(),
            kept: String::new(),
        }
    }

    fn configured(commands: &[Command]) -> Option<(RunId, f64, u64)> {
        match commands {
            [Command::Configure { run, config }] => {
                let rsc = config.arms.iter().find(|arm| arm.name == "rsc")?;
                Some((*run, rsc.challenge.p, config.training.seed))
            }
            _ => None,
        }
    }

    /// Trains the run in hand to its end.
    fn train(machine: &mut Machine, run: RunId, rsc: f32, now: f64) -> Vec<Command> {
        let play = machine.hear(&started(run), now);
        assert_eq!(play, [Command::Play { run }]);
        let event = stepped(machine, run, rsc);
        machine.hear(&event, now);
        for accuracy in [0.0, rsc] {
            let event = evaluated(machine, run, accuracy);
            machine.hear(&event, now);
        }
        machine.hear(&done(run), now)
    }

    /// Opens it and trains at most so many runs.
    pub(crate) fn train_all(machine: &mut Machine, most: usize) {
        machine.open(DevicePreference::Cpu);
        let mut next = machine.hear(&ready(), 0.0);
        for _ in 0..most {
            let Some((run, p, _)) = configured(&next) else {
                break;
            };
            next = train(machine, run, p as f32, 1e3);
        }
    }

    /// Two cells of one seed.
    pub(crate) fn finished() -> Machine {
        let mut machine = Machine::new(1.0, plan("0.2, 0.4", None, "0"), None);
        train_all(&mut machine, 2);
        assert_eq!(machine.phase, Phase::Done);
        machine
    }

    fn begun(p: &str, seeds: &str) -> Machine {
        let mut machine = Machine::new(0.0, plan(p, None, seeds), None);
        let device = DevicePreference::Cpu;
        assert_eq!(machine.open(device), [Command::Open { device }]);
        machine
    }

    fn cell(column: usize) -> Cell {
        Cell { row: 0, column }
    }

    #[test]
    fn works_through_all_runs() {
        let mut machine = begun("0.2, 0.4", "3, 4");
        assert_eq!(machine.phase, Phase::Opening);
        let first = machine.hear(&ready(), 0.0);
        assert_eq!(configured(&first), Some((1, 0.2, 3)));
        assert_eq!(machine.shown(cell(0), Measure::NewRsc), Shown::Running);
        assert_eq!(machine.left(0.0), None);
        let second = train(&mut machine, 1, 0.5, 1e4);
        assert_eq!(configured(&second), Some((2, 0.4, 3)));
        assert_eq!(machine.progress(), 0.25);
        // The first took 10 s for two arms; with each seed one more run trains both.
        assert_eq!(machine.left(1e4), Some("20 s left".into()));
        let third = train(&mut machine, 2, 0.5, 2e4);
        assert_eq!(configured(&third), Some((3, 0.2, 4)));
        let fourth = train(&mut machine, 3, 0.75, 3e4);
        assert_eq!(configured(&fourth), Some((4, 0.4, 4)));
        assert!(train(&mut machine, 4, 0.5, 4e4).is_empty());
        assert_eq!(machine.phase, Phase::Done);
        assert!(!machine.unfinished());
        let values = machine.results.values(cell(0), Measure::NewRsc);
        assert_eq!(values, [0.5, 0.75]);
        // It is over: nothing is heard any more.
        assert!(machine.hear(&failed(None), 5e4).is_empty());
        assert_eq!(machine.phase, Phase::Done);
    }

    #[test]
    fn arms_that_the_swept_settings_leave_alone_are_trained_once_per_seed() {
        let mut machine = begun("0.2, 0.4", "3, 4");
        machine.hear(&ready(), 0.0);
        let arms = |machine: &Machine, commands: &[Command]| match commands {
            [Command::Configure { config, .. }] => {
                assert_eq!(config.arms.len() == 1, alone(machine));
                config.arms.iter().map(|arm| arm.name.clone()).collect()
            }
            _ => Vec::new(),
        };
        let second = train(&mut machine, 1, 0.5, 0.0);
        assert_eq!(arms(&machine, &second), ["rsc"]);
        let third = train(&mut machine, 2, 0.75, 0.0);
        assert_eq!(arms(&machine, &third), ["erm", "rsc"]);
        let job = |seed, column| Job {
            seed,
            cell: cell(column),
        };
        // What was not trained is as it was beside the other cell's.
        let Some(Outcome::Measured(record)) = machine.results.get(job(0, 1)) else {
            panic!("no result");
        };
        let new: Vec<_> = record
            .arms
            .iter()
            .map(|arm| arm.accuracy_new_domain)
            .collect();
        assert_eq!(new, [Some(0.25), Some(0.75)]);
        assert_eq!(machine.results.values(cell(1), Measure::NewErm), [0.25]);
        let run = machine.record(job(0, 1)).expect("a run");
        assert_eq!(run.config, machine.plan.config(job(0, 1)));
        assert_eq!((run.curves[0].y[0], run.curves[0].y[1]), (0.75, 0.75));
        assert_eq!(run.evaluations.len(), 2);
        assert!(run.evaluations.iter().all(|it| it.arms.len() == 2));
        assert_eq!(run.evaluations[1].arms[0].new, Some(0.25));
        assert_eq!((run.steps, run.state), (32, RunState::Done));

        // One that failed has none to give.
        let fourth = machine.hear(&failed(Some(3)), 0.0);
        assert_eq!(arms(&machine, &fourth), ["erm", "rsc"]);
    }

    #[test]
    fn a_failed_run_marks_its_cell_and_the_sweep_goes_on() {
        let mut machine = begun("0.2, 0.4", "0");
        machine.hear(&ready(), 0.0);
        let next = machine.hear(&failed(Some(1)), 0.0);
        assert_eq!(configured(&next), Some((2, 0.4, 0)));
        assert_eq!(
            machine.shown(cell(0), Measure::NewRsc),
            Shown::Failed("no luck".into())
        );
        // Late news of the first run.
        assert!(machine.hear(&done(1), 0.0).is_empty());
        assert!(train(&mut machine, 2, 0.5, 0.0).is_empty());
        assert_eq!(machine.phase, Phase::Done);
    }

    #[test]
    fn pauses_in_a_run_and_goes_on() {
        let mut machine = begun("0.2, 0.4", "0");
        machine.hear(&ready(), 0.0);
        machine.hear(&started(1), 0.0);
        assert_eq!(machine.pause(1e4), [Command::Pause { run: 1 }]);
        assert!(machine.pause(1e4).is_empty());
        assert_eq!(machine.resume(9e4), [Command::Play { run: 1 }]);
        machine.hear(&evaluated(&machine.clone(), 1, 0.5), 9e4);
        machine.hear(&done(1), 9e4);
        // The pause does not count.
        assert_eq!(machine.left(9e4), Some("5 s left".into()));
    }

    #[test]
    fn pauses_while_a_run_is_prepared() {
        let mut machine = begun("0.2", "0");
        machine.hear(&ready(), 0.0);
        assert!(machine.pause(0.0).is_empty());
        assert!(machine.hear(&started(1), 0.0).is_empty());
        assert_eq!(machine.resume(0.0), [Command::Play { run: 1 }]);

        let mut machine = begun("0.2", "0");
        machine.hear(&ready(), 0.0);
        machine.pause(0.0);
        assert!(machine.resume(0.0).is_empty());
        assert_eq!(machine.hear(&started(1), 0.0), [Command::Play { run: 1 }]);
    }

    #[test]
    fn a_pause_that_comes_too_late_holds_the_next_run() {
        let mut machine = begun("0.2, 0.4", "0");
        machine.hear(&ready(), 0.0);
        machine.hear(&started(1), 0.0);
        machine.pause(0.0);
        machine.hear(&evaluated(&machine.clone(), 1, 0.5), 0.0);
        assert!(machine.hear(&done(1), 0.0).is_empty());
        assert_eq!(machine.phase, Phase::Paused);
        assert_eq!(configured(&machine.resume(0.0)), Some((2, 0.4, 0)));
        machine.hear(&started(2), 0.0);
        machine.pause(0.0);
        machine.hear(&evaluated(&machine.clone(), 2, 0.5), 0.0);
        machine.hear(&done(2), 0.0);
        assert_eq!(machine.phase, Phase::Done);
    }

    #[test]
    fn a_crash_keeps_what_was_measured_and_can_be_gone_on_from() {
        let mut machine = begun("0.2, 0.4, 0.6", "0");
        machine.hear(&ready(), 0.0);
        train(&mut machine, 1, 0.5, 0.0);
        machine.hear(&started(2), 0.0);
        machine.hear(&failed(None), 0.0);
        assert_eq!(machine.phase, Phase::Broken("no luck".into()));
        assert_eq!(machine.results.len(), 1);
        assert!(machine.unfinished());
        let device = DevicePreference::Automatic;
        assert_eq!(machine.open(device), [Command::Open { device }]);
        assert_eq!(
            configured(&machine.hear(&ready(), 0.0)),
            Some((3, 0.4, 0)),
            "the run that was lost is made anew, under an id of its own"
        );
        machine.stop(0.0);
        assert_eq!(machine.phase, Phase::Stopped);
        assert_eq!(machine.at(), None);
    }

    #[test]
    fn refused_cells_are_never_run() {
        let mut machine = begun("0.2, 7", "0");
        machine.hear(&ready(), 0.0);
        assert!(train(&mut machine, 1, 0.5, 0.0).is_empty());
        assert_eq!(machine.phase, Phase::Done);
        assert!(matches!(
            machine.shown(cell(1), Measure::NewRsc),
            Shown::Refused(why) if why.contains('7')
        ));
    }
}
