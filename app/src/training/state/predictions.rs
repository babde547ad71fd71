//! The predictions of each arm at the last evaluation, for the confusion matrices.

use js_sys::{ArrayBuffer, Uint16Array};
use leptos::prelude::*;

use crate::training::model::predictions;

/// True and predicted classes of all test images, domain after domain.
#[derive(Clone, Copy)]
pub(crate) struct Predictions {
    pub(crate) labels: StoredValue<Vec<u16>>,
    /// One list per arm; empty before the first evaluation.
    pub(crate) classes: RwSignal<Vec<Vec<u16>>>,
}

impl Predictions {
    pub(crate) fn new() -> Self {
        Self {
            labels: StoredValue::default(),
            classes: RwSignal::default(),
        }
    }

    pub(crate) fn forget(self) {
        self.classes.set(Vec::new());
    }

    pub(crate) fn take_labels(self, buffers: &[ArrayBuffer]) {
        let labels = buffers.first().map(|it| Uint16Array::new(it).to_vec());
        self.labels.set_value(labels.unwrap_or_default());
    }

    /// As they were when the run was suspended.
    pub(crate) fn restore(self, bytes: &[u8]) {
        self.classes.set(predictions::from_bytes(bytes));
    }

    /// As they are, to be suspended.
    pub(crate) fn to_bytes(self) -> Vec<u8> {
        self.classes
            .with_untracked(|arms| predictions::to_bytes(arms))
    }

    pub(crate) fn take(self, buffers: &[ArrayBuffer]) {
        let lists = buffers.iter().map(|it| Uint16Array::new(it).to_vec());
        self.classes.set(lists.collect());
    }
}
