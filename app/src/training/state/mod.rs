//! The current run: its state, its numbers, and what is done with it (play, pause, step, reset). Rooms
//! above are told of it through [`Listeners`].

pub(crate) mod arms;
pub(crate) mod failure;
pub(crate) mod predictions;
pub(crate) mod preparing;
pub(crate) mod preset_files;
pub(crate) mod preset_pictures;
pub(crate) mod replace_settings;
pub(crate) mod requirements;
pub(crate) mod start;
pub(crate) mod steps;
pub(crate) mod thumbnails;
pub(crate) mod tuning;

use std::collections::HashMap;
use std::rc::Rc;

use js_sys::ArrayBuffer;
use leptos::prelude::*;

use rsc_core::config::DataPreset;
use rsc_core::protocol::{
    Command, EvaluationRecord, Event, RunId, RunInfo, RunState, StepMetrics, StepRecord,
};

use crate::engine::state::workers::Workers;
use crate::engine::state::{Engine, EngineStatus};
use crate::images::state::Images;
use crate::settings::model::thumbnail::Thumbnail;
use crate::settings::state::Settings;
use crate::training::model::activity::Activity;
use crate::training::model::curves::CURVES;
use crate::training::model::history::History;
use crate::training::model::outcome::Best;
use crate::training::model::trace::{Point, Trace};
use crate::training::model::waiting::{Gate, Waiting};
use crate::training::state::predictions::Predictions;
use crate::training::state::preset_files::PresetFiles;
use crate::ui::listeners::Listeners;
use crate::ui::notices::Notices;
use crate::ui::shared::Shared;
use crate::weights::state::Weights;

/// Topic of messages about a constant importance.
pub(crate) const DEGENERATE: &str = "degenerate";
/// Topic of messages about a run or an engine that stopped.
pub(crate) const FAILURE: &str = "failure";

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

/// Takes a message of a worker and the buffers that it transfers.
pub(crate) type TakeMessage = Rc<dyn Fn(Workers, usize, &str, &[ArrayBuffer])>;
/// Takes an event of the engine and its buffers.
pub(crate) type TakeEvent = Rc<dyn Fn(Event, &[ArrayBuffer])>;

/// Where the engine's messages and events go. The code that reads them may not be loaded yet.
#[derive(Clone)]
pub(crate) struct Delivery {
    /// Takes one message of a worker to [`Workers::receive`].
    pub(crate) message: TakeMessage,
    /// Takes an event of the engine to the rooms that it concerns.
    pub(crate) event: TakeEvent,
}

/// The current run, and what it is made from.
pub(crate) type Training = Shared<TrainingState>;

/// The fields of [`Training`].
pub(crate) struct TrainingState {
    /// The engine.
    pub(crate) engine: Engine,
    /// What the controls say.
    pub(crate) settings: Settings,
    /// The visitor's own images.
    pub(crate) images: Images,
    /// The files that presets are made from.
    pub(crate) files: PresetFiles,
    /// The weights of pretrained networks.
    pub(crate) weights: Weights,
    /// Messages.
    pub(crate) notices: Notices,
    /// The current run.
    pub(crate) info: RwSignal<Option<RunInfo>>,
    /// What it is doing; `None` while it is being prepared.
    pub(crate) state: RwSignal<Option<RunState>>,
    /// What keeps a run from being prepared, if something does.
    pub(crate) blocked: RwSignal<Option<Waiting>>,
    /// What has to be done before the first step, as far as it is told.
    pub(crate) activity: RwSignal<Option<Activity>>,
    /// How far it is.
    pub(crate) progress: RwSignal<Progress>,
    /// Metrics of the last step, one entry per arm.
    pub(crate) latest: RwSignal<Vec<StepMetrics>>,
    /// The curves per step, thinned.
    pub(crate) curves: RwSignal<Vec<Point<CURVES>>>,
    /// All evaluations so far.
    pub(crate) evaluations: RwSignal<Vec<EvaluationRecord>>,
    /// Which arm the visitor expects to be better in the new domain.
    pub(crate) guess: RwSignal<Option<Best>>,
    /// What each arm made of each test image at the last evaluation.
    pub(crate) predictions: Predictions,
    /// Pictures of the presets that have been prepared since the page was opened.
    pub(crate) thumbnails: RwSignal<HashMap<DataPreset, Vec<Thumbnail>>>,
    /// Every step of the current run, for export.
    pub(crate) history: StoredValue<History>,
    /// The current run's id.
    pub(crate) run: StoredValue<RunId>,
    /// Called before the current run is left, with its numbers still here.
    pub(crate) leaving: Listeners<()>,
    /// Called after the current run was left: its answers are not waited for any more.
    pub(crate) left: Listeners<()>,
    /// Called before a new run is configured, with its seed.
    pub(crate) beginning: Listeners<u64>,
    /// Called with each last step whose numbers have come.
    pub(crate) stepped: Listeners<u64>,
    /// Called before settings are changed in mid-run.
    pub(crate) tuning: Listeners<()>,
    /// Called when what is shown of single images is out of date.
    pub(crate) look_again: Listeners<()>,
    /// Called when an engine is started: it knows nothing yet.
    pub(crate) engine_opened: Listeners<()>,
    delivery: StoredValue<Option<Delivery>, LocalStorage>,
    /// Says what a run would have to wait for. Set by the deferred module, which tells when the engine is
    /// ready: nothing is prepared before.
    gate: StoredValue<Option<Gate>, LocalStorage>,
    /// Whether the page has chosen the network, not the visitor.
    network_is_ours: StoredValue<bool>,
    thumbnails_asked: StoredValue<Option<(u32, DataPreset)>>,
    pub(crate) play_when_started: StoredValue<bool>,
    /// Whether the run that failed was training then.
    pub(crate) trained_when_it_failed: StoredValue<bool>,
    warned: StoredValue<bool>,
    pub(crate) trace: StoredValue<Trace<CURVES>>,
    /// Steps whose numbers are not in the signals yet.
    pub(crate) waiting: StoredValue<Vec<StepRecord>>,
    last_flush: StoredValue<f64>,
    flush_planned: StoredValue<bool>,
}

impl Training {
    /// No run yet, and no engine.
    pub(crate) fn new(
        engine: Engine,
        settings: Settings,
        images: Images,
        notices: Notices,
    ) -> Self {
        let training = Shared::leak(TrainingState {
            engine,
            settings,
            images,
            files: PresetFiles::new(),
            weights: Weights::new(engine),
            notices,
            info: RwSignal::new(None),
            state: RwSignal::new(None),
            blocked: RwSignal::new(None),
            activity: RwSignal::new(None),
            progress: RwSignal::default(),
            latest: RwSignal::default(),
            curves: RwSignal::default(),
            evaluations: RwSignal::default(),
            guess: RwSignal::new(None),
            predictions: Predictions::new(),
            thumbnails: RwSignal::default(),
            history: StoredValue::default(),
            run: StoredValue::new(0),
            leaving: Listeners::new(),
            left: Listeners::new(),
            beginning: Listeners::new(),
            stepped: Listeners::new(),
            tuning: Listeners::new(),
            look_again: Listeners::new(),
            engine_opened: Listeners::new(),
            delivery: StoredValue::new_local(None),
            gate: StoredValue::new_local(None),
            network_is_ours: StoredValue::new(false),
            thumbnails_asked: StoredValue::new(None),
            play_when_started: StoredValue::new(false),
            trained_when_it_failed: StoredValue::new(false),
            warned: StoredValue::new(false),
            trace: StoredValue::default(),
            waiting: StoredValue::default(),
            last_flush: StoredValue::new(f64::NEG_INFINITY),
            flush_planned: StoredValue::new(false),
        });
        settings
            .changed
            .listen(move |change| training.settings_changed(&change.before, &change.after));
        training
    }

    /// The run's state in one word; the page shows `session.status` of it.
    pub(crate) fn status(self) -> &'static str {
        if matches!(self.engine.status.get(), EngineStatus::Failed) {
            return "failed";
        }
        match self.state.get() {
            None if self.blocked.with(Option::is_some) => "waiting",
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
            Some(RunState::Training) => self.engine.send(&Command::Pause { run }),
            Some(RunState::Ready | RunState::Paused) => self.engine.send(&Command::Play { run }),
            Some(RunState::Done) => self.train_afresh(),
            Some(RunState::Failed) | None => {}
        }
    }

    /// The same settings with the next seed: other images, initial weights and batches.
    pub(crate) fn train_with_another_seed(self) {
        self.settings.change("training.seed", |draft| {
            draft.training.seed = draft.training.seed.wrapping_add(1);
        });
        self.train_afresh();
    }

    /// One step, then paused.
    pub(crate) fn step_once(self) {
        if matches!(
            self.state.get_untracked(),
            Some(RunState::Ready | RunState::Paused | RunState::Training)
        ) {
            let run = self.run.get_value();
            self.engine.send(&Command::Step { run });
        }
    }
}
