//! The list of runs: which are kept, in which order, under which names.

use serde::{Deserialize, Serialize, Serializer};

use crate::runs::model::RunRecord;

/// Most runs kept that are not pinned.
pub(crate) const MOST_UNPINNED: usize = 50;

/// All runs kept, the oldest first.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct RunList {
    last_id: u64,
    #[serde(serialize_with = "living")]
    runs: Vec<RunRecord>,
    #[serde(skip)]
    deletions: u32,
}

/// Stores what is not deleted, taken back or not.
fn living<S: Serializer>(runs: &[RunRecord], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(runs.iter().filter(|run| !run.deleted()))
}

impl RunList {
    /// The id of the next run: no run has had it, not even a deleted one.
    pub(crate) fn next_id(&self) -> u64 {
        self.last_id + 1
    }

    /// Runs of an earlier visit, in any order.
    pub(crate) fn restored(last_id: u64, mut runs: Vec<RunRecord>) -> Self {
        runs.sort_by_key(|run| run.id);
        runs.dedup_by_key(|run| run.id);
        Self {
            last_id: runs.last().map_or(0, |run| run.id).max(last_id),
            runs,
            deletions: 0,
        }
    }

    /// Adds runs made elsewhere, under ids of this list and names that are free here.
    pub(crate) fn append(&mut self, runs: impl IntoIterator<Item = RunRecord>) {
        for mut run in runs {
            run.id = self.next_id();
            let taken = self.names_except(run.id);
            run.name = free_name(run.name, &taken);
            self.last_id = run.id;
            self.runs.push(run);
        }
    }

    /// The id given last.
    pub(crate) fn last_id(&self) -> u64 {
        self.last_id
    }

    /// All runs but the deleted ones, the oldest first.
    pub(crate) fn living(&self) -> impl Iterator<Item = &RunRecord> {
        self.runs.iter().filter(|run| !run.deleted())
    }

    /// Keeps a run. Returns the names of those that had to go for it.
    pub(crate) fn keep(&mut self, run: RunRecord) -> Vec<String> {
        self.last_id = self.last_id.max(run.id);
        // One that was gone on with has its old place.
        let kept = run.id;
        let at = self.runs.partition_point(|other| other.id < kept);
        self.runs.insert(at, run);
        let mut dropped = Vec::new();
        let unpinned = |run: &RunRecord| !run.pinned && !run.deleted();
        while self.runs.iter().filter(|run| unpinned(run)).count() > MOST_UNPINNED {
            let goes = |run: &RunRecord| unpinned(run) && run.id != kept;
            let Some(oldest) = self.runs.iter().position(goes) else {
                break;
            };
            dropped.push(self.runs.remove(oldest).name);
        }
        dropped
    }

    /// Takes a run out, to resume it.
    pub(crate) fn take(&mut self, id: u64) -> Option<RunRecord> {
        let at = self
            .runs
            .iter()
            .position(|run| run.id == id && !run.deleted())?;
        Some(self.runs.remove(at))
    }

    /// One run.
    pub(crate) fn get(&self, id: u64) -> Option<&RunRecord> {
        self.runs.iter().find(|run| run.id == id)
    }

    fn get_mut(&mut self, id: u64) -> Option<&mut RunRecord> {
        self.runs.iter_mut().find(|run| run.id == id)
    }

    /// The ids as they are shown: pinned ones on top, the newest first.
    pub(crate) fn order(&self) -> Vec<u64> {
        let ids = |pinned: bool| {
            let some = self.runs.iter().rev().filter(move |r| r.pinned == pinned);
            some.map(|run| run.id)
        };
        ids(true).chain(ids(false)).collect()
    }

    /// The run made before the one with this id, of those that are kept.
    pub(crate) fn before(&self, id: u64) -> Option<&RunRecord> {
        let earlier = |run: &&RunRecord| run.id < id && !run.deleted();
        self.runs.iter().rev().find(earlier)
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.runs.iter().filter(|run| !run.deleted()).count()
    }

    /// The names of all runs but one.
    pub(crate) fn names_except(&self, id: u64) -> Vec<String> {
        let others = self.runs.iter().filter(|run| run.id != id);
        others.map(|run| run.name.clone()).collect()
    }

    /// Gives a run another name, one that was checked.
    pub(crate) fn rename(&mut self, id: u64, name: String) {
        if let Some(run) = self.get_mut(id) {
            run.name = name;
        }
    }

    /// Pins a run, or lets it go.
    pub(crate) fn toggle_pin(&mut self, id: u64) {
        if let Some(run) = self.get_mut(id) {
            run.pinned = !run.pinned;
        }
    }

    /// Deletes a run for the time being. Returns what [`Self::forget`] wants.
    pub(crate) fn delete(&mut self, id: u64) -> Option<u32> {
        self.deletions += 1;
        let deletion = self.deletions;
        self.get_mut(id)?.deletion = deletion;
        Some(deletion)
    }

    /// Takes a deletion back.
    pub(crate) fn take_back(&mut self, id: u64) {
        if let Some(run) = self.get_mut(id) {
            run.deletion = 0;
        }
    }

    /// Makes a deletion final, unless it was taken back.
    pub(crate) fn forget(&mut self, deletion: u32) {
        self.runs.retain(|run| run.deletion != deletion);
    }
}

/// The name itself, or with a number behind it.
fn free_name(name: String, taken: &[String]) -> String {
    if !taken.contains(&name) {
        return name;
    }
    let numbered = (2..).map(|number| format!("{name} ({number})")); // not shown
    let mut free = numbered.filter(|name| !taken.contains(name));
    free.next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runs::model::{Evaluation, Facts};
    use crate::training::model::curves::CURVES;
    use crate::training::model::trace::Point;
    use rsc_core::config::RunConfig;
    use rsc_core::protocol::{EvaluationMetrics, EvaluationRecord, RunState};

    fn run(id: u64) -> RunRecord {
        let facts = Facts {
            name: format!("run {id}"),
            steps: 3,
            total_steps: 640,
            state: Some(RunState::Training),
            step_ms: f64::INFINITY,
            started: Some(1e12),
            ..Facts::default()
        };
        let curves = vec![
            Point {
                x: 1.0,
                y: [f64::NAN; CURVES],
            },
            Point {
                x: 3.0,
                y: [0.5; CURVES],
            },
        ];
        let record = EvaluationRecord {
            step: 3,
            epoch: 0,
            arms: vec![EvaluationMetrics {
                accuracy_same_domain: 0.5,
                accuracy_new_domain: None,
                loss_same_domain: f32::NAN,
                loss_new_domain: Some(f32::INFINITY),
                accuracy_per_domain: vec![0.5, f32::NAN],
                usage: Default::default(),
            }],
        };
        let evaluations = vec![Evaluation::from(&record)];
        RunRecord::new(id, facts, RunConfig::default(), curves, evaluations)
    }

    fn list(ids: std::ops::RangeInclusive<u64>) -> RunList {
        let mut list = RunList::default();
        for id in ids {
            assert!(list.keep(run(id)).is_empty());
        }
        list
    }

    #[test]
    fn the_newest_come_first_and_pinned_ones_before_them() {
        let mut list = list(1..=4);
        list.toggle_pin(2);
        assert_eq!(list.order(), [2, 4, 3, 1]);
        list.toggle_pin(3);
        assert_eq!(list.order(), [3, 2, 4, 1]);
        list.toggle_pin(2);
        assert_eq!(list.order(), [3, 4, 2, 1]);
        assert_eq!(list.before(3).map(|r| r.id), Some(2));
        assert_eq!(list.before(1), None);
    }

    #[test]
    fn pinned_runs_are_never_dropped() {
        let mut list = list(1..=50);
        list.toggle_pin(1);
        assert!(list.keep(run(51)).is_empty());
        assert_eq!(list.keep(run(52)), ["run 2"]);
        assert!(list.get(1).is_some() && list.get(2).is_none());
        assert_eq!(list.len(), MOST_UNPINNED + 1);
    }

    #[test]
    fn a_run_that_was_gone_on_with_keeps_its_place() {
        let mut list = list(1..=50);
        let first = list.take(1);
        assert!(list.take(1).is_none());
        assert!(list.keep(run(51)).is_empty());
        assert_eq!(list.keep(first.unwrap_or_else(|| run(0))), ["run 2"]);
        assert_eq!(list.before(3).map(|run| run.id), Some(1));
        assert_eq!(list.next_id(), 52);
        list.delete(1);
        assert!(list.take(1).is_none());
    }

    #[test]
    fn a_deletion_can_be_taken_back() {
        let mut list = list(1..=3);
        let first = list.delete(2).unwrap_or_default();
        assert_eq!((list.len(), list.before(3).map(|r| r.id)), (2, Some(1)));
        list.take_back(2);
        let second = list.delete(2).unwrap_or_default();
        // The first deletion's time runs out: it is not the one that counts.
        list.forget(first);
        assert!(list.get(2).is_some_and(RunRecord::deleted));
        list.forget(second);
        assert_eq!(list.order(), [3, 1]);
        assert_eq!(list.delete(9), None);
        assert_eq!(list.next_id(), 4);
    }

    #[test]
    fn ids_are_not_used_again() {
        let mut list = list(1..=2);
        let deletion = list.delete(2).unwrap_or_default();
        list.forget(deletion);
        assert_eq!(list.next_id(), 3);
    }

    #[test]
    fn runs_of_an_earlier_visit_come_back_in_order() {
        let mut restored = RunList::restored(7, vec![run(5), run(2), run(5)]);
        assert_eq!(restored.order(), [5, 2]);
        assert_eq!((restored.next_id(), restored.last_id()), (8, 7));
        restored.append([run(2), run(9)]);
        assert_eq!(restored.order(), [9, 8, 5, 2]);
        let names: Vec<_> = restored.living().map(|run| run.name.as_str()).collect();
        assert_eq!(names, ["run 2", "run 5", "run 2 (2)", "run 9"]);
        assert_eq!(RunList::restored(0, vec![run(3)]).next_id(), 4);
    }

    #[test]
    fn names_are_known() {
        let mut list = list(1..=2);
        list.rename(1, "first try".into());
        assert_eq!(list.names_except(2), ["first try"]);
        assert_eq!(
            list.get(1).map(|r| r.facts().name),
            Some("first try".into())
        );
    }

    #[test]
    fn the_list_can_be_stored_without_what_is_deleted() -> Result<(), serde_json::Error> {
        let mut list = list(1..=3);
        list.toggle_pin(1);
        list.delete(3);
        let text = serde_json::to_string(&list)?;
        let read: RunList = serde_json::from_str(&text)?;
        assert_eq!(read.order(), [1, 2]);
        assert_eq!(read.next_id(), 4);
        assert_eq!(serde_json::to_string(&read)?, text);
        let first = &read.runs[0];
        assert_eq!((first.state, first.step_ms), (RunState::Paused, 0.0));
        assert_eq!(first.curves[1], run(1).curves[1]);
        assert!(first.curves[0].y[2].is_nan());
        assert_eq!(first.evaluations, run(1).evaluations);
        assert_eq!(serde_json::from_str::<RunList>("{}")?, RunList::default());
        Ok(())
    }
}
