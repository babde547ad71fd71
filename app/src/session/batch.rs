//! The batch that was trained on last, and which of its samples the challenge chose. Asked for
//! where somebody looks, and after steps that end in a pause.

use std::sync::Arc;

use js_sys::{ArrayBuffer, Uint8Array};
use leptos::prelude::*;

use rsc_core::protocol::{BatchSample, Command, RunState};

use super::Session;

/// An answer of the engine.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct LastBatch {
    /// Whose challenge is shown.
    pub(crate) arm: usize,
    /// The step made with it.
    pub(crate) step: u64,
    /// The fraction that was to be challenged.
    pub(crate) b: f64,
    /// The drop from which on a sample was challenged; `None` where every one was.
    pub(crate) threshold: Option<f32>,
    /// Side of the images.
    pub(crate) side: u32,
    /// The samples and their pixels, largest drop first.
    pub(crate) samples: Vec<(BatchSample, Arc<Vec<u8>>)>,
}

/// What is known of the last batch.
#[derive(Clone, Copy)]
pub(crate) struct Batches {
    /// The last answer.
    pub(crate) seen: RwSignal<Option<Arc<LastBatch>>>,
    /// Whether somebody looks.
    pub(crate) open: RwSignal<bool>,
    asked: StoredValue<Option<u32>>,
}

impl Batches {
    pub(super) fn new() -> Self {
        Self {
            seen: RwSignal::new(None),
            open: RwSignal::new(false),
            asked: StoredValue::new(None),
        }
    }

    pub(super) fn forget(self) {
        self.asked.set_value(None);
        self.seen.set(None);
    }
}

impl Session {
    /// Opens or closes the view of the last batch.
    pub(crate) fn watch_batches(self, open: bool) {
        self.batches.open.set(open);
        self.ask_for_batch();
    }

    /// Asks for the last batch if somebody looks and there is one.
    pub(super) fn ask_for_batch(self) {
        let idle = matches!(self.state.get_untracked(), None | Some(RunState::Failed));
        let begun = self.progress.get_untracked().step > 0;
        if idle || !begun || !self.batches.open.get_untracked() {
            return;
        }
        let request = self.next_request();
        self.batches.asked.set_value(Some(request));
        self.send(&Command::Batch {
            request,
            run: self.run.get_value(),
            arm: self.scope.arm.get_untracked(),
        });
    }

    pub(super) fn batch(
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
