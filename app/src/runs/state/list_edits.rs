//! What a visitor does with a run of the list: rename, pin, show in the charts, delete.

use std::time::Duration;

use leptos::prelude::*;

use super::Runs;
use crate::runs::model::chart_overlay::MOST_OVERLAYS;
use crate::runs::model::checked_name;
use crate::ui::notices::Kind;

/// How long a deleted run can be taken back.
const UNDO: Duration = Duration::from_secs(10);
/// How often that is put off, at most, for a visitor who is about to take it back.
const PATIENCE: u32 = 5;
/// Topic of messages about a name.
const NAME: &str = "run name"; // not shown
/// Topic of messages about runs in the charts.
const OVERLAYS: &str = "overlays";

impl Runs {
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
        self.training.notices.clear(NAME);
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
        self.training.notices.clear(OVERLAYS);
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
            self.training.notices.clear(OVERLAYS);
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
}
