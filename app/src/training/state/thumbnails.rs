//! Thumbnails of a preset's data, requested when a run on it has been prepared.

use std::sync::Arc;

use js_sys::{ArrayBuffer, Uint8Array};
use leptos::prelude::*;

use rsc_core::config::DataSource;
use rsc_core::protocol::{Command, ImageRef, RunId, RunInfo, Sample, Split};

use crate::settings::model::thumbnail::Thumbnail;
use crate::training::state::Training;

/// Thumbnails per kind of domain.
const THUMBNAILS: usize = 4;

impl Training {
    pub(crate) fn ask_for_thumbnails(self, run: RunId, info: &RunInfo) {
        let source = self
            .settings
            .applied
            .with_untracked(|applied| applied.as_ref().map(|config| config.data.source.clone()));
        let Some(DataSource::Preset { preset }) = source else {
            return;
        };
        let images: Vec<ImageRef> = [false, true]
            .into_iter()
            .flat_map(|held_out| {
                let domains: Vec<usize> = (0..info.domains.len())
                    .filter(|&d| info.domains[d].held_out == held_out)
                    .collect();
                (0..THUMBNAILS).filter_map(move |i| {
                    let domain = *domains.get(i % domains.len().max(1))?;
                    Some(ImageRef {
                        domain,
                        split: if held_out { Split::Test } else { Split::Train },
                        index: i,
                    })
                })
            })
            .filter(|image| {
                let domain = &info.domains[image.domain];
                image.index
                    < match image.split {
                        Split::Train => domain.train,
                        Split::Test => domain.test,
                    }
            })
            .collect();
        let request = self.engine.next_request();
        self.thumbnails_asked.set_value(Some((request, preset)));
        self.engine.send(&Command::Samples {
            request,
            run,
            images,
        });
    }

    /// Takes in the pictures, if these are the ones that were asked for.
    pub(crate) fn thumbnails_received(
        self,
        request: u32,
        samples: &[Sample],
        buffers: &[ArrayBuffer],
    ) {
        let Some((asked, preset)) = self.thumbnails_asked.get_value() else {
            return;
        };
        let Some(info) = self.info.get_untracked().filter(|_| asked == request) else {
            return;
        };
        let pictures = samples
            .iter()
            .filter_map(|sample| {
                Some(Thumbnail {
                    name: sample.name.clone(),
                    new_domain: info.domains.get(sample.image.domain)?.held_out,
                    pixels: Arc::new(Uint8Array::new(buffers.get(sample.buffer)?).to_vec()),
                    side: info.image_size as u32,
                })
            })
            .collect();
        self.thumbnails.update(|all| {
            all.insert(preset, pictures);
        });
    }
}
