//! Runs that were put aside, in this visit or an earlier one, and are taken up again.

use std::rc::Rc;

use leptos::{prelude::*, task::spawn_local};

use super::{Keeping, Store};
use crate::pure::kept;
use crate::session::{Aside, Kind};

impl Store {
    /// Goes on with a run of the list: with the one asked for last, where its images may still be on
    /// their way from the database.
    pub(crate) fn go_on(self, id: u64) {
        if self.keeping.get_untracked() == Keeping::Opening {
            self.to_go_on.set_value(Some(id));
            return;
        }
        spawn_local(async move {
            match self.aside(id).await {
                Ok(aside) => self.session.go_on(id, aside),
                Err(problem) => self.session.notices.say_about(
                    "go on", // not shown
                    Kind::Warning,
                    text!("store.cannot-go-on", problem = problem),
                ),
            }
        });
    }

    /// Goes on with the run that was asked for while what is stored was still coming.
    pub(super) fn go_on_as_asked(self) {
        let asked = self.to_go_on.try_update_value(Option::take).flatten();
        if let Some(id) = asked {
            self.go_on(id);
        }
    }

    /// After the engine has failed: starts another and goes on with the run in hand from where it
    /// was last put aside.
    pub(crate) fn go_on_after_failure(self) {
        let id = self.session.current_run();
        spawn_local(async move {
            match self.aside(id).await {
                Ok(aside) => self.session.recover(id, aside),
                Err(problem) => self.session.notices.say_about(
                    "go on", // not shown
                    Kind::Warning,
                    text!("store.cannot-go-on", problem = problem),
                ),
            }
        });
    }

    /// After a run has failed for want of finite numbers: goes on with it from where it was last put
    /// aside, more slowly.
    pub(crate) fn go_on_slower(self) {
        let id = self.session.current_run();
        spawn_local(async move {
            match self.aside(id).await {
                Ok(aside) => self.session.go_on_slower(id, aside),
                Err(problem) => self.session.notices.say_about(
                    "go on", // not shown
                    Kind::Warning,
                    text!("store.cannot-go-on", problem = problem),
                ),
            }
        });
    }

    /// What a run needs to go on.
    pub(crate) async fn aside(self, id: u64) -> Result<Rc<Aside>, String> {
        if let Some(aside) = self.session.checkpoints.newest(id) {
            return Ok(aside);
        }
        let database = self.database.get_value();
        let database = database.ok_or_else(|| text!("store.keeps-nothing"))?;
        match database.checkpoint(id).await {
            Ok(Some(aside)) => Ok(Rc::new(aside)),
            Ok(None) => Err(text!("store.not-stored").to_owned()),
            Err(_) => Err(text!("store.not-given-out").to_owned()),
        }
    }

    /// After a reload, the run that was left is there again, paused where it was: unless the page
    /// was opened with other settings, or has gone on already.
    pub(super) async fn go_on_where_it_was(self) {
        let session = self.session;
        let Some((id, settings)) = self.left.get_value() else {
            return;
        };
        let same = |settings: &str| {
            let draft = session.draft.get_untracked();
            kept::settings(settings).is_ok_and(|settings| settings == draft)
        };
        let begun = session
            .progress
            .with_untracked(|progress| progress.step > 0);
        if begun || !same(&settings) {
            return;
        }
        if let Ok(aside) = self.aside(id).await
            && session
                .progress
                .with_untracked(|progress| progress.step == 0)
            && same(&settings)
        {
            session.go_on_as_set(id, aside);
        }
    }
}
