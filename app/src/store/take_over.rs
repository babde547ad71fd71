//! From tab to tab: the right to save goes to the next one when the tab that has it closes or is asked
//! for it. Whoever gets it first reads what the other one saved, and adds what was made here.

use std::rc::Rc;

use leptos::{prelude::*, task::spawn_local};

use super::database::{Database, Refusal};
use super::lock::{self, Lock};
use super::{BACK, Keeping, Store, Written};
use crate::browser;
use crate::pure::kept::{Back, Edits, Mark, edits};
use crate::pure::runs::{RunList, RunRecord};
use crate::session::{Aside, Kind, Offer};

/// How long a tab that was asked may take to let go, in milliseconds: it saves first.
const PATIENCE: i32 = 20_000;

/// What was made here while another tab saved.
struct Own {
    /// Runs, and what they need to go on if that is here.
    runs: Vec<(RunRecord, Option<Rc<Aside>>)>,
    images: Vec<crate::own::Homeless>,
}

impl Store {
    /// Another tab saves: says so, and waits until this one may.
    pub(super) fn stand_by(self, said: &str) {
        self.settle(Keeping::Elsewhere);
        self.say_and_offer(said.to_owned(), Some(Offer::SaveHere));
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
            if self.keeping.get_untracked() == Keeping::Elsewhere {
                let no_answer = text!("store.no-answer").to_owned();
                self.say_and_offer(no_answer, Some(Offer::SaveHere));
            }
        });
    }

    /// Another tab asks to save: saves what is not saved yet, and lets it.
    pub(super) fn hand_over(self) {
        if self.keeping.get_untracked() != Keeping::Saving {
            return;
        }
        spawn_local(async move {
            self.save_now().await;
            let mut lock = None;
            self.lock.update_value(|held| lock = held.take());
            self.stand_by(text!("store.handed-over"));
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
                self.settle(Keeping::Saving);
                let said = text!("store.taken-over");
                self.session.notices.say_about(BACK, Kind::Info, said);
            }
            Err(refusal) => {
                lock.release();
                self.refuse(&refusal);
            }
        }
    }

    /// Brings this tab to where the other one left everything, with what was made here behind it.
    async fn catch_up(self, database: &Database) -> Result<(), Refusal> {
        let (session, own) = (self.session, self.session.own);
        let made_here = self.made_here().await;
        let own_sweep = self.sweeper.machine.with_untracked(|machine| {
            let id = machine.as_ref().map(|machine| machine.head().id);
            let read = self.written.with_value(|written| written.sweep_id());
            id.is_some() && id != read
        });
        let (choice, here) = (own.choice_untracked(), own.spots());
        let before = self.written.with_value(Written::spots);
        let current = session.checkpoints.newest(session.current_run());

        self.written.set_value(Written::default());
        session.runs.list.set(RunList::default());
        session.checkpoints.forget_stored();
        if !own_sweep {
            self.sweeper.clear();
        }
        own.clear();
        let mut back = Back::default();
        self.bring_back_project(database, &mut back).await?;

        let (runs, asides): (Vec<RunRecord>, Vec<_>) = made_here.runs.into_iter().unzip();
        let ids = session.add_runs(runs);
        let asides = ids.into_iter().zip(asides);
        let asides = asides.chain([(session.current_run(), current)]);
        session
            .checkpoints
            .add_again(asides.filter_map(|(id, aside)| Some((id, aside?))));
        let edits = edits(&before, &here, &own.spots());
        if !made_here.images.is_empty() || edits != Edits::default() {
            own.apply(&edits);
            own.take_in_again(made_here.images);
            own.bring_back_choice(choice);
        }
        self.count();
        self.plan();
        Ok(())
    }

    /// What this tab has that was not stored when it looked. The run in hand stays where it is.
    async fn made_here(self) -> Own {
        let (session, own) = (self.session, self.session.own);
        let (known_runs, known_images) = self
            .written
            .with_value(|written| (written.runs.clone(), written.images.clone()));
        let new = session.runs.list.with_untracked(|list| {
            let living = list.living();
            let new = living.filter(|run| known_runs.get(&run.id) != Some(&Mark::from(*run)));
            new.cloned().collect::<Vec<_>>()
        });
        let mut runs = Vec::new();
        for run in new {
            // Of a run that another visit made and this one only renamed, it is in the database.
            let aside = self.aside(run.id).await.ok();
            runs.push((run, aside));
        }
        let images = own.not_among(&known_images);
        Own { runs, images }
    }
}
