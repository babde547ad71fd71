//! The runs of this visit: the current one becomes part of the list when another takes its place,
//! and what visitors do with those in the list.

pub(crate) mod checkpoints;
mod current;
mod current_run;
mod list_edits;
pub(crate) mod resume;
pub(crate) mod saved;
mod settings;

use leptos::prelude::*;

pub(crate) use self::current::Current;
use crate::runs::model::chart_overlay::{MOST_OVERLAYS, Overlay};
use crate::runs::model::{Facts, RunList, RunRecord};
use crate::runs::state::checkpoints::Checkpoints;
use crate::training::state::Training;
use crate::ui::shared::Shared;

/// Resumes a run of the list from its checkpoint, which may have to be read first; a context.
#[derive(Clone, Copy)]
pub(crate) struct Resume(pub(crate) Callback<u64>);

/// The list of runs, and the current one's place in it.
pub(crate) type Runs = Shared<RunsState>;

/// The fields of [`Runs`].
pub(crate) struct RunsState {
    /// The current run.
    pub(crate) training: Training,
    /// Runs that can be resumed.
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
        let runs = Shared::leak(RunsState {
            training,
            checkpoints: Checkpoints::new(),
            list,
            current: RwSignal::default(),
            chosen,
            overlays,
            tuned_after: StoredValue::new(None),
        });
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

    /// What the list shows of a run.
    pub(crate) fn run_facts(self, id: u64) -> Facts {
        if self.is_current(id) {
            return self.current_facts();
        }
        self.list
            .with(|list| list.get(id).map(RunRecord::facts))
            .unwrap_or_default()
    }
}
