//! The files that presets are made from: fetched when they are first needed, kept for the visit, and
//! decoded for an engine.

pub(crate) mod decode;
mod fetch;

use std::sync::Arc;

use leptos::prelude::*;

use rsc_core::config::PresetFile;
use rsc_core::protocol::RunId;

use crate::training::state::preset_files::decode::{PicturesMessage, decode};
use crate::training::state::preset_files::fetch::fetch;
use crate::ui::listeners::Listeners;

/// What is being done to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Its bytes are on their way.
    Fetching,
    /// Its pictures are being decoded.
    Decoding,
}

/// A file on its way to the engine.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Loading {
    /// Which.
    pub(crate) file: PresetFile,
    /// What is being done.
    pub(crate) stage: Stage,
    /// How much of that is done, `0..=1`.
    pub(crate) share: f64,
}

/// The files as far as they are here.
#[derive(Clone, Copy)]
pub(crate) struct PresetFiles {
    /// What is on its way to the engine.
    pub(crate) loading: RwSignal<Option<Loading>>,
    /// Called when the engine needs a file that it does not have: loading it is deferred.
    pub(crate) wanted: Listeners<PresetFile>,
    /// The bytes of files that were fetched.
    fetched: StoredValue<Vec<(PresetFile, Arc<Vec<u8>>)>>,
    /// What is being loaded for the engine, and the run that waits for it.
    awaited: StoredValue<Vec<(PresetFile, RunId)>>,
    /// What the engine that runs now has.
    sent: StoredValue<Vec<PresetFile>>,
}

impl PresetFiles {
    pub(crate) fn new() -> Self {
        Self {
            loading: RwSignal::new(None),
            wanted: Listeners::new(),
            fetched: StoredValue::default(),
            awaited: StoredValue::default(),
            sent: StoredValue::default(),
        }
    }

    /// A new engine has none of them.
    pub(crate) fn forget_engine(self) {
        self.sent.set_value(Vec::new());
    }

    /// Whether the engine that runs now has the pictures in a file.
    pub(crate) fn engine_has(self, file: PresetFile) -> bool {
        self.sent.with_value(|sent| sent.contains(&file))
    }

    /// Notes that the engine has them.
    pub(crate) fn mark_sent(self, file: PresetFile) {
        self.sent.update_value(|sent| sent.push(file));
    }

    /// Asks for a file to be loaded for the engine, unless it is on its way; this run waits for it.
    pub(crate) fn want(self, file: PresetFile, run: RunId) {
        let on_its_way = self.settled(file).is_some();
        self.awaited.update_value(|all| all.push((file, run)));
        if !on_its_way {
            self.wanted.notify(&file);
        }
    }

    /// Notes that a file that was asked for has come, or could not be loaded. Returns which run waits for
    /// it.
    pub(crate) fn settled(self, file: PresetFile) -> Option<RunId> {
        let mut waits = None;
        self.awaited.update_value(|all| {
            let place = all.iter().position(|(of, _)| *of == file);
            waits = place.map(|place| all.swap_remove(place).1);
        });
        waits
    }

    /// The pictures in a file for an engine, fetched if they are not here yet. An error is a clause.
    pub(crate) async fn load(self, file: PresetFile) -> Result<PicturesMessage, String> {
        let message = self.fetch_and_decode(file).await;
        self.loading.set(None);
        message
    }

    async fn fetch_and_decode(self, file: PresetFile) -> Result<PicturesMessage, String> {
        let progress = |stage| {
            move |share| {
                let loading = Loading { file, stage, share };
                self.loading.set(Some(loading));
            }
        };
        let here = self.fetched.with_value(|all| {
            let found = all.iter().find(|(of, _)| *of == file);
            found.map(|(_, bytes)| bytes.clone())
        });
        let bytes = match here {
            Some(bytes) => bytes,
            None => {
                progress(Stage::Fetching)(0.0);
                Arc::new(fetch(file, progress(Stage::Fetching)).await?)
            }
        };
        progress(Stage::Decoding)(0.0);
        let message = decode(file, &bytes, progress(Stage::Decoding)).await?;
        // Only what is sound is kept: what is damaged is fetched again.
        self.fetched.update_value(|all| {
            if all.iter().all(|(of, _)| *of != file) {
                all.push((file, bytes));
            }
        });
        Ok(message)
    }
}

/// What texts about a file are called after.
pub(crate) fn name(file: PresetFile) -> &'static str {
    match file {
        PresetFile::Digits => "digits",
        PresetFile::Emoji => "emoji",
    }
}
