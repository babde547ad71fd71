//! Resumes runs that were suspended, in this visit or an earlier one.

use std::rc::Rc;

use leptos::{prelude::*, task::spawn_local};

use crate::runs::state::checkpoints::Checkpoint;
use crate::storage::model;
use crate::storage::state::{SaveStatus, Storage};
use crate::ui::notices::Kind;

impl Storage {
    /// Resumes a run of the list: with the one asked for last, where its images may still be on
    /// their way from the database.
    pub(crate) fn resume(self, id: u64) {
        if self.keeping.get_untracked() == SaveStatus::Opening {
            self.to_resume.set_value(Some(id));
            return;
        }
        spawn_local(async move {
            match self.checkpoint(id).await {
                Ok(checkpoint) => self.runs.resume(id, checkpoint),
                Err(problem) => self.runs.training.notices.say_about(
                    "go on", // not shown
                    Kind::Warning,
                    text!("store.cannot-go-on", problem = problem),
                ),
            }
        });
    }

    /// Resumes the run that was asked for while what is stored was still coming.
    pub(crate) fn resume_as_asked(self) {
        let asked = self.to_resume.try_update_value(Option::take).flatten();
        if let Some(id) = asked {
            self.resume(id);
        }
    }

    /// After the engine has failed: starts another and resumes the current run from where it
    /// was last saved.
    pub(crate) fn resume_after_failure(self) {
        let id = self.runs.current_run();
        spawn_local(async move {
            match self.checkpoint(id).await {
                Ok(checkpoint) => self.runs.recover(id, checkpoint),
                Err(problem) => self.runs.training.notices.say_about(
                    "go on", // not shown
                    Kind::Warning,
                    text!("store.cannot-go-on", problem = problem),
                ),
            }
        });
    }

    /// After a run has failed for want of finite numbers: resumes it from where it was last
    /// saved, more slowly.
    pub(crate) fn resume_slower(self) {
        let id = self.runs.current_run();
        spawn_local(async move {
            match self.checkpoint(id).await {
                Ok(checkpoint) => self.runs.resume_slower(id, checkpoint),
                Err(problem) => self.runs.training.notices.say_about(
                    "go on", // not shown
                    Kind::Warning,
                    text!("store.cannot-go-on", problem = problem),
                ),
            }
        });
    }

    /// A run's checkpoint.
    pub(crate) async fn checkpoint(self, id: u64) -> Result<Rc<Checkpoint>, String> {
        if let Some(checkpoint) = self.runs.checkpoints.newest(id) {
            return Ok(checkpoint);
        }
        let database = self.database.get_value();
        let database = database.ok_or_else(|| text!("store.keeps-nothing"))?;
        match database.checkpoint(id).await {
            Ok(Some(checkpoint)) => Ok(Rc::new(checkpoint)),
            Ok(None) => Err(text!("store.not-stored").to_owned()),
            Err(_) => Err(text!("store.not-given-out").to_owned()),
        }
    }

    /// After a reload, the run that was left is there again, paused where it was: unless the page
    /// was opened with other settings, or has gone on already.
    pub(crate) async fn resume_where_left(self) {
        let runs = self.runs;
        let Some((id, settings)) = self.left.get_value() else {
            return;
        };
        let same = |settings: &str| {
            let draft = runs.training.settings.draft.get_untracked();
            model::settings(settings).is_ok_and(|settings| settings == draft)
        };
        let begun = runs
            .training
            .progress
            .with_untracked(|progress| progress.step > 0);
        if begun || !same(&settings) {
            return;
        }
        if let Ok(checkpoint) = self.checkpoint(id).await
            && runs
                .training
                .progress
                .with_untracked(|progress| progress.step == 0)
            && same(&settings)
        {
            runs.resume_with_present_settings(id, checkpoint);
        }
    }
}
