//! One image under the microscope: feature map, gradient, importance, mask and probabilities under
//! the weights of the moment. As with the lens, one question is in flight at a time.

use std::sync::Arc;

use js_sys::{ArrayBuffer, Float32Array, Uint8Array};
use leptos::prelude::*;

use rsc_core::protocol::{Command, ImageInspection, ImageRef, RunState, Split};

use super::Session;
use crate::browser;

/// A question that got no answer for so long is given up, in milliseconds.
const PATIENCE: f64 = 30_000.0;

/// What the microscope saw.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Magnified {
    /// Whose weights.
    pub(crate) arm: usize,
    /// After how many steps.
    pub(crate) step: u64,
    /// `[channels, height, width]` of the feature map.
    pub(crate) shape: [usize; 3],
    /// Importance, mask and probabilities.
    pub(crate) result: ImageInspection,
    /// The image as the network sees it, RGBA.
    pub(crate) pixels: Vec<u8>,
    /// Side of the image.
    pub(crate) side: u32,
    /// The feature map `Z`, channel by channel.
    pub(crate) features: Vec<f32>,
    /// The gradient `G`, likewise.
    pub(crate) gradient: Vec<f32>,
}

/// A feature that the pointer or the keyboard has picked out, in every stage at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Marked {
    /// A channel of the feature map.
    pub(crate) channel: Option<usize>,
    /// A position, row by row.
    pub(crate) position: Option<usize>,
}

/// What the microscope looks at.
#[derive(Clone, Copy)]
pub(crate) struct Scope {
    /// The image, as an index among those of the lens.
    pub(crate) pick: RwSignal<usize>,
    /// The last answer.
    pub(crate) seen: RwSignal<Option<Arc<Magnified>>>,
    /// The feature picked out.
    pub(crate) marked: RwSignal<Marked>,
    /// Whether channels stand in the order of their importance.
    pub(crate) sorted: RwSignal<bool>,
    asked: StoredValue<Option<(u32, f64)>>,
    again: StoredValue<bool>,
}

impl Scope {
    pub(super) fn new() -> Self {
        Self {
            pick: RwSignal::new(0),
            seen: RwSignal::new(None),
            marked: RwSignal::default(),
            sorted: RwSignal::new(true),
            asked: StoredValue::new(None),
            again: StoredValue::new(false),
        }
    }

    pub(super) fn forget_request(self) {
        self.asked.set_value(None);
        self.again.set_value(false);
    }
}

impl Session {
    /// Puts another of the lens' images under the microscope.
    pub(crate) fn magnify_pick(self, pick: usize) {
        self.scope.pick.set(pick);
        self.magnify();
    }

    /// Looks at the image, now or as soon as the last question is answered.
    pub(crate) fn magnify(self) {
        let scope = self.scope;
        if matches!(self.state.get_untracked(), None | Some(RunState::Failed)) {
            return;
        }
        let now = browser::now();
        let waiting = scope.asked.get_value();
        if waiting.is_some_and(|(_, at)| now - at < PATIENCE) {
            scope.again.set_value(true);
            return;
        }
        let picks = self.lens.picks.get_untracked();
        let pick = scope.pick.get_untracked();
        let Some(&index) = picks.get(pick).or_else(|| picks.first()) else {
            return;
        };
        let request = self.next_request();
        scope.again.set_value(false);
        scope.asked.set_value(Some((request, now)));
        self.send(&Command::Microscope {
            request,
            run: self.run.get_value(),
            arm: self.lens.arm.get_untracked(),
            challenge: untrack(|| self.challenge()),
            image: ImageRef {
                domain: self.lens.domain.get_untracked(),
                split: Split::Test,
                index,
            },
        });
    }

    pub(super) fn magnified(
        self,
        request: u32,
        arm: usize,
        step: u64,
        shape: [usize; 3],
        result: ImageInspection,
        buffers: &[ArrayBuffer],
    ) {
        let scope = self.scope;
        let asked = scope.asked.get_value();
        if asked.is_none_or(|(id, _)| id != request) {
            return;
        }
        scope.asked.set_value(None);
        if let [pixels, features, gradient, ..] = buffers {
            let side = self
                .info
                .with_untracked(|info| info.as_ref().map_or(0, |info| info.image_size as u32));
            let [channels, height, width] = shape;
            scope.marked.update(|marked| {
                // A smaller network has no such feature.
                marked.channel = marked.channel.filter(|&it| it < channels);
                marked.position = marked.position.filter(|&it| it < height * width);
            });
            scope.seen.set(Some(Arc::new(Magnified {
                arm,
                step,
                shape,
                result,
                pixels: Uint8Array::new(pixels).to_vec(),
                side,
                features: Float32Array::new(features).to_vec(),
                gradient: Float32Array::new(gradient).to_vec(),
            })));
        }
        if scope.again.get_value() {
            self.magnify();
        }
    }
}
