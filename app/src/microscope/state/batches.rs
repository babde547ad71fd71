//! The batch that was trained on last, as the engine described it.

use std::sync::Arc;

use leptos::prelude::*;

use rsc_core::protocol::BatchSample;

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
    pub(crate) asked: StoredValue<Option<u32>>,
}

impl Batches {
    pub(crate) fn new() -> Self {
        Self {
            seen: RwSignal::new(None),
            open: RwSignal::new(false),
            asked: StoredValue::new(None),
        }
    }

    pub(crate) fn forget(self) {
        self.asked.set_value(None);
        self.seen.set(None);
    }
}
