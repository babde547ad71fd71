//! What each arm made of each test image at the last evaluation: the confusion matrices, and which
//! images stand in a cell.

use js_sys::{ArrayBuffer, Uint16Array};
use leptos::prelude::*;

use super::{PICKS, Session};
use crate::pure::confusion::Confusion;
use crate::pure::predictions;

/// True and predicted classes of all test images, domain after domain.
#[derive(Clone, Copy)]
pub(crate) struct Predictions {
    labels: StoredValue<Vec<u16>>,
    /// One list per arm; empty before the first evaluation.
    pub(crate) classes: RwSignal<Vec<Vec<u16>>>,
}

impl Predictions {
    pub(super) fn new() -> Self {
        Self {
            labels: StoredValue::default(),
            classes: RwSignal::default(),
        }
    }

    pub(super) fn forget(self) {
        self.classes.set(Vec::new());
    }

    pub(super) fn take_labels(self, buffers: &[ArrayBuffer]) {
        let labels = buffers.first().map(|it| Uint16Array::new(it).to_vec());
        self.labels.set_value(labels.unwrap_or_default());
    }

    /// As they were when the run was put aside.
    pub(super) fn bring_back(self, bytes: &[u8]) {
        self.classes.set(predictions::from_bytes(bytes));
    }

    /// As they are, to be put aside.
    pub(super) fn to_bytes(self) -> Vec<u8> {
        self.classes
            .with_untracked(|arms| predictions::to_bytes(arms))
    }

    pub(super) fn take(self, buffers: &[ArrayBuffer]) {
        let lists = buffers.iter().map(|it| Uint16Array::new(it).to_vec());
        self.classes.set(lists.collect());
    }
}

impl Session {
    /// The confusion matrix of an arm on a domain's test images.
    pub(crate) fn confusion(self, arm: usize, domain: usize) -> Option<Confusion> {
        let (classes, range) = self.info.with(|info| {
            let info = info.as_ref()?;
            let tests = info.domains.iter().map(|it| it.test);
            let start: usize = tests.take(domain).sum();
            let count = info.domains.get(domain)?.test;
            Some((info.classes.len(), start..start + count))
        })?;
        self.predictions.classes.with(|arms| {
            let predicted = arms.get(arm)?.get(range.clone())?;
            self.predictions
                .labels
                .with_value(|labels| Some(Confusion::of(labels.get(range)?, predicted, classes)))
        })
    }

    /// Looks at the images of one cell of a confusion matrix, with that arm's weights.
    pub(crate) fn look_at_cell(self, arm: usize, domain: usize, images: &[usize]) {
        self.lens.domain.set(domain);
        self.lens.arm.set(arm);
        let shown: Vec<usize> = images.iter().copied().take(PICKS).collect();
        self.lens.picks.set(shown);
        self.inspect();
    }
}
