//! Requests for the last training batch and its selected samples, after steps that end in a pause.

use std::sync::Arc;

use js_sys::{ArrayBuffer, Uint8Array};
use leptos::prelude::*;

use rsc_core::protocol::{BatchSample, Command, RunState};

use crate::microscope::state::Microscope;
use crate::microscope::state::batches::LastBatch;

impl Microscope {
    /// Opens or closes the view of the last batch.
    pub(crate) fn watch_batches(self, open: bool) {
        self.batches.open.set(open);
        self.ask_for_batch();
    }

    /// Asks for the last batch if somebody looks and there is one.
    pub(crate) fn ask_for_batch(self) {
        let idle = matches!(
            self.training.state.get_untracked(),
            None | Some(RunState::Failed)
        );
        let begun = self.training.progress.get_untracked().step > 0;
        if idle || !begun || !self.batches.open.get_untracked() {
            return;
        }
        let request = self.training.engine.next_request();
        self.batches.asked.set_value(Some(request));
        self.training.engine.send(&Command::Batch {
            request,
            run: self.training.run.get_value(),
            arm: self.arm.get_untracked(),
        });
    }

    /// Takes in the batch, if this is the one that was asked for.
    pub(crate) fn batch_received(
        self,
        request: u32,
        mut batch: LastBatch,
        samples: Vec<BatchSample>,
        buffers: &[ArrayBuffer],
    ) {
        if self.batches.asked.get_value() != Some(request) {
            return;
        }
        self.batches.asked.set_value(None);
        batch.side = self
            .training
            .info
            .with_untracked(|info| info.as_ref().map_or(0, |info| info.image_size as u32));
        let pictured = samples.into_iter().filter_map(|sample| {
            let pixels = Uint8Array::new(buffers.get(sample.buffer)?).to_vec();
            Some((sample, Arc::new(pixels)))
        });
        batch.samples = pictured.collect();
        let drop = |sample: &BatchSample| sample.drop.unwrap_or(0.0);
        batch
            .samples
            .sort_by(|(a, _), (b, _)| drop(b).total_cmp(&drop(a)));
        self.batches.seen.set(Some(Arc::new(batch)));
    }
}
