//! Handing over between tabs: the lock passes to the next tab when its holder closes or is asked to
//! hand over. The tab that gets it reads what was saved, then adds its own changes.

use std::rc::Rc;

use leptos::{prelude::*, task::spawn_local};

use crate::images::model::merge::{Edits, edits};
use crate::runs::model::Revision;
use crate::runs::model::{RunList, RunRecord};
use crate::runs::state::checkpoints::Checkpoint;
use crate::storage::model::Restored;
use crate::storage::state::database::{Database, Refusal};
use crate::storage::state::lock;
use crate::storage::state::lock::Lock;
use crate::storage::state::{BACK, SAVE_HERE, SaveStatus, Storage, Written};
use crate::ui::browser;
use crate::ui::notices::Kind;

/// How long a tab that was asked may take to let go, in milliseconds: it saves first.
const PATIENCE: i32 = 20_000;

/// What was made here while another tab saved.
struct UnsavedWork {
    /// Runs, and their checkpoints if that is here.
    runs: Vec<(RunRecord, Option<Rc<Checkpoint>>)>,
    images: Vec<crate::images::state::saved::UnsavedImage>,
}

impl Storage {
    /// Another tab saves: says so, and waits until this one may.
    pub(crate) fn wait_for_lock(self, said: &str) {
        self.set_keeping(SaveStatus::Elsewhere);
        self.say_and_offer(said.to_owned(), Some(SAVE_HERE));
        spawn_local(async move {
            if let Some(lock) = lock::wait().await {
                self.take_over(lock).await;
            }
        });
    }

    /// Asks the tab that saves to let this one do it.
    pub(crate) fn save_here(self) {
        let asked = self
            .tabs
            .with_value(|tabs| tabs.as_ref().is_some_and(|it| it.ask()));
        if !asked {
            self.say(text!("store.no-answer").to_owned());
            return;
        }
        self.say(text!("store.asking").to_owned());
        spawn_local(async move {
            browser::pause(PATIENCE).await;
            if self.keeping.get_untracked() == SaveStatus::Elsewhere {
                let no_answer = text!("store.no-answer").to_owned();
                self.say_and_offer(no_answer, Some(SAVE_HERE));
            }
        });
    }

    /// Another tab asks to save: saves what is not saved yet, and lets it.
    pub(crate) fn hand_over(self) {
        if self.keeping.get_untracked() != SaveStatus::Saving {
            return;
        }
        spawn_local(async move {
            self.save_now().await;
            let mut lock = None;
            self.lock.update_value(|held| lock = held.take());
            self.wait_for_lock(text!("store.handed-over"));
            // Only now, so that this tab waits behind the one that asked.
            if let Some(lock) = lock {
                lock.release();
            }
        });
    }

    async fn take_over(self, lock: Lock) {
        let Some(database) = self.database.get_value() else {
            lock.release();
            return;
        };
        match self.catch_up(&database).await {
            Ok(()) => {
                self.lock.set_value(Some(lock));
                self.all_is_well();
                self.set_keeping(SaveStatus::Saving);
                let said = text!("store.taken-over");
                self.runs.training.notices.say_about(BACK, Kind::Info, said);
            }
            Err(refusal) => {
                lock.release();
                self.refuse(&refusal);
            }
        }
    }

    /// Brings this tab to where the other one left everything, with what was made here behind it.
    async fn catch_up(self, database: &Database) -> Result<(), Refusal> {
        let (runs, board) = (self.runs, self.runs.training.images);
        let made_here = self.made_here().await;
        let own_sweep = self.sweeper.machine.with_untracked(|machine| {
            let id = machine.as_ref().map(|machine| machine.head().id);
            let read = self.written.with_value(|written| written.sweep_id());
            id.is_some() && id != read
        });
        let (choice, here) = (board.choice_untracked(), board.image_labels());
        let before = self.written.with_value(Written::image_labels);
        let current = runs.checkpoints.newest(runs.current_run());

        self.written.set_value(Written::default());
        runs.list.set(RunList::default());
        runs.checkpoints.forget_stored();
        if !own_sweep {
            self.sweeper.clear();
        }
        board.clear();
        let mut back = Restored::default();
        self.restore_project(database, &mut back).await?;

        let (records, checkpoints): (Vec<RunRecord>, Vec<_>) = made_here.runs.into_iter().unzip();
        let ids = runs.add_runs(records);
        let checkpoints = ids.into_iter().zip(checkpoints);
        let checkpoints = checkpoints.chain([(runs.current_run(), current)]);
        runs.checkpoints
            .add_again(checkpoints.filter_map(|(id, checkpoint)| Some((id, checkpoint?))));
        let edits = edits(&before, &here, &board.image_labels());
        if !made_here.images.is_empty() || edits != Edits::default() {
            board.apply(&edits);
            board.add_unsaved(made_here.images);
            board.restore_choice(choice);
        }
        self.count();
        self.plan();
        Ok(())
    }

    /// What this tab has that was not stored when it looked. The current run stays where it is.
    async fn made_here(self) -> UnsavedWork {
        let (runs, board) = (self.runs, self.runs.training.images);
        let (known_runs, known_images) = self
            .written
            .with_value(|written| (written.runs.clone(), written.images.clone()));
        let new = runs.list.with_untracked(|list| {
            let living = list.living();
            let new = living.filter(|run| known_runs.get(&run.id) != Some(&Revision::from(*run)));
            new.cloned().collect::<Vec<_>>()
        });
        let mut records = Vec::new();
        for run in new {
            // Of a run that another visit made and this one only renamed, it is in the database.
            let checkpoint = self.checkpoint(run.id).await.ok();
            records.push((run, checkpoint));
        }
        let images = board.not_among(&known_images);
        UnsavedWork {
            runs: records,
            images,
        }
    }
}
