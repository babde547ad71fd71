//! Gives the engine the pictures that presets are made from.

use leptos::{prelude::*, task::spawn_local};

use rsc_core::config::{DataSource, PresetFile, RunConfig};

use crate::training::state::Training;
use crate::training::state::preset_files::decode::PicturesMessage;
use crate::training::state::preset_files::name;
use crate::ui::notices::Kind;

/// Topic of messages about them.
const TOPIC: &str = "preset-files";

/// The file that a run with these settings is made from.
fn file_of(config: &RunConfig) -> Option<PresetFile> {
    match config.data.source {
        DataSource::Preset { preset } => preset.file(),
        DataSource::Own => None,
    }
}

/// That a file could not be loaded, as a clause.
fn not_loaded(file: PresetFile, problem: &str) -> String {
    text_with!(
        &format!("data.{}.not-loaded", name(file)),
        problem = problem
    )
}

impl Training {
    /// Whether the engine has what `config` is made from. Where it has not, it is loaded, and the run is
    /// prepared again after that.
    pub(crate) fn has_file_for(self, config: &RunConfig) -> bool {
        let missing = file_of(config).filter(|file| !self.files.engine_has(*file));
        let Some(file) = missing else {
            self.notices.clear(TOPIC);
            return true;
        };
        self.files.want(file, self.run.get_value());
        false
    }

    /// Loads a file for the engine, then prepares the run that waits for it.
    pub(crate) fn load_file(self, file: PresetFile) {
        spawn_local(async move {
            let provided = self.give_file(file).await;
            // Whoever has chosen something else meanwhile is not called back.
            if self.files.settled(file) != Some(self.run.get_value()) {
                return;
            }
            match provided {
                // An engine that is not ready prepares a run once it is.
                Ok(()) if self.engine.is_ready() => self.configure(),
                Ok(()) => {}
                Err(problem) => self.notices.say_about(
                    TOPIC,
                    Kind::Error,
                    text_with!(&format!("data.{}.failed", name(file)), problem = problem),
                ),
            }
        });
    }

    /// Gives the engine the pictures in a file, fetched if they are not here yet. An error is a clause.
    pub(crate) async fn provide_file(self, file: PresetFile) -> Result<(), String> {
        let given = self.give_file(file).await;
        given.map_err(|problem| not_loaded(file, &problem))
    }

    /// The pictures in a file for an engine beside the session's own, fetched if they are not here yet.
    /// An error is a clause.
    pub(crate) async fn file_message(self, file: PresetFile) -> Result<PicturesMessage, String> {
        let message = self.files.load(file).await;
        message.map_err(|problem| not_loaded(file, &problem))
    }

    /// As [`Self::provide_file`], with nothing but the problem as error.
    async fn give_file(self, file: PresetFile) -> Result<(), String> {
        if !self.files.engine_has(file) {
            let (command, buffers) = self.files.load(file).await?;
            self.engine.send_with(&command, buffers);
            self.files.mark_sent(file);
        }
        Ok(())
    }
}
