//! The benchmark, `?bench`: how fast this browser trains on each of its devices, as a table and as
//! JSON. Everything is measured on this very page; what the visitor has stored is left alone.

pub(crate) mod clock;
pub(crate) mod engine;
pub(crate) mod long_tasks;
pub(crate) mod measure;
pub(crate) mod redraws;
pub(crate) mod stage;

use leptos::{prelude::*, task::spawn_local};

use rsc_core::bench::BenchReport;
use rsc_core::protocol::{DeviceKind, DevicePreference};
use serde_json::json;

use crate::bench::model::{Options, devices, kind, options};
use crate::bench::state::stage::Stage;
use crate::engine::state::EngineStatus;
use crate::training::state::Training;
use crate::ui::browser;

/// Where `cargo lab bench` waits for the report, relative to the page.
const REPORT: &str = "__bench";
/// What it hears now and then until the report comes.
const ALIVE: &str = "alive";
/// How often, in milliseconds.
const HEARTBEAT: f64 = 5_000.0;

/// Where the benchmark stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum State {
    /// Nobody has started it.
    Idle,
    /// At work; the device is `None` before the first.
    Busy(Option<DevicePreference>, Stage),
    /// All is measured.
    Done,
    /// Nothing could be measured.
    Failed(String),
}

/// The benchmark of this visit, if the address asks for one. Copying it copies handles.
#[derive(Clone, Copy)]
pub(crate) struct Bench {
    training: Training,
    options: StoredValue<Option<Options>>,
    pub(crate) state: RwSignal<State>,
    pub(crate) reports: RwSignal<Vec<BenchReport>>,
    /// A device that could not be measured, and why.
    pub(crate) skipped: RwSignal<Option<(DevicePreference, String)>>,
    /// What the visit began with: the load times are this device's.
    begun_with: StoredValue<Option<DeviceKind>>,
    /// When the last sign of life was sent.
    sent: StoredValue<f64>,
}

/// Whether the address asks for a benchmark.
pub(crate) fn is_asked_for() -> bool {
    options(&browser::search()).is_some()
}

impl Bench {
    /// Reads the address.
    pub(crate) fn new(training: Training) -> Self {
        let options = options(&browser::search());
        Self {
            training,
            options: StoredValue::new(options),
            state: RwSignal::new(State::Idle),
            reports: RwSignal::default(),
            skipped: RwSignal::new(None),
            begun_with: StoredValue::new(None),
            sent: StoredValue::new(f64::NEG_INFINITY),
        }
    }

    /// Whether the address says that it begins at once.
    pub(crate) fn begins_at_once(self) -> bool {
        self.options
            .with_value(|options| options.as_ref().is_some_and(|options| options.start))
    }

    /// Whether the address asks for a benchmark.
    pub(crate) fn asked(self) -> bool {
        self.options.with_value(Option::is_some)
    }

    pub(crate) fn busy(self) -> bool {
        matches!(self.state.get(), State::Busy(..))
    }

    /// The reports as `cargo lab bench --json` prints them.
    pub(crate) fn json(self) -> String {
        self.reports
            .with(|reports| serde_json::to_string_pretty(reports).unwrap_or_default())
    }

    /// Measures everything, in the background.
    pub(crate) fn begin(self) {
        let Some(options) = self.options.get_value() else {
            return;
        };
        self.set_state(State::Busy(None, Stage::Loading));
        self.reports.set(Vec::new());
        self.skipped.set(None);
        spawn_local(async move {
            let outcome = self.measure_all(&options).await;
            let problem = outcome.as_ref().err();
            let reports = self.reports.get_untracked();
            self.send(&json!({ "reports": reports, "problem": problem }).to_string());
            self.state.set(match outcome {
                Ok(()) => State::Done,
                Err(problem) => State::Failed(problem),
            });
        });
    }

    /// Tells `cargo lab bench`, if it has opened the page.
    fn send(self, text: &str) {
        self.options.with_value(|options| {
            let token = options.as_ref().and_then(|options| options.report.as_ref());
            if let Some(token) = token {
                browser::send_home(&format!("{REPORT}/{token}"), text);
            }
        });
    }

    fn set_state(self, state: State) {
        self.state.set(state);
        let now = browser::now();
        if now - self.sent.get_value() >= HEARTBEAT {
            self.sent.set_value(now);
            self.send(ALIVE);
        }
    }

    async fn measure_all(self, options: &Options) -> Result<(), String> {
        let training = self.training;
        measure::page_ready(training).await?;
        let EngineStatus::Ready { device: used, .. } = training.engine.status.get_untracked()
        else {
            return Err(text!("bench.late").to_owned());
        };
        if self.begun_with.get_value().is_none() {
            self.begun_with.set_value(Some(used.kind));
        }
        for device in devices(options.device, used.kind) {
            let on_stage = move |stage| self.set_state(State::Busy(Some(device), stage));
            on_stage(Stage::Loading);
            let first = self.begun_with.get_value() == Some(kind(device));
            match measure::measure(training, device, options, first, on_stage).await {
                Ok(report) => self.reports.update(|reports| reports.push(report)),
                // A browser without WebGPU still has a processor.
                Err(problem) if options.device.is_none() => {
                    self.skipped.set(Some((device, problem)));
                }
                Err(problem) => return Err(problem),
            }
        }
        match self.skipped.get_untracked() {
            Some((_, problem)) if self.reports.with_untracked(Vec::is_empty) => Err(problem),
            _ => Ok(()),
        }
    }
}
