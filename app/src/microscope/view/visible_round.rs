//! What all stages show: the chosen round of the challenge.

use std::sync::Arc;

use leptos::prelude::*;

use rsc_core::config::Axis;

use crate::masks::model::threshold;
use crate::microscope::model::rounds::View;
use crate::microscope::model::tiles;
use crate::microscope::state::{Magnified, Microscope};
use crate::training::state::Training;

/// What a picture of a single stage is called.
pub(crate) fn stage_figure(title: &str) -> String {
    text!("microscope.figure.stage", stage = title)
}

/// What all stages show: the chosen round of the challenge.
#[derive(Clone, Copy)]
pub(crate) struct VisibleRound(pub(crate) Memo<Option<Arc<View>>>);

impl VisibleRound {
    /// Follows the microscope.
    pub(crate) fn new(microscope: Microscope) -> Self {
        Self(Memo::new(move |_| {
            let round = microscope.round.get();
            microscope.seen.with(|seen| {
                let view = view_of(microscope.training, seen.as_ref()?, round)?;
                Some(Arc::new(view))
            })
        }))
    }

    /// What is muted after the round that is shown.
    pub(crate) fn muted(self) -> Vec<bool> {
        let view = self.0.get();
        view.map_or_else(Vec::new, |view| view.muted.clone())
    }
}

/// A single round is worked out here from the importances, so that the stages follow p without
/// waiting; where that does not suffice, it is the engine's own answer.
fn view_of(training: Training, seen: &Magnified, round: usize) -> Option<View> {
    let challenge = training.settings.challenge();
    if threshold::stays_valid_for(&seen.challenge, &challenge) {
        return Some(View::live(&seen.result.importance, challenge.p));
    }
    View::of(&seen.rounds, round)
}

/// Whether a value of the feature map is kept by a mask along an axis.
pub(crate) fn keeps(axis: Axis, muted: &[bool], channel: usize, position: usize) -> bool {
    let index = match axis {
        Axis::Channel => channel,
        Axis::Spatial | Axis::Mixed => position,
    };
    muted.get(index) != Some(&true)
}

/// Importance of each channel: the challenge's own, or what each brings where positions are ranked.
pub(crate) fn by_channel(seen: &Magnified) -> Vec<f32> {
    let [_, height, width] = seen.shape;
    match seen.result.axis {
        Axis::Channel => seen.result.importance.clone(),
        Axis::Spatial | Axis::Mixed => {
            tiles::channel_importance(&seen.features, &seen.gradient, height * width)
        }
    }
}
