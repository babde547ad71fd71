//! Failures of a run or of the engine: their texts, and how to continue.

use leptos::prelude::*;

use rsc_core::protocol::{Fault, RunState};

use crate::engine::model::failure::{FailedPart, Failure};
use crate::engine::state::EngineStatus;
use crate::settings::model::arms::Arm;
use crate::training::state::{FAILURE, Training};
use crate::ui::notices::Kind;

impl Training {
    /// What went wrong, in the page's words.
    pub(crate) fn failure_text(self, failure: &Failure) -> String {
        if failure.stopped == FailedPart::Silent {
            return text!("fault.silent").to_owned();
        }
        match &failure.fault {
            Fault::Other => failure.message.clone(),
            Fault::DeviceLost => text!("fault.device-lost").to_owned(),
            Fault::OutOfMemory => text!("fault.out-of-memory").to_owned(),
            Fault::Refused => text!("fault.refused").to_owned(),
            Fault::Device => text!("fault.device").to_owned(),
            Fault::NotFinite { arm, step } => {
                let arms = untrack(|| self.run_arms());
                let label = arms.iter().find(|it| it.name == *arm).map(Arm::label);
                let label = label.unwrap_or_else(|| arm.clone());
                text!("fault.not-finite", arm = label, step = step)
            }
        }
    }

    /// Notes whether the run trains, before it is said to have failed.
    fn note_what_stops(self) {
        let state = self.state.get_untracked();
        if state != Some(RunState::Failed) {
            self.trained_when_it_failed
                .set_value(state == Some(RunState::Training));
        }
    }

    fn failed(self, failure: Failure) {
        let words = self.failure_text(&failure);
        self.notices.say_about(FAILURE, Kind::Error, words);
        self.engine.failure.set(Some(failure));
    }

    /// The engine is gone. Its worker is ended: whatever it might still say is of no account.
    pub(crate) fn engine_failed(self, fault: Fault, message: String) {
        self.flush();
        if fault != Fault::Other {
            self.engine
                .device_failures
                .update_value(|count| *count += 1);
        }
        self.abandon_engine();
        self.failed(Failure {
            stopped: FailedPart::Engine,
            fault,
            message,
        });
    }

    /// The current run has failed, and the engine goes on.
    pub(crate) fn run_failed(self, fault: Fault, message: String) {
        self.flush();
        self.note_what_stops();
        self.state.set(Some(RunState::Failed));
        self.failed(Failure {
            stopped: FailedPart::Run,
            fault,
            message,
        });
    }

    fn abandon_engine(self) {
        self.note_what_stops();
        self.engine.abandon();
        self.activity.set(None);
        self.state.set(Some(RunState::Failed));
    }

    /// The engine's worker has fallen silent, or speaks again.
    pub(crate) fn engine_is_silent(self, silent: bool) {
        if self.engine.status.get_untracked() == EngineStatus::Failed {
            return;
        }
        if silent {
            self.failed(Failure {
                stopped: FailedPart::Silent,
                fault: Fault::Other,
                message: String::new(),
            });
        } else if self.engine.is_silent() {
            self.engine.failure.set(None);
            self.notices.clear(FAILURE);
        }
    }

    /// Does not wait for a silent engine any longer.
    pub(crate) fn abandon_silent_engine(self) {
        if self.engine.is_silent() {
            self.abandon_engine();
        }
    }

    /// A tenth of the run's learning rate.
    pub(crate) fn slower(self) -> Option<f64> {
        let rate = self
            .settings
            .applied
            .with_untracked(|applied| applied.as_ref().map(|config| config.training.learning_rate));
        // As people write it: 0.0003, without the digits of a division.
        format!("{:.6e}", rate? / 10.0).parse().ok()
    }

    /// Prepares the run that has failed anew, at a tenth of its learning rate.
    pub(crate) fn start_slower(self) {
        if let Some(rate) = self.slower() {
            self.settings.change("training.learning_rate", |draft| {
                draft.training.learning_rate = rate;
            });
        }
        self.reset();
    }
}
