//! Restores what is stored: settings, columns and runs at once, images in portions.

use std::sync::Arc;

use leptos::prelude::*;

use rsc_core::config::{DataSource, RunConfig};

use crate::images::model::saved::{Columns, ImageFacts};
use crate::link::model as link;
use crate::link::state::address;
use crate::link::state::visibility::Visibility;
use crate::runs::model::Revision;
use crate::runs::model::RunRecord;
use crate::settings::model::hold_out::HoldOut;
use crate::storage::model;
use crate::storage::model::Restored;
use crate::storage::state::database::{COLUMNS, CURRENT, Database, Refusal, SETTINGS};
use crate::storage::state::{BACK, Storage};
use crate::sweep::model::{Head, Machine, SavedRun};
use crate::ui::notices::Kind;

impl Storage {
    /// Brings everything back. `hash` is what the address said when the page opened: a link wins
    /// over stored settings.
    pub(crate) async fn restore(
        self,
        database: &Database,
        hash: &str,
        visibility: Visibility,
    ) -> Result<(), Refusal> {
        let (runs, mut back) = (self.runs, Restored::default());
        let linked = link::is_link(hash);
        let before = runs.training.settings.draft.get_untracked();
        let settings = self.restore_project(database, &mut back).await?;

        let untouched = runs
            .training
            .settings
            .draft
            .with_untracked(|draft| *draft == before);
        if linked {
            let wants_own = link::read(hash).config.data.source == DataSource::Own;
            if untouched && wants_own && back.contents.images > 0 {
                // When the link was taken, its images were not there yet.
                address::take(runs.training, visibility, hash);
            }
        } else if let Some(text) = settings
            && untouched
            && before == RunConfig::default()
        {
            self.restore_settings(&text, &before, &mut back);
        }
        if let Some(text) = back.unreadable_message() {
            runs.training
                .notices
                .say_about("unreadable", Kind::Warning, text);
        }
        if let Some(text) = back.restored_message() {
            self.say_restored(text);
        }
        self.count();
        Ok(())
    }

    /// Restores all but the settings, which are returned.
    pub(crate) async fn restore_project(
        self,
        database: &Database,
        back: &mut Restored,
    ) -> Result<Option<String>, Refusal> {
        let runs = self.runs;
        let columns = database.text(COLUMNS).await?;
        let settings = database.text(SETTINGS).await?;
        let stored_runs = database.runs().await?;
        let current = database.text(CURRENT).await?;
        let checkpoints = database.checkpoints().await?;
        let sweep = database.sweep().await?;

        let kept = match &columns {
            None => None,
            Some(text) => Some(Columns::read(text).map_err(|problem| {
                Refusal::Other(text!("store.not-readable", problem = problem))
            })?),
        };
        if let Some(kept) = &kept {
            runs.training.images.restore_columns(kept);
        }
        self.written.update_value(|written| {
            written.columns = columns;
            written.settings.clone_from(&settings);
            written.current.clone_from(&current);
            // After which step is not known: what comes is newer.
            written.checkpoints = checkpoints.iter().map(|id| (*id, 0)).collect();
        });
        let left = current.and_then(|id| id.parse().ok());
        let defaults = || serde_json::to_string(&RunConfig::default()).unwrap_or_default();
        let left = left.map(|id| (id, settings.clone().unwrap_or_else(defaults)));
        self.left.set_value(left);
        let last_run = kept.as_ref().map_or(0, |kept| kept.last_run);
        self.restore_runs(last_run, &stored_runs, back);
        // After the current run has got another id than those of earlier runs: what it has takes that with it.
        let there = runs.checkpoints.there;
        there.update(|there| there.extend(checkpoints));
        if let Some((head, sweep_runs)) = sweep {
            self.restore_sweep(head, &sweep_runs, back);
        }
        if let Some(kept) = &kept {
            self.restore_images(database, back).await?;
            runs.training.images.restore_choice(HoldOut {
                held_out: kept.held_out.clone(),
                together: kept.together,
            });
        }
        Ok(settings)
    }

    fn restore_sweep(self, head: String, runs: &[(u32, String)], back: &mut Restored) {
        let texts = runs.iter();
        let kept = texts.filter_map(|(_, text)| serde_json::from_str::<SavedRun>(text).ok());
        let read = serde_json::from_str::<Head>(&head).ok();
        let machine = read.and_then(|head| Machine::restored(head, kept.collect()));
        let Some(machine) = machine else {
            back.unreadable_sweep = true;
            return;
        };
        back.contents.sweep = machine.results.len();
        self.written.update_value(|written| {
            written.sweep = Some(head);
            // What could not be read is made anew, and written then.
            written.sweep_runs = machine.numbers().collect();
        });
        self.sweeper.restore(machine);
    }

    fn restore_runs(self, last_run: u64, texts: &[String], back: &mut Restored) {
        let mut runs: Vec<RunRecord> = Vec::new();
        for text in texts {
            match RunRecord::read(text) {
                Ok(run) => runs.push(run),
                Err(_) => back.unreadable_runs += 1,
            }
        }
        back.contents.runs = runs.len();
        self.written.update_value(|written| {
            written.runs = runs
                .iter()
                .map(|run| (run.id, Revision::from(run)))
                .collect();
        });
        if last_run > 0 || !runs.is_empty() {
            self.runs.restore_runs(last_run, runs);
        }
    }

    async fn restore_images(self, database: &Database, back: &mut Restored) -> Result<(), Refusal> {
        let board = self.runs.training.images;
        let total = database.count_images().await? as usize;
        if total == 0 {
            return Ok(());
        }
        board.count(0, total);
        let mut after = 0;
        let mut done = 0;
        let outcome = loop {
            let portion = match database.images(after).await {
                Ok(portion) => portion,
                Err(refusal) => break Err(refusal),
            };
            let Some(last) = portion.last() else {
                break Ok(());
            };
            after = last.id;
            let read = portion.len();
            let mut images = Vec::new();
            for image in portion {
                match ImageFacts::read(&image.text, image.pixels.len()) {
                    Ok(facts) => images.push((image.id, facts, Arc::new(image.pixels))),
                    Err(_) => back.unreadable_images += 1,
                }
            }
            self.written.update_value(|written| {
                let facts = images.iter().map(|(id, facts, _)| (*id, facts.clone()));
                written.images.extend(facts);
            });
            board.restore_images(images);
            board.count(read.min(total - done), 0);
            done = (done + read).min(total);
        };
        board.count(total - done, 0);
        let (images, classes) = board.how_many();
        back.contents.images = images;
        back.contents.classes = classes;
        outcome
    }

    fn restore_settings(self, text: &str, before: &RunConfig, back: &mut Restored) {
        match model::settings(text) {
            Ok(config) if config == *before => {}
            Ok(config) => {
                self.runs.training.replace_settings(config);
                back.contents.settings = true;
            }
            Err(problem) => self.runs.training.notices.say_about(
                BACK,
                Kind::Warning,
                text!("store.settings-not-taken", problem = problem),
            ),
        }
    }
}
