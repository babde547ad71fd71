//! Commands in any order, at any moment, against a model of the session: every event is foretold,
//! one by one. So no event of a run comes after the next has started, every question about the run in
//! hand is answered once, what is refused changes nothing, and a run's losses are the same however it
//! was interrupted. `PROPTEST_CASES` sets how many sequences are tried.
#![cfg(feature = "engine")]
#![allow(clippy::unwrap_used, reason = "tests may panic")]

use std::{
    cell::RefCell,
    rc::Rc,
    sync::{Arc, LazyLock},
};

use burn::tensor::Device;
use pollster::block_on;
use proptest::{prelude::*, test_runner::Config};
use rsc_core::{
    config::{Backbone, ChallengeConfig, DataPreset, DataSource, OptimizerConfig, RunConfig},
    data::{Dataset, SourceImage},
    protocol::{
        Command, DevicePreference, Event, Fault, ImageEntry, ImageInspection, ImageRef, RunId,
        RunState, Split, Tuning,
    },
    session::Session,
    trainer::Run,
};

type Buffers = Vec<Vec<u8>>;

/// Sequences tried where nothing else is said.
const SEQUENCES: u32 = 2000;

/// Kinds of runs, each tiny.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Plain,
    /// Two challenged arms and long epochs.
    Long,
    /// Its weights grow until they are numbers no more.
    Diverging,
    /// On the visitor's own images, the first or the second set.
    Own(usize),
}

const KINDS: [Kind; 5] = [
    Kind::Plain,
    Kind::Long,
    Kind::Diverging,
    Kind::Own(0),
    Kind::Own(1),
];

/// What of a run can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Question {
    Inspect,
    Microscope,
    Batch,
    Samples,
    Export,
    Profile,
}

/// One thing done to the session.
#[derive(Debug, Clone)]
enum Act {
    Open,
    Configure(usize),
    ConfigureBadly,
    /// From a checkpoint made earlier, if there is one.
    Resume(usize),
    ResumeNoise,
    Play(bool),
    Pause(bool),
    Step(bool),
    /// For the run in hand or another; with settings in range or not.
    Tune(bool, bool),
    /// Likewise, about something that there is or not.
    Ask(Question, bool, bool),
    Checkpoint(bool),
    Images(usize),
    OneClass,
    BrokenImages,
    BrokenDigits,
    Turns(usize),
    Fault,
    Look,
}

fn act() -> impl Strategy<Value = Act> {
    // Mostly about the run in hand.
    let now = || prop::bool::weighted(0.9);
    let question = prop_oneof![
        4 => Just(Question::Inspect),
        4 => Just(Question::Microscope),
        4 => Just(Question::Batch),
        4 => Just(Question::Samples),
        2 => Just(Question::Export),
        1 => Just(Question::Profile),
    ];
    prop_oneof![
        1 => Just(Act::Open),
        6 => (0..KINDS.len()).prop_map(Act::Configure),
        1 => Just(Act::ConfigureBadly),
        4 => any::<usize>().prop_map(Act::Resume),
        1 => Just(Act::ResumeNoise),
        8 => now().prop_map(Act::Play),
        4 => now().prop_map(Act::Pause),
        5 => now().prop_map(Act::Step),
        3 => (now(), any::<bool>()).prop_map(|(now, good)| Act::Tune(now, good)),
        8 => (question, now(), prop::bool::weighted(0.8))
            .prop_map(|(question, now, good)| Act::Ask(question, now, good)),
        5 => now().prop_map(Act::Checkpoint),
        2 => (0..2_usize).prop_map(Act::Images),
        1 => Just(Act::OneClass),
        1 => Just(Act::BrokenImages),
        1 => Just(Act::BrokenDigits),
        10 => (1..40_usize).prop_map(Act::Turns),
        1 => Just(Act::Fault),
        1 => Just(Act::Look),
    ]
}

fn image(kind: usize, i: usize) -> SourceImage {
    let red = i.is_multiple_of(2);
    let shade = (i * 37 % 90) as u8;
    let colour = if red {
        [200, shade, 40, 255]
    } else {
        [40, shade, 200, 255]
    };
    SourceImage {
        name: format!("{kind}-{i}.png"),
        class: if red { "red" } else { "blue" }.into(),
        domain: String::new(),
        test_only: i % 7 == 6,
        width: 4,
        height: 4,
        rgba: colour.repeat(16),
    }
}

/// The visitor's own images: sets of different sizes.
fn images(kind: usize) -> Vec<SourceImage> {
    (0..20 + 10 * kind).map(|i| image(kind, i)).collect()
}

fn config(kind: Kind) -> RunConfig {
    let mut config = RunConfig::for_preset(DataPreset::CornerCue);
    config.data.image_size = 16;
    config.data.train_images = 12;
    config.data.test_images = 8;
    config.network.backbone = Backbone::SmallCnn { channels: vec![2] };
    config.training.batch_size = 4;
    config.training.epochs = 2;
    match kind {
        Kind::Plain => {}
        Kind::Long => {
            config.data.train_images = 80;
            let mut third = config.arms[1].clone();
            third.name = "third".into();
            third.challenge.p = 0.6;
            config.arms.push(third);
        }
        Kind::Diverging => {
            config.training.epochs = 40;
            config.training.learning_rate = 10.0;
            // Each step multiplies the weights by 1 − 10 · 1 = −9.
            config.training.optimizer = OptimizerConfig::Sgd {
                momentum: 0.0,
                weight_decay: 1.0,
            };
        }
        Kind::Own(_) => config.data.source = DataSource::Own,
    }
    config
}

fn looked_at() -> ImageRef {
    ImageRef {
        domain: 0,
        split: Split::Test,
        index: 0,
    }
}

fn challenge() -> ChallengeConfig {
    ChallengeConfig::default()
}

/// How a kind of run goes when nobody interferes.
struct Course {
    config: RunConfig,
    per_epoch: u64,
    total: u64,
    /// By step, counted from 1: each arm's loss.
    losses: Vec<Vec<f32>>,
    /// The step whose loss is no number.
    fails_at: Option<u64>,
    /// By step, counted from 0: whether the weights are no numbers, what is made of an image is not,
    /// or an evaluation finds a loss that is not.
    spoilt: Vec<[bool; 3]>,
}

fn finite(inspection: &ImageInspection) -> bool {
    let it = inspection;
    let mut all = it
        .importance
        .iter()
        .chain(&it.heat)
        .chain(&it.before)
        .chain(&it.after);
    all.all(|value| value.is_finite()) && it.drop.is_finite()
}

fn spoilt(run: &Run) -> [bool; 3] {
    let inspected = block_on(run.inspect(1, &challenge(), &[looked_at()])).unwrap();
    let evaluated = block_on(run.evaluate(async || ())).unwrap().record;
    [
        block_on(run.checkpoint()).is_err(),
        !inspected.iter().all(finite),
        evaluated.arms.iter().any(|arm| {
            let losses = [Some(arm.loss_same_domain), arm.loss_new_domain];
            !losses.into_iter().flatten().all(f32::is_finite)
        }),
    ]
}

static COURSES: LazyLock<Vec<Course>> = LazyLock::new(|| {
    let course = |kind: Kind| {
        let config = config(kind);
        let own = match kind {
            Kind::Own(set) => images(set),
            _ => Vec::new(),
        };
        let data = Dataset::make(&config.data, &own, None, config.training.seed).unwrap();
        let mut run = Run::new(config.clone(), Arc::new(data), &Device::flex()).unwrap();
        let mut losses = Vec::new();
        let mut fails_at = None;
        let mut all_spoilt = vec![spoilt(&run)];
        while !run.is_done() && fails_at.is_none() {
            run.advance();
            match block_on(run.read_steps()) {
                Ok(records) => {
                    losses.push(records[0].arms.iter().map(|arm| arm.loss).collect());
                    all_spoilt.push(spoilt(&run));
                }
                Err(_) => fails_at = Some(run.step()),
            }
        }
        Course {
            config,
            per_epoch: run.steps_per_epoch(),
            total: run.total_steps(),
            losses,
            fails_at,
            spoilt: all_spoilt,
        }
    };
    KINDS.into_iter().map(course).collect()
});

/// An event, without its numbers.
#[derive(Debug, Clone, PartialEq)]
enum Seen {
    Ready,
    Started(RunId, u64),
    State(RunId, RunState),
    Steps(RunId, Vec<u64>),
    Evaluation(RunId, u64),
    Answer(Question, u32, RunId),
    Checkpoint(u32, RunId, u64),
    Warning(Option<RunId>),
    Failed(Option<RunId>),
    Other(String),
}

fn seen(event: &Event) -> Seen {
    match event {
        Event::Ready { .. } => Seen::Ready,
        Event::Started { run, step, .. } => Seen::Started(*run, *step),
        Event::State { run, state } => Seen::State(*run, *state),
        Event::Steps { run, records, .. } => {
            Seen::Steps(*run, records.iter().map(|record| record.step).collect())
        }
        Event::Evaluation { run, record } => Seen::Evaluation(*run, record.step),
        Event::Inspection { request, run, .. } => Seen::Answer(Question::Inspect, *request, *run),
        Event::Microscope { request, run, .. } => {
            Seen::Answer(Question::Microscope, *request, *run)
        }
        Event::Batch { request, run, .. } => Seen::Answer(Question::Batch, *request, *run),
        Event::Samples { request, run, .. } => Seen::Answer(Question::Samples, *request, *run),
        Event::Weights { request, run, .. } => Seen::Answer(Question::Export, *request, *run),
        Event::Profile { request, run, .. } => Seen::Answer(Question::Profile, *request, *run),
        Event::Checkpoint { request, run, step } => Seen::Checkpoint(*request, *run, *step),
        Event::Warning { run, .. } => Seen::Warning(*run),
        Event::Failed { run, .. } => Seen::Failed(*run),
        other => Seen::Other(format!("{other:?}")),
    }
}

/// The run in hand, as the model knows it.
#[derive(Debug, Clone)]
struct Active {
    id: RunId,
    course: usize,
    step: u64,
    state: RunState,
    tuned: bool,
    /// Whether this engine made a step of it.
    stepped: bool,
}

/// What came of a command beside its events.
enum Outcome {
    Fine,
    /// Refused; everything else goes on.
    Refused(Option<RunId>),
    /// The run could not be started, or is over.
    Over(RunId),
    /// There is no device.
    Gone,
}

/// A checkpoint: its bytes, and the run it is of.
struct Kept {
    file: Vec<u8>,
    run: Active,
}

#[derive(Default)]
struct Model {
    device: bool,
    fault: bool,
    /// Which set of images the engine has; `None` for none, or of one class only.
    own: Option<usize>,
    active: Option<Active>,
}

impl Model {
    fn current(&mut self, run: RunId) -> Option<&mut Active> {
        self.active.as_mut().filter(|active| active.id == run)
    }

    /// After the events of a command or a turn: how it ends.
    fn end(&mut self, mut events: Vec<Seen>, outcome: Outcome) -> Vec<Seen> {
        match outcome {
            _ if self.fault => {
                self.lose();
                events.push(Seen::Failed(None));
            }
            Outcome::Fine => {}
            Outcome::Refused(run) => events.push(Seen::Warning(run)),
            Outcome::Over(run) => {
                if let Some(active) = self.current(run) {
                    active.state = RunState::Failed;
                }
                events.push(Seen::Failed(Some(run)));
            }
            Outcome::Gone => {
                self.lose();
                events.push(Seen::Failed(None));
            }
        }
        events
    }

    fn lose(&mut self) {
        self.device = false;
        self.active = None;
        self.fault = false;
    }

    fn has_data_for(&self, course: usize) -> bool {
        match KINDS[course] {
            Kind::Own(set) => self.own == Some(set),
            _ => true,
        }
    }

    /// A step that the session makes; `paused` says whether it pauses afterwards.
    fn step(&mut self, paused: bool) -> (Vec<Seen>, Outcome) {
        let fault = self.fault;
        let Some(active) = &mut self.active else {
            return (Vec::new(), Outcome::Fine);
        };
        let course = &COURSES[active.course];
        active.step += 1;
        active.stepped = true;
        let (run, step) = (active.id, active.step);
        if course.fails_at == Some(step) && !active.tuned {
            return (Vec::new(), Outcome::Over(run));
        }
        let mut events = vec![Seen::Steps(run, vec![step])];
        if paused {
            active.state = RunState::Paused;
            events.push(Seen::State(run, RunState::Paused));
        } else if fault {
            return (events, Outcome::Gone);
        }
        if step.is_multiple_of(course.per_epoch) {
            if course.spoilt[step as usize][2] {
                return (events, Outcome::Over(run));
            }
            events.push(Seen::Evaluation(run, step));
        }
        if step >= course.total {
            active.state = RunState::Done;
            events.push(Seen::State(run, RunState::Done));
        }
        (events, Outcome::Fine)
    }
}

/// The session, its model, and what both have said.
struct Trial<E: FnMut(Event, Buffers)> {
    session: Session<E>,
    log: Rc<RefCell<Vec<(Event, Buffers)>>>,
    model: Model,
    kept: Vec<Kept>,
    runs: RunId,
    requests: u32,
}

fn trial() -> Trial<impl FnMut(Event, Buffers)> {
    let log = Rc::<RefCell<Vec<(Event, Buffers)>>>::default();
    let sink = Rc::clone(&log);
    Trial {
        session: Session::new(move |event, buffers| sink.borrow_mut().push((event, buffers))),
        log,
        model: Model::default(),
        kept: Vec::new(),
        runs: 0,
        requests: 0,
    }
}

impl<E: FnMut(Event, Buffers)> Trial<E> {
    fn tell(&mut self, command: Command, buffers: Buffers) {
        block_on(self.session.handle(command, buffers));
    }

    fn next_run(&mut self) -> RunId {
        self.runs += 1;
        self.runs
    }

    /// The run in hand, or one that is not.
    fn run(&self, now: bool) -> RunId {
        let current = self.model.active.as_ref().map_or(0, |active| active.id);
        if now { current } else { current + 1000 }
    }

    /// Compares what was said with what was foretold.
    fn compare(&mut self, act: &Act, expected: &[Seen]) -> Result<(), TestCaseError> {
        let said = std::mem::take(&mut *self.log.borrow_mut());
        let events: Vec<Seen> = said.iter().map(|(event, _)| seen(event)).collect();
        prop_assert_eq!(&events, expected, "after {:?}", act);
        for (event, buffers) in said {
            // What cannot be written and read cannot be heard by a page.
            let text = serde_json::to_string(&event).unwrap();
            let read = serde_json::from_str::<Event>(&text);
            prop_assert!(read.is_ok(), "{:?} from {}", read, text);
            match event {
                Event::Steps { records, .. } => {
                    let Some(active) = self.model.active.as_ref().filter(|active| !active.tuned)
                    else {
                        continue;
                    };
                    for record in records {
                        let losses: Vec<f32> = record.arms.iter().map(|arm| arm.loss).collect();
                        let expected = &COURSES[active.course].losses[record.step as usize - 1];
                        prop_assert_eq!(&losses, expected, "in step {}", record.step);
                    }
                }
                Event::Checkpoint { .. } => {
                    let run = self.model.active.clone().unwrap();
                    let file = buffers.into_iter().next().unwrap();
                    self.kept.push(Kept { file, run });
                }
                Event::Failed { message, kept, .. } => {
                    prop_assert!(!message.is_empty() && !kept.is_empty());
                }
                _ => {}
            }
        }
        let training = self.model.active.as_ref();
        let training = training.is_some_and(|active| active.state == RunState::Training);
        prop_assert_eq!(self.session.is_training(), training);
        Ok(())
    }

    /// Does one thing, in the session and in the model.
    fn act(&mut self, act: &Act) -> Result<(), TestCaseError> {
        if matches!(act, Act::Resume(_)) && self.kept.is_empty() {
            return Ok(());
        }
        let (events, outcome) = match act {
            Act::Open => {
                let device = DevicePreference::Cpu;
                self.tell(Command::Open { device }, Vec::new());
                // Faults of the device before are not this one's.
                self.model.fault = false;
                self.model.device = true;
                (vec![Seen::Ready], Outcome::Fine)
            }
            Act::Configure(course) => self.configure(*course),
            Act::ConfigureBadly => {
                let run = self.next_run();
                let mut config = config(Kind::Plain);
                config.training.epochs = 0;
                self.tell(Command::Configure { run, config }, Vec::new());
                let outcome = match self.model.device {
                    true => Outcome::Over(run),
                    false => Outcome::Gone,
                };
                (Vec::new(), outcome)
            }
            Act::Resume(which) => self.resume(*which),
            Act::ResumeNoise => {
                let run = self.next_run();
                self.tell(Command::Resume { run }, vec![vec![7; 300]]);
                (Vec::new(), Outcome::Over(run))
            }
            Act::Play(now) => {
                let run = self.run(*now);
                self.tell(Command::Play { run }, Vec::new());
                let mut events = Vec::new();
                if let Some(active) = self.model.current(run)
                    && matches!(active.state, RunState::Ready | RunState::Paused)
                {
                    active.state = RunState::Training;
                    events.push(Seen::State(run, RunState::Training));
                }
                (events, Outcome::Fine)
            }
            Act::Pause(now) => {
                let run = self.run(*now);
                self.tell(Command::Pause { run }, Vec::new());
                let mut events = Vec::new();
                if let Some(active) = self.model.current(run)
                    && active.state == RunState::Training
                {
                    active.state = RunState::Paused;
                    events.push(Seen::State(run, RunState::Paused));
                }
                (events, Outcome::Fine)
            }
            Act::Step(now) => {
                let run = self.run(*now);
                self.tell(Command::Step { run }, Vec::new());
                match self.model.current(run) {
                    Some(active) if !matches!(active.state, RunState::Done | RunState::Failed) => {
                        self.model.step(true)
                    }
                    _ => (Vec::new(), Outcome::Fine),
                }
            }
            Act::Tune(now, good) => self.tune(*now, *good),
            Act::Ask(question, now, good) => self.ask(*question, *now, *good),
            Act::Checkpoint(now) => {
                let run = self.run(*now);
                self.requests += 1;
                let request = self.requests;
                self.tell(Command::Checkpoint { request, run }, Vec::new());
                match self.model.current(run) {
                    None => (Vec::new(), Outcome::Fine),
                    Some(active) if active.state == RunState::Failed => {
                        (Vec::new(), Outcome::Refused(Some(run)))
                    }
                    Some(active) if COURSES[active.course].spoilt[active.step as usize][0] => {
                        (Vec::new(), Outcome::Over(run))
                    }
                    Some(active) => {
                        let step = active.step;
                        (vec![Seen::Checkpoint(request, run, step)], Outcome::Fine)
                    }
                }
            }
            Act::Images(set) => {
                self.send_images(images(*set), 4);
                self.model.own = Some(*set);
                (Vec::new(), Outcome::Fine)
            }
            Act::OneClass => {
                let one = (0..20).map(|i| image(0, 2 * i)).collect();
                self.send_images(one, 4);
                self.model.own = None;
                (Vec::new(), Outcome::Fine)
            }
            Act::BrokenImages => {
                self.send_images(images(0), 5);
                (Vec::new(), Outcome::Refused(None))
            }
            Act::BrokenDigits => {
                self.tell(Command::SetDigits { width: 27 }, vec![vec![0; 27]]);
                (Vec::new(), Outcome::Refused(None))
            }
            Act::Turns(count) => {
                for _ in 0..*count {
                    block_on(self.session.turn(async || ()));
                    let training = self.model.active.as_ref();
                    if !training.is_some_and(|active| active.state == RunState::Training) {
                        break;
                    }
                    let (events, outcome) = self.model.step(false);
                    let expected = self.model.end(events, outcome);
                    self.compare(act, &expected)?;
                }
                return self.compare(act, &[]);
            }
            Act::Fault => {
                self.session
                    .faults()
                    .report(Fault::DeviceLost, "the GPU is gone");
                self.model.fault = true;
                return self.compare(act, &[]);
            }
            Act::Look => {
                self.session.check_device();
                (Vec::new(), Outcome::Fine)
            }
        };
        // A checkpoint is of the run before a fault is told of.
        let before = self.model.active.clone();
        let expected = self.model.end(events, outcome);
        let after = std::mem::replace(&mut self.model.active, before);
        let lost = expected.last() == Some(&Seen::Failed(None));
        if !lost {
            self.model.active = after;
            return self.compare(act, &expected);
        }
        let said = self.log.borrow_mut().pop();
        let last = said.map(|(event, _)| seen(&event));
        prop_assert_eq!(last, Some(Seen::Failed(None)), "after {:?}", act);
        let so_far = &expected[..expected.len() - 1];
        let training = self.session.is_training();
        prop_assert!(!training);
        if let Some(active) = &mut self.model.active
            && active.state == RunState::Training
        {
            active.state = RunState::Failed;
        }
        self.compare(act, so_far)?;
        self.model.active = after;
        Ok(())
    }

    fn configure(&mut self, course: usize) -> (Vec<Seen>, Outcome) {
        let run = self.next_run();
        let config = COURSES[course].config.clone();
        self.tell(Command::Configure { run, config }, Vec::new());
        if !self.model.device {
            return (Vec::new(), Outcome::Gone);
        }
        // On the visitor's own images: whichever are there.
        let course = match (KINDS[course], self.model.own) {
            (Kind::Own(_), Some(set)) => KINDS.iter().position(|it| *it == Kind::Own(set)),
            (Kind::Own(_), None) => None,
            _ => Some(course),
        };
        let Some(course) = course else {
            return (Vec::new(), Outcome::Over(run));
        };
        self.model.active = Some(Active {
            id: run,
            course,
            step: 0,
            state: RunState::Ready,
            tuned: false,
            stepped: false,
        });
        let events = vec![Seen::Started(run, 0), Seen::State(run, RunState::Ready)];
        (events, Outcome::Fine)
    }

    fn resume(&mut self, which: usize) -> (Vec<Seen>, Outcome) {
        let Some(which) = which.checked_rem(self.kept.len()) else {
            return (Vec::new(), Outcome::Fine);
        };
        let run = self.next_run();
        let Kept { file, run: kept } = &self.kept[which];
        let (file, kept) = (file.clone(), kept.clone());
        self.tell(Command::Resume { run }, vec![file]);
        if !self.model.device {
            return (Vec::new(), Outcome::Gone);
        }
        if !self.model.has_data_for(kept.course) {
            return (Vec::new(), Outcome::Over(run));
        }
        let course = &COURSES[kept.course];
        let state = match kept.step {
            0 => RunState::Ready,
            step if step >= course.total => RunState::Done,
            _ => RunState::Paused,
        };
        let step = kept.step;
        self.model.active = Some(Active {
            id: run,
            state,
            stepped: false,
            ..kept
        });
        let mut events = vec![Seen::Started(run, step), Seen::State(run, state)];
        if step > 0 && step.is_multiple_of(course.per_epoch) {
            if course.spoilt[step as usize][2] {
                return (events, Outcome::Over(run));
            }
            events.push(Seen::Evaluation(run, step));
        }
        (events, Outcome::Fine)
    }

    fn tune(&mut self, now: bool, good: bool) -> (Vec<Seen>, Outcome) {
        let run = self.run(now);
        let course = self.model.current(run).map_or(0, |active| active.course);
        let config = &COURSES[course].config;
        let diverges = KINDS[course] == Kind::Diverging;
        let tuning = Tuning {
            learning_rate: match (good, diverges) {
                (false, _) => -1.0,
                // As it was, so that the course stays foretold.
                (true, true) => config.training.learning_rate,
                (true, false) => 0.01,
            },
            challenges: config
                .arms
                .iter()
                .map(|arm| arm.challenge.clone())
                .collect(),
        };
        self.tell(Command::Tune { run, tuning }, Vec::new());
        match self.model.current(run) {
            None => (Vec::new(), Outcome::Fine),
            Some(_) if !good => (Vec::new(), Outcome::Refused(Some(run))),
            Some(active) => {
                active.tuned |= !diverges;
                (Vec::new(), Outcome::Fine)
            }
        }
    }

    fn ask(&mut self, question: Question, now: bool, good: bool) -> (Vec<Seen>, Outcome) {
        let run = self.run(now);
        self.requests += 1;
        let request = self.requests;
        let arm = if good { 1 } else { 9 };
        let image = ImageRef {
            domain: if good { 0 } else { 7 },
            ..looked_at()
        };
        let command = match question {
            Question::Inspect => Command::Inspect {
                request,
                run,
                arm,
                challenge: challenge(),
                images: vec![image],
            },
            Question::Microscope => Command::Microscope {
                request,
                run,
                arm,
                challenge: challenge(),
                image,
            },
            Question::Batch => Command::Batch { request, run, arm },
            Question::Samples => Command::Samples {
                request,
                run,
                images: vec![image],
            },
            Question::Export => Command::Export { request, run, arm },
            Question::Profile => Command::Profile { request, run },
        };
        self.tell(command, Vec::new());
        let Some(active) = self.model.current(run) else {
            return (Vec::new(), Outcome::Fine);
        };
        let answer = (vec![Seen::Answer(question, request, run)], Outcome::Fine);
        let refusal = (Vec::new(), Outcome::Refused(Some(run)));
        let spoilt = COURSES[active.course].spoilt[active.step as usize
            - usize::from(active.state == RunState::Failed && active.step > 0)];
        match question {
            Question::Profile => answer,
            Question::Samples if good => answer,
            Question::Samples => refusal,
            _ if active.state == RunState::Failed || !good => refusal,
            Question::Batch if !active.stepped => refusal,
            Question::Inspect | Question::Microscope if spoilt[1] => {
                (Vec::new(), Outcome::Over(run))
            }
            _ => answer,
        }
    }

    /// Sends images of `side` × `side` pixels, as they say.
    fn send_images(&mut self, images: Vec<SourceImage>, side: u32) {
        let entries = images.iter().enumerate().map(|(buffer, image)| ImageEntry {
            name: image.name.clone(),
            class: image.class.clone(),
            domain: image.domain.clone(),
            test_only: image.test_only,
            width: side,
            height: side,
            buffer,
        });
        let images_command = Command::SetImages {
            images: entries.collect(),
        };
        let buffers = images.into_iter().map(|image| image.rgba).collect();
        self.tell(images_command, buffers);
    }
}

fn sequences() -> Config {
    let mut config = Config {
        failure_persistence: None,
        ..Config::default()
    };
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = SEQUENCES;
    }
    config
}

#[test]
fn the_courses_are_as_meant() {
    for (kind, course) in KINDS.iter().zip(COURSES.iter()) {
        let diverges = *kind == Kind::Diverging;
        assert_eq!(course.fails_at.is_some(), diverges, "{kind:?}");
        assert!(course.per_epoch >= 3, "{kind:?}: {}", course.per_epoch);
        println!(
            "{kind:?}: {} steps, fails at {:?}",
            course.total, course.fails_at
        );
    }
}

proptest! {
    #![proptest_config(sequences())]

    #[test]
    fn any_commands_in_any_order(acts in prop::collection::vec(act(), 1..40), open in prop::bool::weighted(0.9)) {
        let mut trial = trial();
        if open {
            trial.act(&Act::Open)?;
        }
        for act in &acts {
            trial.act(act)?;
        }
    }
}
