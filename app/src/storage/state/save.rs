//! Writes changes in the background, a moment after they were made; one writer at a time.

use std::collections::BTreeMap;

use leptos::{prelude::*, task::spawn_local};

use rsc_core::config::RunConfig;

use crate::runs::model::Revision;
use crate::storage::model::{Contents, changes, pace};
use crate::storage::state::database::{Batch, COLUMNS, CURRENT, Database, Refusal, SETTINGS};
use crate::storage::state::{SaveStatus, Storage, quota};
use crate::ui::browser;

/// Most bytes of pixels written at once.
const PORTION: usize = 4 << 20;
/// How often a writer that has to wait looks again, in milliseconds.
const TURN: i32 = 50;

impl Storage {
    /// Follows everything that is kept.
    pub(crate) fn save_what_changes(self) {
        let runs = self.runs;
        Effect::new(move |_| {
            runs.training.settings.draft.track();
            runs.training.images.classes.track();
            runs.training.images.held_out.track();
            runs.training.images.together.track();
            self.sweeper.grown.track();
            runs.list.track();
            runs.current.track();
            runs.training.progress.track();
            runs.training.evaluations.track();
            runs.training.state.track();
            runs.checkpoints.came.track();
            if self.keeping.get() == SaveStatus::Saving {
                self.plan();
            }
        });
        // Both are heard when a tab goes into the background, is closed or is reloaded.
        for event in ["visibilitychange", "pagehide"] {
            let handle = window_event_listener_untyped(event, move |_| {
                if self.changed.get_value().is_some() {
                    self.begin();
                }
            });
            on_cleanup(move || handle.remove());
        }
    }

    /// Plans to write.
    pub(crate) fn plan(self) {
        let now = browser::now();
        let since = self.changed.get_value().unwrap_or(now);
        self.changed.set_value(Some(since));
        if let Some(planned) = self.planned.get_value() {
            planned.clear();
        }
        let later = set_timeout_with_handle(move || self.begin(), pace(now - since));
        self.planned.set_value(later.ok());
    }

    fn begin(self) {
        if let Some(planned) = self.planned.get_value() {
            planned.clear();
            self.planned.set_value(None);
        }
        if self.keeping.get_untracked() != SaveStatus::Saving {
            return;
        }
        if self.writing.get_value() {
            // Whoever writes now looks again afterwards.
            return;
        }
        let Some(database) = self.database.get_value() else {
            return;
        };
        self.writing.set_value(true);
        self.changed.set_value(None);
        spawn_local(async move {
            let outcome = self.write(&database).await;
            self.writing.set_value(false);
            self.count();
            match outcome {
                Ok(()) => self.all_is_well(),
                // It is tried again at the next change.
                Err(refusal) => self.complain(&refusal),
            }
            if self.changed.get_value().is_some() {
                self.plan();
            }
        });
    }

    /// Writes what is not written yet, and returns when that is done.
    pub(crate) async fn save_now(self) {
        self.wait_for_turn().await;
        self.begin();
        self.wait_for_turn().await;
    }

    /// Waits until nobody writes.
    pub(crate) async fn wait_for_turn(self) {
        while self.writing.get_value() {
            browser::pause(TURN).await;
        }
    }

    /// Writes what differs from what is written already: first the small records, so that they are
    /// safe where there is no room for images.
    async fn write(self, database: &Database) -> Result<(), Refusal> {
        let (runs, board) = (self.runs, self.runs.training.images);
        let mut batch = Batch::default();
        let draft = runs.training.settings.draft.get_untracked();
        let settings = serde_json::to_string(&draft).unwrap_or_default();
        let columns = board.columns_to_keep(runs.last_run());
        let columns_text = serde_json::to_string(&columns).unwrap_or_default();
        let revisions = runs.run_revisions();
        let current = runs.current_run().to_string();
        let known = self.written.with_value(|w| w.checkpoints.clone());
        batch.checkpoints_gone = known
            .into_keys()
            .filter(|id| !revisions.contains_key(id))
            .collect();
        let images = board.facts();
        let (run_changes, image_changes) = self.written.with_value(|written| {
            let new = |before: &Option<String>, now: &String, untouched: bool| {
                before.as_ref().map_or(!untouched, |before| before != now)
            };
            if new(&written.settings, &settings, draft == RunConfig::default()) {
                batch.texts.push((SETTINGS, settings.clone()));
            }
            if !revisions.is_empty() && written.current.as_ref() != Some(&current) {
                batch.texts.push((CURRENT, current.clone()));
            }
            let untouched = columns.is_untouched() && images.is_empty() && revisions.is_empty();
            if new(&written.columns, &columns_text, untouched) {
                batch.texts.push((COLUMNS, columns_text.clone()));
            }
            (
                changes(&written.runs, &revisions),
                changes(&written.images, &images),
            )
        });
        let run = |id: u64| Some((id, runs.run_to_keep(id)?));
        batch.runs = run_changes.put.into_iter().filter_map(run).collect();
        batch.runs_gone = run_changes.delete;
        batch.images_gone = image_changes.delete;
        self.add_sweep(&mut batch);
        if !batch.is_empty() {
            database.write(&batch).await?;
            self.note_written(&batch, &revisions);
        }
        self.write_checkpoints(database, &revisions).await?;
        self.write_images(database, &image_changes.put).await
    }

    /// Adds what there is more of the sweep, or all of another one.
    fn add_sweep(self, batch: &mut Batch) {
        self.sweeper.machine.with_untracked(|machine| {
            self.written.with_value(|written| {
                let Some(machine) = machine else {
                    batch.sweep_gone = written.sweep.is_some();
                    return;
                };
                let head = machine.head();
                let same = written.sweep_id() == Some(head.id);
                batch.sweep_gone = written.sweep.is_some() && !same;
                let text = serde_json::to_string(&head).unwrap_or_default();
                if written.sweep.as_ref() != Some(&text) {
                    batch.sweep = Some(text);
                }
                let new = machine
                    .numbers()
                    .filter(|number| !(same && written.sweep_runs.contains(number)));
                let texts = new.filter_map(|number| {
                    let text = serde_json::to_string(&machine.saved_run(number)?).ok()?;
                    Some((number, text))
                });
                batch.sweep_runs = texts.collect();
            });
        });
    }

    /// One after another, each whole: they may be megabytes. Only those of the runs in `revisions`, which are
    /// stored by now.
    async fn write_checkpoints(
        self,
        database: &Database,
        revisions: &BTreeMap<u64, Revision>,
    ) -> Result<(), Refusal> {
        let checkpoints = self.runs.checkpoints;
        for (id, checkpoint) in checkpoints.unstored() {
            let step = checkpoint.step;
            if revisions.contains_key(&id) {
                let batch = Batch {
                    checkpoints: vec![(id, checkpoint)],
                    ..Batch::default()
                };
                database.write(&batch).await?;
                self.note_written(&batch, &BTreeMap::new());
            } else if self.runs.run_revisions().contains_key(&id) {
                // The run began after `revisions` was read: the next writer stores both.
                continue;
            }
            checkpoints.stored(id, step);
        }
        Ok(())
    }

    async fn write_images(self, database: &Database, ids: &[u32]) -> Result<(), Refusal> {
        if !ids.is_empty() {
            self.ask_for_persistence();
        }
        let mut batch = Batch::default();
        let mut bytes = 0;
        for (i, &id) in ids.iter().enumerate() {
            // It may have been deleted meanwhile.
            if let Some((facts, pixels)) = self.runs.training.images.stored_image(id) {
                bytes += pixels.len();
                batch.images.push((id, facts, pixels));
            }
            if bytes >= PORTION || i + 1 == ids.len() {
                database.write(&batch).await?;
                self.note_written(&batch, &BTreeMap::new());
                batch = Batch::default();
                bytes = 0;
            }
        }
        Ok(())
    }

    fn note_written(self, batch: &Batch, revisions: &BTreeMap<u64, Revision>) {
        self.written.update_value(|written| {
            for (name, text) in &batch.texts {
                let text = Some(text.clone());
                match *name {
                    SETTINGS => written.settings = text,
                    CURRENT => written.current = text,
                    _ => written.columns = text,
                }
            }
            for (id, _) in &batch.runs {
                if let Some(revision) = revisions.get(id) {
                    written.runs.insert(*id, revision.clone());
                }
            }
            for id in &batch.runs_gone {
                written.runs.remove(id);
            }
            for (id, checkpoint) in &batch.checkpoints {
                written.checkpoints.insert(*id, checkpoint.step);
            }
            for id in &batch.checkpoints_gone {
                written.checkpoints.remove(id);
            }
            for (id, facts, _) in &batch.images {
                written.images.insert(*id, facts.clone());
            }
            for id in &batch.images_gone {
                written.images.remove(id);
            }
            if batch.sweep_gone {
                written.sweep = None;
                written.sweep_runs.clear();
            }
            if batch.sweep.is_some() {
                written.sweep.clone_from(&batch.sweep);
            }
            let runs = batch.sweep_runs.iter().map(|(number, _)| *number);
            written.sweep_runs.extend(runs);
        });
    }

    /// Counts what is kept.
    pub(crate) fn count(self) {
        let board = self.runs.training.images;
        let (images, runs, sweep, settings) = self.written.with_value(|written| {
            (
                written.images.clone(),
                written.runs.len(),
                written.sweep_runs.len(),
                written.settings.is_some(),
            )
        });
        let (classes, bytes) = board.count_and_bytes(|id| images.contains_key(&id));
        self.contents.set(Contents {
            images: images.len(),
            classes,
            runs,
            sweep,
            settings,
            bytes,
        });
    }

    /// Once in a visit, when there are images to keep: whoever opens the page only to look is not
    /// asked anything.
    fn ask_for_persistence(self) {
        if !self.persistence_asked.get_value() {
            self.persistence_asked.set_value(true);
            spawn_local(async {
                if quota::persisted().await == Some(false) {
                    quota::persist().await;
                }
            });
        }
    }
}
