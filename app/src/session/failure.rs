//! When a run or the engine stops: what is said of it in the page's own words, and the ways on.

use std::rc::Rc;
use std::time::Duration;

use leptos::prelude::*;

use rsc_core::protocol::{DevicePreference, Fault, RunState};

use super::checkpoint::Aside;
use super::{Engine, FAILURE, Kind, Session};
use crate::pure::arms::Arm;

/// What stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stopped {
    /// A run; the engine is well.
    Run,
    /// The engine: it must be started anew.
    Engine,
    /// The engine says nothing. It may be gone, or at work on something large.
    Silent,
}

/// What went wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    /// What stopped.
    pub(crate) stopped: Stopped,
    /// Of which kind it is.
    pub(crate) fault: Fault,
    /// What the engine or the browser says.
    pub(crate) message: String,
}

impl Failure {
    /// What is said besides the page's own words.
    pub(crate) fn detail(&self) -> Option<String> {
        let own_words = !matches!(self.fault, Fault::Other | Fault::NotFinite { .. });
        (own_words && self.stopped != Stopped::Silent).then(|| self.message.clone())
    }
}

impl Session {
    /// What went wrong, in the page's words.
    pub(crate) fn failure_words(self, failure: &Failure) -> String {
        if failure.stopped == Stopped::Silent {
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

    fn failed(self, failure: Failure) {
        let words = self.failure_words(&failure);
        self.notices.say_about(FAILURE, Kind::Error, words);
        self.failure.set(Some(failure));
    }

    /// The engine is gone. Its worker is ended: whatever it might still say is of no account.
    pub(super) fn engine_failed(self, fault: Fault, message: String) {
        self.flush();
        if fault != Fault::Other {
            self.device_failures.update_value(|count| *count += 1);
        }
        self.give_engine_up();
        self.failed(Failure {
            stopped: Stopped::Engine,
            fault,
            message,
        });
    }

    /// The run in hand has failed, and the engine goes on.
    pub(super) fn run_failed(self, fault: Fault, message: String) {
        self.flush();
        self.state.set(Some(RunState::Failed));
        self.lens.forget_request();
        self.scope.forget_request();
        self.forget_unanswered();
        self.failed(Failure {
            stopped: Stopped::Run,
            fault,
            message,
        });
    }

    fn give_engine_up(self) {
        // What is left of it is of no use, but must not end within one of its own messages.
        let left = self.workers.get_value();
        self.workers.set_value(None);
        set_timeout(move || drop(left), Duration::ZERO);
        self.engine.set(Engine::Failed);
        self.state.set(Some(RunState::Failed));
    }

    /// The engine's worker has fallen silent, or speaks again.
    pub(super) fn engine_is_silent(self, silent: bool) {
        if matches!(self.engine.get_untracked(), Engine::Failed) {
            return;
        }
        if silent {
            self.failed(Failure {
                stopped: Stopped::Silent,
                fault: Fault::Other,
                message: String::new(),
            });
        } else if self.is_silent() {
            self.failure.set(None);
            self.notices.settle(FAILURE);
        }
    }

    fn is_silent(self) -> bool {
        let silent = |failure: &Failure| failure.stopped == Stopped::Silent;
        self.failure
            .with_untracked(|failure| failure.as_ref().is_some_and(silent))
    }

    /// Does not wait for a silent engine any longer.
    pub(super) fn give_silent_engine_up(self) {
        if self.is_silent() {
            self.give_engine_up();
        }
    }

    /// Which device the next engine should open: after a failure of the one that was asked for by
    /// name, the best that there is, and after another the processor. A GPU that opens and fails
    /// again and again would never let a run end.
    pub(super) fn choose_device(self) {
        let device = match (self.device_failures.get_value(), self.device.get_value()) {
            (0, device) | (_, device @ DevicePreference::Cpu) => device,
            (1, DevicePreference::Webgpu) => DevicePreference::Automatic,
            (1, device) => device,
            (_, _) => DevicePreference::Fallback,
        };
        self.device.set_value(device);
    }

    /// Starts the engine anew after a failure, and goes on with a run as soon as there is one.
    pub(crate) fn recover(self, id: u64, aside: Rc<Aside>) {
        self.give_silent_engine_up();
        if !matches!(self.engine.get_untracked(), Engine::Failed) {
            return;
        }
        self.go_on_as_set(id, aside);
        self.reset();
    }

    /// A tenth of the run's learning rate.
    fn slower(self) -> Option<f64> {
        let rate = self
            .applied
            .with_untracked(|applied| applied.as_ref().map(|config| config.training.learning_rate));
        // As people write it: 0.0003, without the digits of a division.
        format!("{:.6e}", rate? / 10.0).parse().ok()
    }

    /// Goes on with the run that has failed from where it was put aside, at a tenth of its learning
    /// rate.
    pub(crate) fn go_on_slower(self, id: u64, aside: Rc<Aside>) {
        let (Some(mut config), Some(rate)) = (self.applied.get_untracked(), self.slower()) else {
            return;
        };
        config.training.learning_rate = rate;
        self.take_controls(config);
        self.go_on_as_set(id, aside);
    }

    /// Prepares the run that has failed anew, at a tenth of its learning rate.
    pub(crate) fn start_slower(self) {
        if let Some(rate) = self.slower() {
            self.change("training.learning_rate", |draft| {
                draft.training.learning_rate = rate;
            });
        }
        self.reset();
    }
}
