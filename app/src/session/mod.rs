//! What the page knows about the engine and its run: signals that the panels read, and the few
//! verbs that panels use (play, pause, step, reset, change). Everything that goes to or comes from
//! the worker passes through here.

mod adopt;
mod arms;
mod batch;
mod bench;
mod check;
mod checkpoint;
mod confusion;
mod digits;
mod exports;
mod failure;
mod inspect;
mod kept;
mod link;
mod microscope;
mod notices;
mod profile;
mod pulse;
mod receive;
mod runs;
mod settings;
mod sweep;
mod workers;

use leptos::prelude::*;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use rsc_core::config::{DataPreset, RunConfig};
use rsc_core::protocol::{
    Command, DeviceInfo, DevicePreference, EvaluationRecord, Fault, RunId, RunInfo, RunState,
    StepMetrics, StepRecord,
};

pub(crate) use arms::ARM_NAME;
pub(crate) use batch::{Batches, LastBatch};
pub(crate) use check::Checks;
pub(crate) use checkpoint::{Aside, Checkpoints};
pub(crate) use confusion::Predictions;
pub(crate) use digits::DigitSheet;
pub(crate) use failure::{Failure, Stopped};
pub(crate) use inspect::{Inspected, InspectedImage, Lens, PICKS};
pub(crate) use microscope::{Choice as ImageChoice, Magnified, Marked, Scope};
pub(crate) use notices::{Kind, Notices, Offer};
pub(crate) use profile::{Memory, Profile, Profiled};
pub(crate) use runs::Runs;
pub(crate) use sweep::Sweeper;

use crate::browser;
use crate::later::{Arrival, Errand};
use crate::own::OwnImages;
use crate::pure::history::History;
pub(crate) use crate::pure::runs::CURVES;
use crate::pure::trace::{Point, Trace};
use exports::Exports;
pub(crate) use workers::{Hearing, Workers};

/// Index of the plainly trained arm in every run of this page.
pub(crate) const ERM: usize = 0;
/// Index of the first challenged arm in every run of this page.
pub(crate) const RSC: usize = 1;

/// Topic of messages about a constant importance.
const DEGENERATE: &str = "degenerate";
/// Topic of messages about a run or an engine that stopped.
const FAILURE: &str = "failure";

/// Where the engine stands.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Engine {
    /// Its module is arriving.
    Loading {
        /// Bytes so far.
        received: u64,
        /// Bytes in all; 0 while unknown.
        total: u64,
    },
    /// Its device is open.
    Ready {
        /// Which device and why.
        device: DeviceInfo,
        /// The engine's version.
        version: String,
    },
    /// It stopped.
    Failed,
}

/// How far the run is.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Progress {
    /// Steps made.
    pub(crate) step: u64,
    /// Epoch, counted from 0.
    pub(crate) epoch: u32,
    /// Time per step, all arms together.
    pub(crate) step_ms: f64,
}

/// A small picture of a run's data.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Thumbnail {
    /// Caption.
    pub(crate) name: String,
    /// Whether its domain is held out.
    pub(crate) new_domain: bool,
    /// RGBA pixels of a square.
    pub(crate) pixels: Arc<Vec<u8>>,
    /// Side of the square.
    pub(crate) side: u32,
}

/// The page's shared state. Copying it copies handles.
#[derive(Clone, Copy)]
pub(crate) struct Session {
    /// Where the engine stands.
    pub(crate) engine: RwSignal<Engine>,
    /// What the controls say; always valid.
    pub(crate) draft: RwSignal<RunConfig>,
    /// Which arm's challenge the controls set.
    pub(crate) edited: RwSignal<usize>,
    /// What the current run was configured with, tunings included.
    pub(crate) applied: RwSignal<Option<RunConfig>>,
    /// Refused values by field, until the field has a valid one.
    pub(crate) refused: RwSignal<BTreeMap<String, String>>,
    /// The current run.
    pub(crate) info: RwSignal<Option<RunInfo>>,
    /// What it is doing; `None` while it is being prepared.
    pub(crate) state: RwSignal<Option<RunState>>,
    /// What went wrong, if something did.
    pub(crate) failure: RwSignal<Option<Failure>>,
    /// How far it is.
    pub(crate) progress: RwSignal<Progress>,
    /// Metrics of the last step, one entry per arm.
    pub(crate) latest: RwSignal<Vec<StepMetrics>>,
    /// The curves per step, thinned.
    pub(crate) curves: RwSignal<Vec<Point<CURVES>>>,
    /// All evaluations so far.
    pub(crate) evaluations: RwSignal<Vec<EvaluationRecord>>,
    /// Pictures of the presets that have been prepared since the page was opened.
    pub(crate) thumbnails: RwSignal<HashMap<DataPreset, Vec<Thumbnail>>>,
    /// What the masks panel looks at.
    pub(crate) lens: Lens,
    /// What the microscope looks at.
    pub(crate) scope: Scope,
    /// The batch trained on last.
    pub(crate) batches: Batches,
    /// What each arm made of each test image at the last evaluation.
    pub(crate) predictions: Predictions,
    /// Where a step's time goes.
    pub(crate) profile: Profile,
    /// Whether the device computes what it should.
    pub(crate) checks: Checks,
    /// The handwritten digits.
    pub(crate) digits: DigitSheet,
    /// The visitor's own images.
    pub(crate) own: OwnImages,
    /// Messages.
    pub(crate) notices: Notices,
    /// This run and those before it.
    pub(crate) runs: Runs,
    /// Runs that can go on.
    pub(crate) checkpoints: Checkpoints,
    /// Weights on their way into files.
    pub(crate) exports: Exports,
    /// Every step of the current run, for export.
    pub(crate) history: StoredValue<History>,
    device: StoredValue<DevicePreference>,
    run: StoredValue<RunId>,
    request: StoredValue<u32>,
    thumbnails_asked: StoredValue<Option<(u32, DataPreset)>>,
    play_when_started: StoredValue<bool>,
    warned: StoredValue<bool>,
    trace: StoredValue<Trace<CURVES>>,
    waiting: StoredValue<Vec<StepRecord>>,
    last_flush: StoredValue<f64>,
    flush_planned: StoredValue<bool>,
    workers: StoredValue<Option<Workers>, LocalStorage>,
    /// How often a device has failed since the page was opened.
    device_failures: StoredValue<u32>,
    /// What takes in the engine's messages comes with it.
    pub(crate) arrival: Arrival,
}

/// The device that the address asks for.
fn device_preference() -> DevicePreference {
    match browser::query("device").as_deref() {
        Some("cpu") => DevicePreference::Cpu,
        Some("webgpu") => DevicePreference::Webgpu,
        _ => DevicePreference::Automatic,
    }
}

impl Session {
    /// Starts the worker and asks for a device at once: the worker queues it behind its download.
    pub(crate) fn start(arrival: Arrival) -> Self {
        let notices = Notices::new();
        let session = Self {
            engine: RwSignal::new(Engine::Loading {
                received: 0,
                total: 0,
            }),
            draft: RwSignal::new(RunConfig::default()),
            edited: RwSignal::new(RSC),
            applied: RwSignal::new(None),
            refused: RwSignal::default(),
            info: RwSignal::new(None),
            state: RwSignal::new(None),
            failure: RwSignal::new(None),
            progress: RwSignal::default(),
            latest: RwSignal::default(),
            curves: RwSignal::default(),
            evaluations: RwSignal::default(),
            thumbnails: RwSignal::default(),
            lens: Lens::new(),
            scope: Scope::new(),
            batches: Batches::new(),
            predictions: Predictions::new(),
            digits: DigitSheet::new(),
            profile: Profile::new(),
            checks: Checks::new(),
            own: OwnImages::new(notices),
            notices,
            runs: Runs::new(),
            checkpoints: Checkpoints::new(),
            exports: Exports::new(),
            history: StoredValue::default(),
            device: StoredValue::new(device_preference()),
            run: StoredValue::new(0),
            request: StoredValue::new(0),
            thumbnails_asked: StoredValue::new(None),
            play_when_started: StoredValue::new(false),
            warned: StoredValue::new(false),
            trace: StoredValue::default(),
            waiting: StoredValue::default(),
            last_flush: StoredValue::new(f64::NEG_INFINITY),
            flush_planned: StoredValue::new(false),
            workers: StoredValue::new_local(None),
            device_failures: StoredValue::new(0),
            arrival,
        };
        session.open_engine();
        session.inspect_regularly();
        session
    }

    fn open_engine(self) {
        self.engine.set(Engine::Loading {
            received: 0,
            total: 0,
        });
        self.failure.set(None);
        self.digits.forget_engine();
        self.checks.forget();
        self.forget_checkpoint_questions();
        let opened = Workers::open(
            browser::cores(),
            self.arrival,
            Hearing {
                event: Box::new(move |event, buffers| {
                    self.arrival.once_here(Errand::Event(
                        Box::new(self),
                        Box::new(event),
                        buffers.to_vec(),
                    ));
                }),
                trouble: Box::new(move |problem| self.notices.say(Kind::Error, problem)),
                silence: Box::new(move |silent| self.engine_is_silent(silent)),
                step_ms: Box::new(move || self.progress.get_untracked().step_ms),
            },
        );
        match opened {
            Ok(workers) => {
                self.workers.set_value(Some(workers));
                let device = self.device.get_value();
                self.send(&Command::Open { device });
            }
            Err(message) => self.engine_failed(
                Fault::Other,
                text!("session.engine-not-started", message = message),
            ),
        }
    }

    fn send(self, command: &Command) {
        self.send_with(command, &[]);
    }

    fn send_with(self, command: &Command, buffers: &[js_sys::ArrayBuffer]) {
        // A handle of its own: an answer may end the workers.
        if let Some(workers) = self.workers.get_value() {
            workers.send(command, buffers);
        }
    }

    fn next_request(self) -> u32 {
        self.request.update_value(|id| *id += 1);
        self.request.get_value()
    }

    /// The run's state in one word; the page shows `session.status` of it.
    pub(crate) fn status(self) -> &'static str {
        if matches!(self.engine.get(), Engine::Failed) {
            return "failed";
        }
        match self.state.get() {
            None => "loading",
            Some(RunState::Ready) => "ready",
            Some(RunState::Training) => "training",
            Some(RunState::Paused) => "paused",
            Some(RunState::Done) => "done",
            Some(RunState::Failed) => "failed",
        }
    }

    /// Plays or pauses; a run that is done starts again from its initial weights.
    pub(crate) fn toggle_play(self) {
        let run = self.run.get_value();
        match self.state.get_untracked() {
            Some(RunState::Training) => self.send(&Command::Pause { run }),
            Some(RunState::Ready | RunState::Paused) => self.send(&Command::Play { run }),
            Some(RunState::Done) => self.train_afresh(),
            Some(RunState::Failed) | None => {}
        }
    }

    /// One step, then paused.
    pub(crate) fn step_once(self) {
        if matches!(
            self.state.get_untracked(),
            Some(RunState::Ready | RunState::Paused | RunState::Training)
        ) {
            let run = self.run.get_value();
            self.send(&Command::Step { run });
        }
    }

    /// Prepares a new run from what the controls say: the same seed gives the same initial
    /// weights. Starts the engine again if it is gone.
    pub(crate) fn reset(self) {
        self.give_silent_engine_up();
        match self.engine.get_untracked() {
            Engine::Ready { .. } => self.configure(),
            Engine::Loading { .. } => {}
            Engine::Failed => {
                self.choose_device();
                self.state.set(None);
                self.open_engine();
            }
        }
    }

    /// Prepares a new run from what the controls say, and trains it as soon as it is ready.
    pub(crate) fn train_afresh(self) {
        self.reset();
        self.play_when_started.set_value(true);
    }

    fn configure(self) {
        self.leave_run();
        let config = self.draft.get_untracked();
        self.begin_run(config.training.seed);
        self.applied.set(Some(config.clone()));
        if self.has_digits_for(&config) {
            let run = self.run.get_value();
            self.send(&Command::Configure { run, config });
        }
    }

    /// Moves the current run into the list and clears what is shown of it: another comes.
    fn leave_run(self) {
        self.archive();
        self.put_aside_before_leaving();
        self.run.update_value(|run| *run += 1);
        self.play_when_started.set_value(false);
        self.waiting.set_value(Vec::new());
        self.trace.set_value(Trace::default());
        self.history.set_value(History::default());
        self.exports.forget();
        self.lens.forget_request();
        self.scope.forget_request();
        self.batches.forget();
        self.predictions.forget();
        self.profile.forget();
        self.failure.set(None);
        self.notices.settle(FAILURE);
        self.notices.settle(DEGENERATE);
        self.warned.set_value(false);
        self.state.set(None);
        self.progress.set(Progress::default());
        self.latest.set(Vec::new());
        self.curves.set(Vec::new());
        self.evaluations.set(Vec::new());
    }
}
