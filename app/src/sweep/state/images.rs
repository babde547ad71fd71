//! The visitor's own images, where a sweep is trained on them.

use leptos::prelude::*;

use rsc_core::config::{DataSource, RunConfig};

use crate::sweep::state::Sweeper;

impl Sweeper {
    /// Training images of the run on the page, where they are the visitor's own.
    pub(crate) fn own_images(self) -> Option<usize> {
        let own = self.runs.training.settings.applied.with(|applied| {
            applied
                .as_ref()
                .is_some_and(|config| config.data.source == DataSource::Own)
        });
        let info = self.runs.training.info.get().filter(|_| own)?;
        Some(info.domains.iter().map(|domain| domain.train).sum())
    }

    pub(super) fn has_images_for(self, base: &RunConfig) -> Result<(), String> {
        if base.data.source != DataSource::Own {
            return Ok(());
        }
        self.runs
            .training
            .images
            .problem_untracked()
            .map_or(Ok(()), Err)
    }
}
