//! The confusion matrices, and the images of their cells.

use leptos::prelude::*;

use crate::learned::model::Confusion;
use crate::masks::state::{Masks, PICKS};
use crate::training::state::Training;
use crate::ui::views::Views;

/// What the arms have learned. Copying it copies handles.
#[derive(Clone, Copy)]
pub(crate) struct Learned {
    training: Training,
    masks: Masks,
    views: Views,
}

impl Learned {
    /// What `training` shows; a cell's images are looked at through `masks`, where `views` shows them.
    pub(crate) fn new(training: Training, masks: Masks, views: Views) -> Self {
        Self {
            training,
            masks,
            views,
        }
    }

    /// The confusion matrix of an arm on a domain's test images.
    pub(crate) fn confusion(self, arm: usize, domain: usize) -> Option<Confusion> {
        let (classes, range) = self.training.info.with(|info| {
            let info = info.as_ref()?;
            let tests = info.domains.iter().map(|it| it.test);
            let start: usize = tests.take(domain).sum();
            let count = info.domains.get(domain)?.test;
            Some((info.classes.len(), start..start + count))
        })?;
        self.training.predictions.classes.with(|arms| {
            let predicted = arms.get(arm)?.get(range.clone())?;
            self.training
                .predictions
                .labels
                .with_value(|labels| Some(Confusion::of(labels.get(range)?, predicted, classes)))
        })
    }

    /// Looks at the images of one cell of a confusion matrix, with that arm's weights, and shows them.
    pub(crate) fn look_at_cell(self, arm: usize, domain: usize, images: &[usize]) {
        self.masks.domain.set(domain);
        self.masks.arm.set(arm);
        let shown: Vec<usize> = images.iter().copied().take(PICKS).collect();
        self.masks.picks.set(shown);
        self.masks.inspect();
        if let Some(masks) = document().get_element_by_id("masks") {
            self.views.reveal(&masks);
            masks.scroll_into_view();
        }
    }
}
