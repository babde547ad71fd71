//! Metrics of steps and evaluations, from events into signals.

use std::time::Duration;

use leptos::prelude::*;

use rsc_core::config::Axis;
use rsc_core::protocol::{Command, EvaluationRecord, RunId, RunInfo, RunState, StepRecord};

use crate::training::model::curves::values;
use crate::training::state::{DEGENERATE, Progress, Training};
use crate::ui::browser;
use crate::ui::notices::Kind;

/// Curves and numbers are redrawn at most this often.
const REDRAW: Duration = Duration::from_millis(200);

impl Training {
    /// The engine has prepared the run, or taken it up at a step.
    pub(crate) fn started(self, run: RunId, info: RunInfo, step: u64) {
        self.ask_for_thumbnails(run, &info);
        self.info.set(Some(info));
        self.state.set(Some(RunState::Ready));
        // A run that was saved may have been tuned after that.
        if step > 0 || self.tuning_is_stale() {
            self.tune();
        }
    }

    /// Trains if that was asked for while the run was being prepared.
    pub(crate) fn play_if_asked(self) {
        if self.play_when_started.get_value() {
            self.play_when_started.set_value(false);
            let run = self.run.get_value();
            self.engine.send(&Command::Play { run });
        }
    }

    /// Takes in the metrics of some steps.
    pub(crate) fn steps(self, records: Vec<StepRecord>, step_ms: f64) {
        self.waiting.update_value(|waiting| waiting.extend(records));
        // Written without notifying: `flush` does that.
        self.progress
            .update_untracked(|progress| progress.step_ms = step_ms);
        let since = browser::now() - self.last_flush.get_value();
        let wait = REDRAW.as_millis() as f64 - since;
        if wait <= 0.0 {
            self.flush();
        } else if !self.flush_planned.get_value() {
            self.flush_planned.set_value(true);
            set_timeout(move || self.flush(), Duration::from_millis(wait as u64 + 1));
        }
    }

    /// Takes in an evaluation.
    pub(crate) fn evaluated(self, record: EvaluationRecord) {
        self.evaluations.update(|all| {
            // Of a run that was taken up at an epoch's end, the last one comes again.
            all.retain(|other| other.step < record.step);
            all.push(record);
        });
    }

    /// Moves the steps that came in since the last time into the signals.
    pub(crate) fn flush(self) {
        self.flush_planned.set_value(false);
        self.last_flush.set_value(browser::now());
        let mut records = Vec::new();
        self.waiting
            .update_value(|waiting| records = std::mem::take(waiting));
        let Some(last) = records.last().cloned() else {
            return;
        };
        self.stepped.notify(&last.step);
        self.history
            .update_value(|history| records.iter().for_each(|record| history.push(record)));
        self.trace.update_value(|trace| {
            for record in &records {
                trace.push(record.step as f64, values(record));
            }
        });
        self.curves
            .set(self.trace.with_value(crate::training::state::Trace::points));
        let step_ms = self.progress.get_untracked().step_ms;
        self.progress.set(Progress {
            step: last.step,
            epoch: last.epoch,
            step_ms,
        });
        let degenerate = last.arms.iter().any(|metrics| metrics.degenerate > 0);
        self.latest.set(last.arms);
        let mixed = self.settings.applied.with_untracked(|applied| {
            let mut arms = applied.iter().flat_map(|config| &config.arms);
            arms.any(|arm| arm.challenge.axis == Axis::Mixed)
        });
        if degenerate {
            self.warn_of_degenerate();
        } else if !mixed {
            // With a coin between the axes, the next batch may well be degenerate again.
            self.notices.clear(DEGENERATE);
        }
    }

    /// Once for each challenge: the panel goes on saying it after this is dismissed.
    fn warn_of_degenerate(self) {
        if !self.warned.get_value() {
            self.warned.set_value(true);
            self.notices
                .say_about(DEGENERATE, Kind::Warning, text!("session.degenerate"));
        }
    }
}
