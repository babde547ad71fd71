//! Starts the engine, prepares runs on it, and leaves them.

use leptos::prelude::*;

use rsc_core::protocol::{Command, DevicePreference, Fault};

use crate::engine::state::EngineStatus;
use crate::engine::state::workers::Handlers;
use crate::training::model::history::History;
use crate::training::model::trace::Trace;
use crate::training::state::{DEGENERATE, Delivery, FAILURE, Progress, Training};
use crate::ui::notices::Kind;

impl Training {
    /// Starts the engine; a run is prepared as soon as it is ready.
    pub(crate) fn start(self, delivery: Delivery) {
        self.delivery.set_value(Some(delivery));
        self.open_engine();
    }

    fn open_engine(self) {
        let Some(Delivery { message, event }) = self.delivery.get_value() else {
            return;
        };
        self.files.forget_engine();
        self.engine_opened.notify(&());
        let opened = self.engine.open(Handlers {
            message: Box::new(move |workers, worker, text, buffers| {
                message(workers, worker, text, buffers)
            }),
            event: Box::new(move |it, buffers| event(it, buffers)),
            error: Box::new(move |problem| self.notices.say(Kind::Error, problem)),
            silence: Box::new(move |silent| self.engine_is_silent(silent)),
            step_ms: Box::new(move || self.progress.get_untracked().step_ms),
        });
        if let Err(message) = opened {
            self.engine_failed(
                Fault::Other,
                text!("session.engine-not-started", message = message),
            );
        }
    }

    /// Starts the engine anew, on this device; a run is prepared on it as soon as it is ready.
    pub(crate) fn move_to(self, device: DevicePreference) {
        self.engine.device.set_value(device);
        self.engine.close();
        self.state.set(None);
        self.open_engine();
    }

    /// Prepares a new run from what the controls say: the same seed gives the same initial
    /// weights. Starts the engine again if it is gone.
    pub(crate) fn reset(self) {
        self.abandon_silent_engine();
        match self.engine.status.get_untracked() {
            EngineStatus::Ready { .. } => self.configure(),
            EngineStatus::Loading { .. } => {}
            EngineStatus::Failed => {
                self.engine.choose_device();
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

    pub(crate) fn configure(self) {
        let config = self.settings.draft.get_untracked();
        let waiting = self
            .gate
            .with_value(|gate| gate.as_ref().and_then(|gate| gate(&config)));
        if let Some(waiting) = waiting {
            self.wait_for(waiting);
            return;
        }
        self.blocked.set(None);
        self.leave_run();
        self.beginning.notify(&config.training.seed);
        let other_data = self.settings.applied.with_untracked(|applied| {
            let applied = applied.as_ref();
            applied.is_some_and(|applied| applied.data.source != config.data.source)
        });
        if other_data {
            self.guess.set(None);
        }
        self.settings.applied.set(Some(config.clone()));
        if self.has_file_for(&config) {
            let run = self.run.get_value();
            self.engine.send(&Command::Configure { run, config });
        }
    }

    /// Moves the current run into the list and clears what is shown of it: another comes.
    pub(crate) fn leave_run(self) {
        self.leaving.notify(&());
        self.run.update_value(|run| *run += 1);
        self.play_when_started.set_value(false);
        self.waiting.set_value(Vec::new());
        self.trace.set_value(Trace::default());
        self.history.set_value(History::default());
        self.predictions.forget();
        self.engine.failure.set(None);
        self.notices.clear(FAILURE);
        self.notices.clear(DEGENERATE);
        self.warned.set_value(false);
        self.state.set(None);
        self.activity.set(None);
        self.progress.set(Progress::default());
        self.latest.set(Vec::new());
        self.curves.set(Vec::new());
        self.evaluations.set(Vec::new());
        self.left.notify(&());
    }
}
