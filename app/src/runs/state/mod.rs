//! The runs of this visit: the current one becomes part of the list when another takes its place,
//! and what visitors do with those in the list.

pub(crate) mod checkpoints;
pub(crate) mod resume;
pub(crate) mod saved;

use std::time::Duration;

use leptos::prelude::*;

use rsc_core::config::{DataSource, RunConfig};

use crate::engine::state::EngineStatus;
use crate::runs::model::chart_overlay::{MOST_OVERLAYS, Overlay};
use crate::runs::model::{
    Change, Difference, Evaluation, Facts, MOST_UNPINNED, RunList, RunRecord, checked_name,
    differences, name, note,
};
use crate::runs::state::checkpoints::Checkpoints;
use crate::settings::model::arms::Arm;
use crate::settings::model::hold_out::HoldOut;
use crate::training::model::trace::thin;
use crate::training::state::Training;
use crate::ui::browser;
use crate::ui::model::format;
use crate::ui::notices::Kind;

/// How long a deleted run can be taken back.
const UNDO: Duration = Duration::from_secs(10);
/// How often that is put off, at most, for a visitor who is about to take it back.
const PATIENCE: u32 = 5;
/// Topic of messages about a name.
const NAME: &str = "run name"; // not shown
/// Topic of messages about runs in the charts.
const OVERLAYS: &str = "overlays";
/// Topic of messages about settings taken from a run.
const SETTINGS: &str = "run settings"; // not shown

/// What is known of the current run beside what the session's signals say.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Current {
    /// The id that it will have in the list.
    pub(crate) id: u64,
    name: String,
    renamed: bool,
    pinned: bool,
    device: String,
    started: Option<f64>,
    /// The settings of its last step; `None` before the first.
    trained_with: Option<RunConfig>,
    changes: Vec<Change>,
}

/// Resumes a run of the list from its checkpoint, which may have to be read first; a context.
#[derive(Clone, Copy)]
pub(crate) struct Resume(pub(crate) Callback<u64>);

/// The list of runs, and the current one's place in it.
#[derive(Clone, Copy)]
pub(crate) struct Runs {
    /// The run in hand.
    pub(crate) training: Training,
    /// Runs that can go on.
    pub(crate) checkpoints: Checkpoints,
    /// Those that are over.
    pub(crate) list: RwSignal<RunList>,
    /// The one that is not.
    pub(crate) current: RwSignal<Current>,
    /// Those drawn beside the current one, each in a place of its own.
    pub(crate) chosen: RwSignal<[Option<u64>; MOST_OVERLAYS]>,
    /// What is drawn of them.
    pub(crate) overlays: Memo<Vec<Overlay>>,
    /// After which step the settings were first changed since they were last looked at.
    tuned_after: StoredValue<Option<u64>>,
}

impl Runs {
    pub(crate) fn new(training: Training) -> Self {
        let list = RwSignal::new(RunList::default());
        let chosen = RwSignal::new([None; MOST_OVERLAYS]);
        let overlays = Memo::new(move |_| {
            let chosen = chosen.get();
            list.with(|list| {
                let places = chosen.iter().enumerate();
                places
                    .filter_map(|(slot, id)| Some(Overlay::new(slot, list.get((*id)?)?)))
                    .collect()
            })
        });
        let runs = Self {
            training,
            checkpoints: Checkpoints::new(),
            list,
            current: RwSignal::default(),
            chosen,
            overlays,
            tuned_after: StoredValue::new(None),
        };
        training.leaving.listen(move |()| {
            runs.archive();
            runs.save_checkpoint_before_leaving();
        });
        training.beginning.listen(move |seed| runs.begin_run(*seed));
        training.stepped.listen(move |step| runs.note_steps(*step));
        training.tuning.listen(move |()| runs.note_tuning());
        training
            .engine_opened
            .listen(move |()| runs.forget_checkpoint_requests());
        runs
    }

    /// Whether this is the run that is not over.
    pub(crate) fn is_current(self, id: u64) -> bool {
        self.current.with(|current| current.id == id)
    }

    /// The place of a run in the charts.
    pub(crate) fn slot(self, id: u64) -> Option<usize> {
        let chosen = self.chosen.get();
        chosen.iter().position(|other| *other == Some(id))
    }

    /// The ids in the order shown: the current run, pinned ones, the others, the newest first.
    pub(crate) fn order(self) -> Vec<u64> {
        let current = self.current.with(|current| current.id);
        let others = self.list.with(RunList::order);
        // Between two updates the current run may be in the list already.
        let others = others.into_iter().filter(|id| *id != current);
        // Before the engine is there, there is no run.
        let current = (current > 0).then_some(current);
        current.into_iter().chain(others).collect()
    }
}

impl Runs {
    /// What the list shows of a run.
    pub(crate) fn run_facts(self, id: u64) -> Facts {
        if self.is_current(id) {
            return self.current_facts();
        }
        self.list
            .with(|list| list.get(id).map(RunRecord::facts))
            .unwrap_or_default()
    }

    fn current_facts(self) -> Facts {
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

    /// The run made before this one, of those that are kept: its id and its name.
    pub(crate) fn run_before(self, id: u64) -> Option<(u64, String)> {
        self.list.with(|list| {
            let before = list.before(id)?;
            Some((before.id, before.name.clone()))
        })
    }

    /// What differs from a run before it. Follows the settings of the current run; those of the
    /// others never change.
    pub(crate) fn run_differences(self, id: u64, before: u64, current: bool) -> Vec<Difference> {
        let config = if current {
            self.run_config(id)
        } else {
            untrack(|| self.run_config(id))
        };
        self.list.with_untracked(|list| {
            list.get(before)
                .zip(config)
                .map(|(before, config)| before.differences_to(&config))
                .unwrap_or_default()
        })
    }

    /// The settings of a run as they were at its last step.
    fn run_config(self, id: u64) -> Option<RunConfig> {
        if self.is_current(id) {
            let trained = self.current.with(|current| current.trained_with.clone());
            return trained.or_else(|| self.training.settings.applied.get());
        }
        self.list.with(|list| Some(list.get(id)?.config.clone()))
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
    pub(crate) fn current_follows_list(self) {
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

    /// Gives a run another name; a refused one is explained in a message. Returns whether it was
    /// taken.
    pub(crate) fn rename_run(self, id: u64, text: &str) -> bool {
        let current = self.current.with_untracked(|c| (c.id, c.name.clone()));
        let mut taken = self.list.with_untracked(|list| list.names_except(id));
        if current.0 != id {
            taken.push(current.1);
        }
        match checked_name(text, &taken) {
            Ok(name) if current.0 == id => self.current.update(|current| {
                current.name = name;
                current.renamed = true;
            }),
            Ok(name) => self.list.update(|list| list.rename(id, name)),
            Err(problem) => {
                self.training.notices.say_about(
                    NAME,
                    Kind::Warning,
                    text!("runs.not-renamed", problem = problem),
                );
                return false;
            }
        }
        self.training.notices.settle(NAME);
        true
    }

    /// Pins a run, or lets it go.
    pub(crate) fn toggle_pin(self, id: u64) {
        if untrack(|| self.is_current(id)) {
            self.current.update(|c| c.pinned = !c.pinned);
        } else {
            self.list.update(|list| list.toggle_pin(id));
        }
    }

    /// Shows a run in the charts beside the current one, or hides it.
    pub(crate) fn toggle_overlay(self, id: u64) {
        let mut chosen = self.chosen.get_untracked();
        if let Some(shown) = chosen.iter_mut().find(|other| **other == Some(id)) {
            *shown = None;
        } else if let Some(free) = chosen.iter_mut().find(|other| other.is_none()) {
            *free = Some(id);
        } else {
            self.training.notices.say_about(
                OVERLAYS,
                Kind::Warning,
                text!("runs.charts-full", most = MOST_OVERLAYS),
            );
            return;
        }
        self.training.notices.settle(OVERLAYS);
        self.chosen.set(chosen);
    }

    pub(crate) fn forget_overlays_of_missing(self) {
        let mut chosen = self.chosen.get_untracked();
        self.list.with_untracked(|list| {
            for place in &mut chosen {
                let there = place.and_then(|id| list.get(id)).filter(|r| !r.deleted());
                *place = there.map(|run| run.id);
            }
        });
        if chosen != self.chosen.get_untracked() {
            self.chosen.set(chosen);
            self.training.notices.settle(OVERLAYS);
        }
    }

    /// Deletes a run of the list; for a while it can be taken back. `waits` says whether it should
    /// be kept for longer (the visitor is about to take it back).
    pub(crate) fn delete_run(self, id: u64, waits: impl Fn() -> bool + Clone + 'static) {
        let mut deletion = None;
        self.list.update(|list| deletion = list.delete(id));
        self.forget_overlays_of_missing();
        if let Some(deletion) = deletion {
            self.forget_later(deletion, PATIENCE, waits);
        }
    }

    fn forget_later(self, deletion: u32, again: u32, waits: impl Fn() -> bool + Clone + 'static) {
        set_timeout(
            move || {
                if again > 0 && waits() {
                    self.forget_later(deletion, again - 1, waits);
                } else {
                    self.list.update(|list| list.forget(deletion));
                }
            },
            UNDO,
        );
    }

    /// Takes a deletion back.
    pub(crate) fn undo_delete(self, id: u64) {
        self.list.update(|list| list.take_back(id));
    }

    /// Puts a run's settings into the controls. The usual rules say when they take effect.
    pub(crate) fn use_settings_of(self, id: u64) {
        let Some(config) = untrack(|| self.run_config(id)) else {
            return;
        };
        let run = untrack(|| self.run_facts(id)).name;
        if config.data.source == DataSource::Own
            && let Err(problem) = self.offer_own_images(HoldOut::of(&config))
        {
            self.training.notices.say_about(
                SETTINGS,
                Kind::Warning,
                text!("runs.not-used", run = run, problem = problem),
            );
            return;
        }
        if let Err(error) = config.validate() {
            self.training.settings.refuse("settings", &error);
            return;
        }
        self.training.settings.accept_all();
        self.training
            .settings
            .change("settings", |draft| *draft = config);
        let waiting = self.training.progress.get_untracked().step > 0;
        let said = if waiting {
            text!("runs.used.reset", run = run)
        } else {
            text!("runs.used.play", run = run)
        };
        self.training.notices.say_about(SETTINGS, Kind::Info, said);
    }

    /// Hands the visitor's images to the engine as they are now, for a run that needs them.
    fn offer_own_images(self, wanted: HoldOut) -> Result<(), String> {
        let own = self.training.images;
        let before = own.choice_untracked();
        if let Some(domain) = &wanted.held_out
            && !untrack(|| own.domains()).contains(domain)
        {
            return Err(text!("runs.no-domain", domain = domain));
        }
        own.set_choice(wanted);
        if let Some(problem) = own.problem_untracked() {
            own.set_choice(before);
            return Err(problem);
        }
        if self.training.engine.is_ready() {
            self.training.send_images();
        }
        Ok(())
    }
}
