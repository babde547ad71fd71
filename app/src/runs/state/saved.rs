//! The list of runs between visits: as it is stored, and restored.

use std::collections::BTreeMap;

use leptos::prelude::*;

use rsc_core::config::RunConfig;

use crate::runs::model::{Revision, RunList, RunRecord};
use crate::runs::state::Runs;

impl Runs {
    /// The last id given to a run of the list.
    pub(crate) fn last_run(self) -> u64 {
        self.list.with_untracked(RunList::last_id)
    }

    /// The id of the current run.
    pub(crate) fn current_run(self) -> u64 {
        self.current.with_untracked(|current| current.id)
    }

    /// What marks each run worth keeping: those of the list, and the current one after its first
    /// step.
    pub(crate) fn run_revisions(self) -> BTreeMap<u64, Revision> {
        let mut marks: BTreeMap<u64, Revision> = self.list.with_untracked(|list| {
            let living = list.living();
            living.map(|run| (run.id, Revision::from(run))).collect()
        });
        if let Some(current) = self.current_record() {
            marks.insert(current.id, Revision::from(&current));
        }
        marks
    }

    /// One of [`Self::run_revisions`] as a text.
    pub(crate) fn run_to_keep(self, id: u64) -> Option<String> {
        let current = self.current_record().filter(|run| run.id == id);
        match current {
            Some(run) => serde_json::to_string(&run).ok(),
            None => self
                .list
                .with_untracked(|list| serde_json::to_string(list.get(id)?).ok()),
        }
    }

    /// All runs worth keeping, the oldest first.
    pub(crate) fn runs_to_pack(self) -> Vec<RunRecord> {
        let list = self.list;
        let mut runs: Vec<RunRecord> = list.with_untracked(|list| list.living().cloned().collect());
        runs.extend(self.current_record());
        runs
    }

    /// Adds runs made elsewhere to the list. Returns the ids that they got, in their order.
    pub(crate) fn add_runs(self, runs: Vec<RunRecord>) -> Vec<u64> {
        let first = self.list.with_untracked(RunList::next_id);
        let ids = (first..).take(runs.len()).collect();
        self.list.update(|list| list.append(runs));
        self.renumber_current();
        ids
    }

    /// Puts the runs of an earlier visit before those of this one.
    pub(crate) fn restore_runs(self, last_id: u64, runs: Vec<RunRecord>) {
        self.list.update(|list| {
            let mut earlier = RunList::restored(last_id, runs);
            earlier.append(list.living().cloned());
            *list = earlier;
        });
        self.renumber_current();
    }

    /// Deletes everything made on the page, and begins anew with the settings of a first visit.
    pub(crate) fn start_afresh(self) {
        self.training.settings.accept_all();
        self.training.settings.draft.set(RunConfig::default());
        self.training.images.clear();
        if self.training.engine.is_ready() {
            self.training.configure();
        }
        self.checkpoints.clear();
        self.list.set(RunList::default());
        self.renumber_current();
    }
}
