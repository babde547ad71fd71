//! Several sessions as one engine, against one session that trains all arms: the same numbers bit
//! for bit, whatever is asked when and in whichever order the workers answer.
#![cfg(feature = "engine")]
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests read at once and may panic"
)]

use std::{cell::RefCell, collections::VecDeque, rc::Rc};

use pollster::block_on;
use proptest::prelude::*;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rsc_core::{
    config::{
        ArmConfig, Axis, Backbone, ChallengeConfig, DataPreset, DataSource, Normalization,
        OptimizerConfig, RunConfig, Strategy as Challenged,
    },
    crew::{Action, Crew, arms_of_checkpoint, merged_checkpoint},
    protocol::{
        Command, DeviceInfo, DeviceKind, DevicePreference, EvaluationRecord, Event, ImageEntry,
        ImageRef, RunState, Split, StepRecord, Tuning,
    },
    session::Session,
};

type Buffers = Vec<Vec<u8>>;
type Message = (Event, Buffers);
type Outbox = Rc<RefCell<VecDeque<Message>>>;
type Engine = Session<Box<dyn FnMut(Event, Buffers)>>;

fn engine() -> (Engine, Outbox) {
    let outbox = Outbox::default();
    let sink = Rc::clone(&outbox);
    let emit: Box<dyn FnMut(Event, Buffers)> =
        Box::new(move |event, buffers| sink.borrow_mut().push_back((event, buffers)));
    (Session::new(emit), outbox)
}

/// A worker: commands on their way to it, and events on their way from it.
struct Worker {
    session: Engine,
    inbox: VecDeque<(Command, Buffers)>,
    outbox: Outbox,
    stopped: bool,
}

impl Worker {
    fn new() -> Self {
        let (session, outbox) = engine();
        Self {
            session,
            inbox: VecDeque::new(),
            outbox,
            stopped: false,
        }
    }

    fn is_idle(&self) -> bool {
        self.stopped
            || (self.inbox.is_empty()
                && self.outbox.borrow().is_empty()
                && !self.session.is_training())
    }
}

/// A crew, its workers, and what the page has heard.
struct Ship {
    crew: Crew<Vec<u8>>,
    workers: Vec<Worker>,
    heard: Vec<Message>,
    random: ChaCha8Rng,
    now: f64,
    commands: usize,
}

impl Ship {
    fn new(cores: usize, seed: u64) -> Self {
        let mut ship = Self {
            crew: Crew::new(cores),
            workers: vec![Worker::new()],
            heard: Vec::new(),
            random: ChaCha8Rng::seed_from_u64(seed),
            now: 0.0,
            commands: 0,
        };
        let device = DevicePreference::Cpu;
        ship.tell(Command::Open { device });
        ship.rest();
        ship
    }

    fn tell(&mut self, command: Command) {
        self.tell_with(command, Vec::new());
    }

    fn tell_with(&mut self, command: Command, buffers: Buffers) {
        let actions = self.crew.tell(command, buffers, self.now);
        self.act(actions);
    }

    fn act(&mut self, actions: Vec<Action<Vec<u8>>>) {
        for action in actions {
            match action {
                Action::Start { worker } => {
                    assert_eq!(worker, self.workers.len());
                    self.workers.push(Worker::new());
                }
                Action::Stop { worker } => self.workers[worker].stopped = true,
                Action::Send {
                    worker,
                    command,
                    buffers,
                } => {
                    self.commands += 1;
                    self.workers[worker].inbox.push_back((command, buffers));
                }
                Action::Emit { event, buffers } => self.heard.push((event, buffers)),
            }
        }
    }

    /// Lets one worker do one thing, or be heard.
    fn tick(&mut self) {
        let at = self.random.random_range(0..self.workers.len());
        let hear = self.random.random::<bool>();
        self.now += self.random.random_range(0.0..40.0);
        let worker = &mut self.workers[at];
        if worker.stopped {
            return;
        }
        let event = hear.then(|| worker.outbox.borrow_mut().pop_front());
        if let Some((event, buffers)) = event.flatten() {
            let actions = self.crew.hear(at, event, buffers, self.now);
            self.act(actions);
        } else if let Some((command, buffers)) = worker.inbox.pop_front() {
            block_on(worker.session.handle(command, buffers));
        } else {
            block_on(worker.session.turn(async || ()));
        }
    }

    /// Until nothing happens by itself any more.
    fn rest(&mut self) {
        while !self.workers.iter().all(Worker::is_idle) {
            self.tick();
        }
    }

    fn state(&self) -> Option<RunState> {
        self.heard.iter().rev().find_map(|(event, _)| match event {
            Event::State { state, .. } => Some(*state),
            _ => None,
        })
    }

    fn failures(&self) -> Vec<(Option<u32>, String, String)> {
        let failed = self.heard.iter().filter_map(|(event, _)| match event {
            Event::Failed {
                run, message, kept, ..
            } => Some((*run, message.clone(), kept.clone())),
            _ => None,
        });
        failed.collect()
    }

    /// The step and the file of the last checkpoint.
    fn checkpoint(&self, wanted: u32) -> (u64, Vec<u8>) {
        let found = self.heard.iter().find_map(|(event, buffers)| match event {
            Event::Checkpoint { request, step, .. } if *request == wanted => {
                Some((*step, buffers[0].clone()))
            }
            _ => None,
        });
        found.unwrap()
    }
}

/// Everything said about the course of a run, evaluations once.
#[derive(Debug, Clone, PartialEq, Default)]
struct Course {
    steps: Vec<StepRecord>,
    evaluations: Vec<(EvaluationRecord, Buffers)>,
}

impl Course {
    fn take(&mut self, heard: &[Message]) {
        for (event, buffers) in heard {
            match event {
                Event::Steps { records, .. } => {
                    for record in records {
                        let next = self.steps.last().map_or(1, |last| last.step + 1);
                        assert_eq!(record.step, next);
                        self.steps.push(record.clone());
                    }
                }
                Event::Evaluation { record, .. } => {
                    assert_eq!(Some(record.step), self.steps.last().map(|last| last.step));
                    let new = (record.clone(), buffers.clone());
                    match self.evaluations.last() {
                        // Of a run that was taken up at an epoch's end, it comes again.
                        Some(last) if last.0.step == record.step => assert_eq!(*last, new),
                        _ => self.evaluations.push(new),
                    }
                }
                Event::Failed { message, .. } => panic!("{message}"),
                _ => {}
            }
        }
    }
}

fn challenge(change: impl FnOnce(&mut ChallengeConfig)) -> ChallengeConfig {
    let mut challenge = ChallengeConfig::default();
    change(&mut challenge);
    challenge
}

/// Up to four arms: plain, mixed axis, random features of a coin's axis, and channels.
fn settings(arms: usize) -> RunConfig {
    let mut config = RunConfig::for_preset(DataPreset::CornerCue);
    config.data.image_size = 16;
    config.data.train_images = 32;
    config.data.test_images = 8;
    config.network.backbone = Backbone::SmallCnn {
        channels: vec![2, 3],
    };
    config.network.normalization = Normalization::Batch;
    config.training.batch_size = 8;
    config.training.epochs = 3;
    config.training.augmentation.shift = 2;
    let arm = |name: &str, challenge| ArmConfig {
        name: name.into(),
        challenge,
    };
    config.arms = vec![
        ArmConfig::erm(),
        arm("mixed", challenge(|it| it.axis = Axis::Mixed)),
        arm(
            "random",
            challenge(|it| {
                it.strategy = Challenged::Random;
                it.axis = Axis::Mixed;
                it.b = 0.5;
            }),
        ),
        arm("channels", challenge(|it| it.axis = Axis::Channel)),
    ];
    config.arms.truncate(arms);
    config
}

fn tuned(config: &RunConfig, p: f64, learning_rate: f64) -> Tuning {
    let mut challenges: Vec<_> = config.arms.iter().map(|it| it.challenge.clone()).collect();
    for challenge in challenges.iter_mut().skip(1) {
        challenge.p = p;
    }
    Tuning {
        learning_rate,
        challenges,
    }
}

const RUN: u32 = 1;

/// What a visitor does next.
#[derive(Debug, Clone)]
enum Act {
    Wait(usize),
    Play,
    Pause,
    Step,
    Tune(f64, f64),
    Look(usize),
    /// A checkpoint, and everything begins anew with it, on so many cores.
    Reload(usize),
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        4 => (1_usize..60).prop_map(Act::Wait),
        3 => Just(Act::Play),
        2 => Just(Act::Pause),
        2 => Just(Act::Step),
        2 => (0.1_f64..0.9, 1e-4_f64..1e-2).prop_map(|(p, rate)| Act::Tune(p, rate)),
        1 => (0_usize..4).prop_map(Act::Look),
        1 => (1_usize..=4).prop_map(Act::Reload),
    ];
    prop::collection::vec(act, 1..24)
}

fn look(arm: usize, request: u32) -> Command {
    Command::Inspect {
        request,
        run: RUN,
        arm,
        challenge: ChallengeConfig::default(),
        images: vec![ImageRef {
            domain: 0,
            split: Split::Test,
            index: 0,
        }],
    }
}

/// After which step, to what, and the checkpoint made then.
type Tuned = (u64, Tuning, Vec<u8>);

/// Configures a run on a crew, does all that, and trains to the end. Returns its course, every
/// tuning with the step after which it took effect and the checkpoint made then, and the weights.
fn by_crew(
    config: &RunConfig,
    cores: usize,
    acts: &[Act],
    seed: u64,
) -> (Course, Vec<Tuned>, Vec<Vec<u8>>) {
    let arms = config.arms.len();
    let mut ship = Ship::new(cores, seed);
    ship.tell(Command::Configure {
        run: RUN,
        config: config.clone(),
    });
    let mut course = Course::default();
    let mut tunings = Vec::new();
    let mut request = 0;
    for act in acts {
        match act {
            Act::Wait(ticks) => (0..*ticks).for_each(|_| ship.tick()),
            Act::Play => ship.tell(Command::Play { run: RUN }),
            Act::Pause => ship.tell(Command::Pause { run: RUN }),
            Act::Step => ship.tell(Command::Step { run: RUN }),
            Act::Tune(p, rate) => {
                let tuning = tuned(config, *p, *rate);
                request += 1;
                ship.tell(Command::Tune {
                    run: RUN,
                    tuning: tuning.clone(),
                });
                ship.tell(Command::Checkpoint { request, run: RUN });
                tunings.push((request, tuning));
            }
            Act::Look(arm) => {
                request += 1;
                ship.tell(look(arm % arms, request));
            }
            Act::Reload(cores) => {
                request += 1;
                ship.tell(Command::Pause { run: RUN });
                ship.tell(Command::Checkpoint { request, run: RUN });
                ship.rest();
                let (step, file) = ship.checkpoint(request);
                assert_eq!(arms_of_checkpoint(&file), Some(arms));
                course.take(&ship.heard);
                assert_eq!(step, course.steps.last().map_or(0, |last| last.step));
                let mut next = Ship::new(*cores, seed ^ u64::from(request));
                next.tell_with(Command::Resume { run: RUN }, vec![file]);
                // Checkpoints that belong to tunings are looked up at the end.
                let asked = |it: &Message| matches!(it.0, Event::Checkpoint { .. });
                let kept: Vec<Message> = ship.heard.into_iter().filter(asked).collect();
                next.heard.extend(kept);
                ship = next;
            }
        }
    }
    ship.tell(Command::Play { run: RUN });
    ship.rest();
    assert_eq!(ship.state(), Some(RunState::Done));
    let before = ship.heard.len();
    for arm in 0..arms {
        ship.tell(Command::Export {
            request: 1_000 + arm as u32,
            run: RUN,
            arm,
        });
        ship.rest();
    }
    let weights = ship.heard[before..].iter().map(|(event, buffers)| {
        assert!(matches!(event, Event::Weights { .. }), "{event:?}");
        buffers[0].clone()
    });
    let weights = weights.collect();
    course.take(&ship.heard);
    let tunings = tunings.into_iter().map(|(request, tuning)| {
        let (step, file) = ship.checkpoint(request);
        (step, tuning, file)
    });
    let tunings = tunings.collect();
    assert!(ship.workers.len() <= 4.min(arms), "a worker too many");
    (course, tunings, weights)
}

/// The same by one session, with the same tunings after the same steps.
fn by_one(
    config: &RunConfig,
    tunings: &[(u64, Tuning, Vec<u8>)],
) -> (Course, Vec<Vec<u8>>, Vec<Vec<u8>>) {
    let (mut session, outbox) = engine();
    let mut tell = |command| {
        block_on(session.handle(command, Vec::new()));
        while session.is_training() {
            block_on(session.turn(async || ()));
        }
    };
    let device = DevicePreference::Cpu;
    tell(Command::Open { device });
    tell(Command::Configure {
        run: RUN,
        config: config.clone(),
    });
    for (request, (step, tuning, _)) in (0..).zip(tunings) {
        tell(Command::PlayUntil {
            run: RUN,
            step: *step,
        });
        tell(Command::Tune {
            run: RUN,
            tuning: tuning.clone(),
        });
        tell(Command::Checkpoint { request, run: RUN });
    }
    tell(Command::Play { run: RUN });
    for arm in 0..config.arms.len() {
        tell(Command::Export {
            request: 1_000,
            run: RUN,
            arm,
        });
    }
    let heard: Vec<Message> = outbox.borrow_mut().drain(..).collect();
    let mut course = Course::default();
    course.take(&heard);
    let files = |wanted: fn(&Event) -> bool| {
        let found = heard.iter().filter(|(event, _)| wanted(event));
        found.map(|(_, buffers)| buffers[0].clone()).collect()
    };
    let checkpoints = files(|event| matches!(event, Event::Checkpoint { .. }));
    let weights = files(|event| matches!(event, Event::Weights { .. }));
    (course, checkpoints, weights)
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: std::env::var("PROPTEST_CASES").ok().and_then(|it| it.parse().ok()).unwrap_or(12),
        ..ProptestConfig::default()
    })]

    #[test]
    fn a_crew_trains_what_one_session_trains(
        arms in 1_usize..=4,
        cores in 1_usize..=4,
        acts in acts(),
        seed in any::<u64>(),
    ) {
        let config = settings(arms);
        let (course, tunings, weights) = by_crew(&config, cores, &acts, seed);
        let (wanted, checkpoints, wanted_weights) = by_one(&config, &tunings);
        prop_assert_eq!(course.steps.len(), 12);
        prop_assert_eq!(course, wanted);
        prop_assert!(weights == wanted_weights, "other weights");
        for ((step, _, file), other) in tunings.iter().zip(&checkpoints) {
            prop_assert!(file == other, "another checkpoint after step {}", step);
        }
    }
}

/// A crew whose run is prepared.
fn prepared(config: RunConfig, cores: usize) -> Ship {
    let mut ship = Ship::new(cores, 5);
    ship.tell(Command::Configure { run: RUN, config });
    ship.rest();
    assert_eq!(ship.state(), Some(RunState::Ready), "{:?}", ship.failures());
    ship
}

#[test]
fn a_worker_for_each_arm_is_started_once_and_no_more_than_there_are_cores() {
    for (arms, cores, workers) in [(2, 1, 1), (1, 4, 1), (2, 2, 2), (3, 2, 2), (4, 8, 4)] {
        let mut ship = prepared(settings(arms), cores);
        assert_eq!(ship.workers.len(), workers, "{arms} arms on {cores} cores");
        for run in 2..8 {
            ship.tell(Command::Configure {
                run,
                config: settings(arms),
            });
            ship.tell(Command::Play { run });
            (0..20).for_each(|_| ship.tick());
        }
        ship.rest();
        assert_eq!(ship.workers.len(), workers);
        assert_eq!(ship.state(), Some(RunState::Done));
    }
}

#[test]
fn nothing_of_a_run_that_was_replaced_is_told() {
    let mut ship = prepared(settings(2), 2);
    ship.tell(Command::Play { run: RUN });
    (0..30).for_each(|_| ship.tick());
    ship.tell(Command::Configure {
        run: 2,
        config: settings(3),
    });
    ship.rest();
    let started = |(event, _): &Message| matches!(event, Event::Started { run: 2, .. });
    let at = ship.heard.iter().position(started).unwrap();
    let info = match &ship.heard[at].0 {
        Event::Started { info, .. } => info.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(info.arms, ["erm", "mixed", "random"]);
    for (event, _) in &ship.heard[at..] {
        let json = serde_json::to_value(event).unwrap();
        assert_eq!(json["run"], 2, "{event:?}");
    }
}

#[test]
fn a_run_that_is_left_is_put_aside_first() {
    let mut ship = prepared(settings(2), 2);
    ship.tell(Command::Play { run: RUN });
    (0..40).for_each(|_| ship.tick());
    ship.tell(Command::Checkpoint {
        request: 7,
        run: RUN,
    });
    ship.tell(Command::Configure {
        run: 2,
        config: settings(2),
    });
    ship.rest();
    let (step, file) = ship.checkpoint(7);
    let last = ship.heard.iter().rev().find_map(|(event, _)| match event {
        Event::Steps {
            run: RUN, records, ..
        } => records.last().map(|last| last.step),
        _ => None,
    });
    assert_eq!(Some(step), last);
    ship.tell_with(Command::Resume { run: 3 }, vec![file]);
    ship.tell(Command::Play { run: 3 });
    ship.rest();
    assert!(ship.failures().is_empty());
    assert_eq!(ship.state(), Some(RunState::Done));
}

#[test]
fn no_worker_runs_away_and_a_pause_is_heard() {
    let mut ship = prepared(settings(2), 2);
    ship.tell(Command::Play { run: RUN });
    // The second worker gets no time at all.
    let mut made = 0;
    for _ in 0..200 {
        let worker = &mut ship.workers[0];
        if let Some((command, buffers)) = worker.inbox.pop_front() {
            block_on(worker.session.handle(command, buffers));
        }
        if worker.session.is_training() {
            block_on(worker.session.turn(async || ()));
            made += 1;
        }
        let events: Vec<Message> = worker.outbox.borrow_mut().drain(..).collect();
        for (event, buffers) in events {
            let actions = ship.crew.hear(0, event, buffers, ship.now);
            ship.act(actions);
        }
    }
    assert_eq!(made, 2, "so far ahead is one worker");
    ship.tell(Command::Pause { run: RUN });
    assert_eq!(ship.state(), Some(RunState::Training), "not yet together");
    ship.rest();
    assert_eq!(ship.state(), Some(RunState::Paused));
    let mut course = Course::default();
    course.take(&ship.heard);
    assert_eq!(course.steps.len(), 2);
}

#[test]
fn a_refused_run_is_told_once_and_the_one_before_goes_on() {
    let mut ship = prepared(settings(2), 2);
    let mut bad = settings(2);
    bad.arms[1].challenge.p = 3.0;
    ship.tell(Command::Configure {
        run: 2,
        config: bad,
    });
    ship.rest();
    let failures = ship.failures();
    assert_eq!(failures.len(), 1, "{failures:?}");
    assert_eq!(failures[0].0, Some(2));
    assert!(
        failures[0].1.contains("arms[1].challenge.p"),
        "{failures:?}"
    );
    ship.tell(Command::Step { run: RUN });
    ship.rest();
    assert_eq!(ship.state(), Some(RunState::Paused));
}

#[test]
fn warnings_that_all_give_are_told_once() {
    let mut ship = prepared(settings(3), 3);
    let bad = tuned(&settings(3), 3.0, 1e-3);
    let images = vec![ImageEntry {
        name: "a.png".into(),
        class: "a".into(),
        domain: String::new(),
        test_only: false,
        width: 2,
        height: 2,
        buffer: 0,
    }];
    for turn in 1..=2 {
        ship.tell(Command::Tune {
            run: RUN,
            tuning: bad.clone(),
        });
        ship.rest();
        let images = images.clone();
        ship.tell_with(Command::SetImages { images }, vec![vec![0; 3]]);
        ship.rest();
        let warnings = ship.heard.iter().filter_map(|(event, _)| match event {
            Event::Warning { message, .. } => Some(message.as_str()),
            _ => None,
        });
        let warnings: Vec<&str> = warnings.collect();
        assert_eq!(warnings.len(), 2 * turn, "{warnings:?}");
        assert!(warnings[0].contains("arms[1].challenge.p"), "{warnings:?}");
    }
}

/// Two arms whose weights soon are no numbers any more.
fn diverging() -> RunConfig {
    let mut config = settings(2);
    config.training.learning_rate = 10.0;
    config.training.optimizer = OptimizerConfig::Sgd {
        momentum: 0.0,
        weight_decay: 1.0,
    };
    config.training.epochs = 100;
    config
}

#[test]
fn weights_that_are_not_finite_are_told_of_by_whoever_looks_at_them() {
    let mut ship = prepared(diverging(), 2);
    for request in 0..400 {
        ship.tell(Command::Step { run: RUN });
        ship.rest();
        ship.tell(look(1, request));
        ship.rest();
        if !ship.failures().is_empty() {
            break;
        }
    }
    let failures = ship.failures();
    assert_eq!(failures.len(), 1, "{failures:?}");
    let (run, said, _) = &failures[0];
    assert_eq!(*run, Some(RUN));
    // Its own name, though the worker that has it trains no other.
    assert!(said.contains("weights of arm `mixed`"), "{failures:?}");
}

#[test]
fn a_loss_that_is_not_finite_stops_all_arms_and_is_told_once() {
    let config = diverging();
    let mut ship = prepared(config, 2);
    ship.tell(Command::Play { run: RUN });
    ship.rest();
    let failures = ship.failures();
    assert_eq!(failures.len(), 1, "{failures:?}");
    assert_eq!(failures[0].0, Some(RUN));
    assert!(failures[0].1.contains("not finite"), "{failures:?}");
    let last = ship.heard.iter().rev().find_map(|(event, _)| match event {
        Event::Steps { records, .. } => records.last().map(|last| last.step),
        _ => None,
    });
    let kept = format!("up to step {} ", last.unwrap());
    assert!(failures[0].2.contains(&kept), "{failures:?} after {last:?}");
    let told = ship.heard.len();
    for command in [Command::Play { run: RUN }, Command::Step { run: RUN }] {
        ship.tell(command);
    }
    ship.rest();
    assert_eq!(ship.heard.len(), told, "a failed run stays so");
    // Another one can follow.
    ship.tell(Command::Configure {
        run: 2,
        config: settings(2),
    });
    ship.tell(Command::Play { run: 2 });
    ship.rest();
    assert_eq!(ship.state(), Some(RunState::Done));
}

#[test]
fn a_worker_that_trains_and_dies_is_the_engines_failure() {
    let mut ship = prepared(settings(2), 2);
    ship.tell(Command::Play { run: RUN });
    (0..30).for_each(|_| ship.tick());
    let actions = ship.crew.lose(1, "gone".into(), "all".into(), 0.0);
    ship.act(actions);
    assert_eq!(ship.failures(), [(None, "gone".into(), "all".into())]);
    let told = ship.heard.len();
    let again = ship.crew.lose(0, "gone as well".into(), String::new(), 0.0);
    ship.act(again);
    ship.tell(Command::Play { run: RUN });
    ship.rest();
    assert_eq!(ship.heard.len(), told, "told once");
}

#[test]
fn a_worker_that_does_not_come_is_done_without() {
    let mut ship = Ship::new(2, 5);
    ship.tell(Command::Configure {
        run: RUN,
        config: settings(2),
    });
    assert_eq!(ship.workers.len(), 2);
    assert!(ship.crew.is_loading(1), "the run waits for it");
    ship.rest_of_lead();
    assert_eq!(ship.state(), None);
    let actions = ship.crew.lose(1, "no room".into(), String::new(), 0.0);
    ship.act(actions);
    ship.tell(Command::Play { run: RUN });
    ship.rest();
    assert!(ship.workers[1].stopped && ship.failures().is_empty());
    assert_eq!(ship.state(), Some(RunState::Done));
    // It is not tried again.
    ship.tell(Command::Configure {
        run: 2,
        config: settings(2),
    });
    ship.rest();
    assert_eq!(ship.workers.len(), 2);
}

impl Ship {
    /// Lets the first worker alone do what it can.
    fn rest_of_lead(&mut self) {
        while !self.workers[0].is_idle() {
            let worker = &mut self.workers[0];
            if let Some((command, buffers)) = worker.inbox.pop_front() {
                block_on(worker.session.handle(command, buffers));
            }
            let events: Vec<Message> = worker.outbox.borrow_mut().drain(..).collect();
            for (event, buffers) in events {
                let actions = self.crew.hear(0, event, buffers, self.now);
                self.act(actions);
            }
        }
    }
}

#[test]
fn workers_that_come_later_have_the_images_too() {
    let mut ship = Ship::new(4, 5);
    let mut images = Vec::new();
    let mut buffers = Vec::new();
    for i in 0..24_usize {
        let red = i % 2 == 0;
        images.push(ImageEntry {
            name: format!("{i}.png"),
            class: if red { "red" } else { "blue" }.into(),
            domain: String::new(),
            test_only: false,
            width: 20,
            height: 20,
            buffer: i,
        });
        let value: [u8; 3] = if red { [220, 30, 40] } else { [40, 30, 220] };
        let grain = (0..400_usize).flat_map(|at| {
            let noise = ((at * 7919 + i * 31) % 29) as u8;
            [value[0] - noise, value[1] + noise, value[2] - noise, 255]
        });
        buffers.push(grain.collect());
    }
    ship.tell_with(Command::SetImages { images }, buffers);
    for (run, arms) in [(1, 1), (2, 2), (3, 4)] {
        let mut config = settings(arms);
        config.data.source = DataSource::Own;
        ship.tell(Command::Configure { run, config });
        ship.tell(Command::Play { run });
        ship.rest();
        assert!(ship.failures().is_empty(), "{:?}", ship.failures());
        assert_eq!(ship.state(), Some(RunState::Done));
        assert_eq!(ship.workers.len(), arms);
    }
}

#[test]
fn a_gpu_keeps_one_worker_and_hears_every_command_as_it_was() {
    let mut crew = Crew::<Vec<u8>>::new(8);
    let ready = Event::Ready {
        device: DeviceInfo {
            kind: DeviceKind::Gpu,
            name: "a GPU".into(),
            reason: String::new(),
            software: false,
            limits: Vec::new(),
        },
        version: String::new(),
    };
    crew.hear(0, ready, Vec::new(), 0.0);
    let configure = Command::Configure {
        run: RUN,
        config: settings(4),
    };
    for command in [
        configure,
        Command::Play { run: RUN },
        look(3, 1),
        Command::Pause { run: RUN },
    ] {
        let actions = crew.tell(command.clone(), Vec::new(), 0.0);
        let sent = Action::Send {
            worker: 0,
            command,
            buffers: Vec::new(),
        };
        assert_eq!(actions, [sent]);
    }
}

#[test]
fn questions_are_answered_by_the_arm_that_they_are_about() {
    let mut ship = prepared(settings(3), 2);
    ship.tell(Command::Step { run: RUN });
    ship.rest();
    let about = ship.heard.len();
    for arm in 0..3 {
        ship.tell(look(arm, arm as u32));
        ship.tell(Command::Batch {
            request: 10,
            run: RUN,
            arm,
        });
    }
    ship.tell(Command::Profile {
        request: 20,
        run: RUN,
    });
    ship.tell(Command::Memory { request: 21 });
    ship.rest();
    let mut answers = Vec::new();
    for (event, _) in &ship.heard[about..] {
        match event {
            Event::Inspection { arm, step, .. } => answers.push(("inspection", *arm, *step)),
            Event::Batch { arm, step, b, .. } => {
                // The plain arm challenges nobody.
                assert_eq!(*b > 0.0, *arm > 0);
                answers.push(("batch", *arm, *step));
            }
            Event::Profile { split, .. } => {
                assert!(split.challenge_ms > 0.0, "an arm that is challenged");
                answers.push(("profile", 0, 1));
            }
            // Of all workers together, so told once.
            Event::Memory { request, .. } => answers.push(("memory", *request as usize, 1)),
            other => panic!("{other:?}"),
        }
    }
    answers.sort_unstable();
    let mut wanted = vec![("profile", 0, 1), ("memory", 21, 1)];
    for arm in 0..3 {
        wanted.extend([("batch", arm, 1), ("inspection", arm, 1)]);
    }
    wanted.sort_unstable();
    assert_eq!(answers, wanted);
    // An arm that is not there is refused.
    ship.tell(look(3, 30));
    ship.rest();
    assert!(matches!(
        ship.heard.last(),
        Some((Event::Warning { message, .. }, _)) if message.contains("no arm 3")
    ));
}

#[test]
fn spoilt_parts_are_refused() {
    let mut ship = prepared(settings(2), 1);
    ship.tell(Command::Checkpoint {
        request: 1,
        run: RUN,
    });
    ship.rest();
    let (_, file) = ship.checkpoint(1);
    assert_eq!(merged_checkpoint(&[&file]), Ok(file.clone()));
    assert!(
        merged_checkpoint(&[&file, &file]).is_err(),
        "every arm twice"
    );
    assert!(merged_checkpoint(&[&file[..file.len() - 4]]).is_err());
    assert!(merged_checkpoint(&[b"nothing"]).is_err());
    assert_eq!(arms_of_checkpoint(&file[1..]), None);
}
