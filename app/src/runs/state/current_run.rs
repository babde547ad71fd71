//! The current run: what is known of it, and its way into the list.

use leptos::prelude::*;

use super::Runs;
use super::current::Current;
use crate::engine::state::EngineStatus;
use crate::runs::model::{Evaluation, Facts, MOST_UNPINNED, RunRecord, differences, name, note};
use crate::settings::model::arms::Arm;
use crate::training::model::trace::thin;
use crate::ui::browser;
use crate::ui::model::format;
use crate::ui::notices::Kind;

impl Runs {
    pub(super) fn current_facts(self) -> Facts {
        let progress = self.training.progress.get();
        let last = self
            .training
            .evaluations
            .with(|all| all.last().map(Evaluation::from));
        let info = self
            .training
            .info
            .with(|info| info.as_ref().map(|i| i.total_steps));
        let (seed, arms) = self.training.settings.applied.with(|applied| {
            applied.as_ref().map_or_else(Default::default, |config| {
                (config.training.seed, Arm::of(config))
            })
        });
        self.current.with(|current| Facts {
            name: current.name.clone(),
            pinned: current.pinned,
            arms,
            seed,
            steps: progress.step,
            total_steps: info.unwrap_or_default(),
            state: self.training.state.get(),
            device: current.device.clone(),
            step_ms: progress.step_ms,
            started: current.started,
            last,
            changes: current.changes.clone(),
        })
    }

    /// Moves the current run into the list if it made a step. The curves and evaluations go on
    /// there: `configure` begins new ones.
    pub(crate) fn archive(self) {
        self.training.flush();
        let Some(run) = self.current_record() else {
            return;
        };
        let newest = run.name.clone();
        let mut dropped = Vec::new();
        self.list.update(|list| dropped = list.keep(run));
        self.forget_overlays_of_missing();
        if !dropped.is_empty() {
            self.training.notices.say(
                Kind::Info,
                text!(
                    "runs.dropped",
                    most = MOST_UNPINNED,
                    newest = newest,
                    dropped = format::listing(&dropped, 3)
                ),
            );
        }
    }

    /// The current run as the list would remember it; `None` before its first step.
    pub(crate) fn current_record(self) -> Option<RunRecord> {
        let facts = untrack(|| self.current_facts());
        if facts.steps == 0 {
            return None;
        }
        let (id, config) = self
            .current
            .with_untracked(|current| (current.id, current.trained_with.clone()));
        let config = config.or_else(|| self.training.settings.applied.get_untracked())?;
        let curves = self.training.curves.get_untracked();
        let evaluations = self.training.evaluations.with_untracked(|all| {
            let all: Vec<Evaluation> = all.iter().map(Evaluation::from).collect();
            thin(&all)
        });
        Some(RunRecord::new(id, facts, config, curves, evaluations))
    }

    /// Gives the current run the place after a list that took the place of another.
    pub(crate) fn renumber_current(self) {
        let (id, taken) = self
            .list
            .with_untracked(|list| (list.next_id(), list.names_except(0)));
        let begun = self.current.with_untracked(|current| current.id > 0);
        let seed = self
            .training
            .settings
            .applied
            .with_untracked(|applied| applied.as_ref().map(|config| config.training.seed));
        if begun {
            let before = self.current.with_untracked(|current| current.id);
            self.checkpoints.rename(before, id);
            self.current.update(|current| {
                current.id = id;
                if !current.renamed || taken.contains(&current.name) {
                    current.name = name(id, seed.unwrap_or_default(), &taken);
                    current.renamed = false;
                }
            });
        }
        self.forget_overlays_of_missing();
    }

    /// Begins the current run's place in the list. A run that is prepared anew before its first
    /// step keeps what the visitor gave it.
    pub(crate) fn begin_run(self, seed: u64) {
        let device = match self.training.engine.status.get_untracked() {
            EngineStatus::Ready { device, .. } => device.name,
            _ => String::new(),
        };
        let (id, taken) = self
            .list
            .with_untracked(|list| (list.next_id(), list.names_except(0)));
        self.tuned_after.set_value(None);
        self.current.update(|current| {
            let old = std::mem::take(current);
            let kept = old.id == id && old.renamed && !taken.contains(&old.name);
            *current = Current {
                id,
                name: if kept {
                    old.name
                } else {
                    name(id, seed, &taken)
                },
                renamed: kept,
                pinned: old.id == id && old.pinned,
                device,
                ..Current::default()
            };
        });
    }

    /// Makes a run that was taken out of the list the current one.
    pub(crate) fn continue_run(self, record: &RunRecord) {
        let device = match self.training.engine.status.get_untracked() {
            EngineStatus::Ready { device, .. } => device.name,
            _ => record.device.clone(),
        };
        self.tuned_after.set_value(None);
        self.current.set(Current {
            id: record.id,
            name: record.name.clone(),
            renamed: true,
            pinned: record.pinned,
            device,
            started: Some(record.started),
            trained_with: Some(record.config.clone()),
            changes: record.changes.clone(),
        });
    }

    /// Notes that settings were changed; what counts is what later steps are made with.
    pub(crate) fn note_tuning(self) {
        if self.tuned_after.get_value().is_none() {
            let waiting = self
                .training
                .waiting
                .with_value(|all| all.last().map(|r| r.step));
            let step = waiting.unwrap_or_else(|| self.training.progress.get_untracked().step);
            self.tuned_after.set_value(Some(step));
        }
    }

    /// Notes what steps up to `step` were made with.
    pub(crate) fn note_steps(self, step: u64) {
        let begun = self
            .current
            .with_untracked(|current| current.trained_with.is_some());
        let tuned = self.tuned_after.get_value();
        if begun && tuned.is_none_or(|after| after >= step) {
            return;
        }
        let Some(applied) = self.training.settings.applied.get_untracked() else {
            return;
        };
        self.tuned_after.set_value(None);
        self.current.update(|current| {
            match &current.trained_with {
                Some(before) => note(
                    &mut current.changes,
                    tuned.unwrap_or_default(),
                    differences(before, &applied),
                ),
                None => current.started = Some(browser::date()),
            }
            current.trained_with = Some(applied);
        });
    }
}
