//! What the browser keeps of a session, and how it comes back.

use std::collections::BTreeMap;

use leptos::prelude::*;

use rsc_core::config::RunConfig;

use super::{Engine, Session};
use crate::pure::kept::Mark;
use crate::pure::runs::{RunList, RunRecord};

impl Session {
    /// The last id given to a run of the list.
    pub(crate) fn last_run(self) -> u64 {
        self.runs.list.with_untracked(RunList::last_id)
    }

    /// The id of the run in hand.
    pub(crate) fn current_run(self) -> u64 {
        self.runs.current.with_untracked(|current| current.id)
    }

    /// What marks each run worth keeping: those of the list, and the current one after its first
    /// step.
    pub(crate) fn marks_of_runs(self) -> BTreeMap<u64, Mark> {
        let mut marks: BTreeMap<u64, Mark> = self.runs.list.with_untracked(|list| {
            let living = list.living();
            living.map(|run| (run.id, Mark::from(run))).collect()
        });
        if let Some(current) = self.current_record() {
            marks.insert(current.id, Mark::from(&current));
        }
        marks
    }

    /// One of [`Self::marks_of_runs`] as a text.
    pub(crate) fn run_to_keep(self, id: u64) -> Option<String> {
        let current = self.current_record().filter(|run| run.id == id);
        match current {
            Some(run) => serde_json::to_string(&run).ok(),
            None => self
                .runs
                .list
                .with_untracked(|list| serde_json::to_string(list.get(id)?).ok()),
        }
    }

    /// All runs worth keeping, the oldest first.
    pub(crate) fn runs_to_pack(self) -> Vec<RunRecord> {
        let list = self.runs.list;
        let mut runs: Vec<RunRecord> = list.with_untracked(|list| list.living().cloned().collect());
        runs.extend(self.current_record());
        runs
    }

    /// Adds runs made elsewhere to the list. Returns the ids that they got, in their order.
    pub(crate) fn add_runs(self, runs: Vec<RunRecord>) -> Vec<u64> {
        let first = self.runs.list.with_untracked(RunList::next_id);
        let ids = (first..).take(runs.len()).collect();
        self.runs.list.update(|list| list.append(runs));
        self.current_follows_list();
        ids
    }

    /// Puts the runs of an earlier visit before those of this one.
    pub(crate) fn bring_back_runs(self, last_id: u64, runs: Vec<RunRecord>) {
        self.runs.list.update(|list| {
            let mut earlier = RunList::restored(last_id, runs);
            earlier.append(list.living().cloned());
            *list = earlier;
        });
        self.current_follows_list();
    }

    /// Deletes everything made on the page, and begins anew with the settings of a first visit.
    pub(crate) fn start_afresh(self) {
        self.accept_all();
        self.draft.set(RunConfig::default());
        self.own.clear();
        if matches!(self.engine.get_untracked(), Engine::Ready { .. }) {
            self.configure();
        }
        self.checkpoints.clear();
        self.runs.list.set(RunList::default());
        self.current_follows_list();
    }
}
