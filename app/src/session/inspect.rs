//! What the challenge does to chosen images right now: at most one question in flight, the latest
//! wins, and training never waits for more than a small share of its time.

use std::sync::Arc;
use std::time::Duration;

use js_sys::{ArrayBuffer, Uint8Array};
use leptos::prelude::*;

use rsc_core::protocol::{Command, ImageInspection, ImageRef, RunInfo, RunState, Split};

use super::{RSC, Session};
use crate::browser;
use crate::pure::pick;

/// Images looked at together.
pub(crate) const PICKS: usize = 8;
/// Shortest time between two looks during training.
const INTERVAL: f64 = 1000.0;
/// A question that got no answer for so long is given up, in milliseconds.
const PATIENCE: f64 = 30_000.0;

/// One image's inspection.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct InspectedImage {
    /// Importance, mask and probabilities.
    pub(crate) result: ImageInspection,
    /// The image as the network sees it, RGBA.
    pub(crate) pixels: Vec<u8>,
}

/// An answer of the engine.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Inspected {
    /// Whose weights.
    pub(crate) arm: usize,
    /// After how many steps.
    pub(crate) step: u64,
    /// `[height, width]` of the feature map.
    pub(crate) grid: [usize; 2],
    /// Side of the images.
    pub(crate) side: u32,
    /// The images.
    pub(crate) images: Vec<InspectedImage>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Asked {
    request: u32,
    at: f64,
}

/// What the masks panel looks at, and what it sees.
#[derive(Clone, Copy)]
pub(crate) struct Lens {
    /// Index of the domain.
    pub(crate) domain: RwSignal<usize>,
    /// Indices within its test split.
    pub(crate) picks: RwSignal<Vec<usize>>,
    /// Whose weights.
    pub(crate) arm: RwSignal<usize>,
    /// The last answer.
    pub(crate) seen: RwSignal<Option<Arc<Inspected>>>,
    asked: StoredValue<Option<Asked>>,
    again: StoredValue<bool>,
    answered_at: StoredValue<f64>,
    took: StoredValue<f64>,
}

impl Lens {
    pub(super) fn new() -> Self {
        Self {
            domain: RwSignal::new(0),
            picks: RwSignal::default(),
            arm: RwSignal::new(RSC),
            seen: RwSignal::new(None),
            asked: StoredValue::new(None),
            again: StoredValue::new(false),
            answered_at: StoredValue::new(f64::NEG_INFINITY),
            took: StoredValue::new(0.0),
        }
    }

    pub(super) fn forget_request(self) {
        self.asked.set_value(None);
        self.again.set_value(false);
    }

    /// Keeps the choice where the new run has such images; else the held-out domain's first.
    pub(super) fn fit(self, info: &RunInfo) {
        if self.arm.get_untracked() >= info.arms.len() {
            self.arm.set(RSC.min(info.arms.len().saturating_sub(1)));
        }
        let domain = self.domain.get_untracked();
        let fits = info.domains.get(domain).is_some_and(|d| {
            let picks = self.picks.get_untracked();
            !picks.is_empty() && picks.iter().all(|&i| i < d.test)
        });
        if !fits {
            let held_out = info.domains.iter().position(|d| d.held_out);
            let domain = held_out.unwrap_or(0);
            let total = info.domains.get(domain).map_or(0, |d| d.test);
            self.domain.set(domain);
            self.picks.set(pick::page(0, PICKS, total));
        }
    }

    /// Muted and all features of the first image, as the engine counted them.
    pub(crate) fn muted_count(self) -> Option<(usize, usize)> {
        self.seen.with(|seen| {
            let first = &seen.as_ref()?.images.first()?.result;
            let muted = first.muted.iter().filter(|&&m| m).count();
            Some((muted, first.muted.len()))
        })
    }
}

impl Session {
    /// Looks at the chosen images, now or as soon as the last question is answered.
    pub(crate) fn inspect(self) {
        self.magnify();
        let lens = self.lens;
        if matches!(self.state.get_untracked(), None | Some(RunState::Failed)) {
            return;
        }
        let now = browser::now();
        if lens
            .asked
            .get_value()
            .is_some_and(|a| now - a.at < PATIENCE)
        {
            lens.again.set_value(true);
            return;
        }
        let picks = lens.picks.get_untracked();
        if picks.is_empty() {
            return;
        }
        let request = self.next_request();
        lens.again.set_value(false);
        lens.asked.set_value(Some(Asked { request, at: now }));
        let domain = lens.domain.get_untracked();
        self.send(&Command::Inspect {
            request,
            run: self.run.get_value(),
            arm: lens.arm.get_untracked(),
            challenge: untrack(|| self.challenge()),
            images: picks
                .into_iter()
                .map(|index| ImageRef {
                    domain,
                    split: Split::Test,
                    index,
                })
                .collect(),
        });
    }

    pub(super) fn inspected(
        self,
        request: u32,
        arm: usize,
        step: u64,
        grid: [usize; 2],
        images: Vec<ImageInspection>,
        buffers: &[ArrayBuffer],
    ) {
        let lens = self.lens;
        let Some(asked) = lens.asked.get_value().filter(|a| a.request == request) else {
            return;
        };
        let now = browser::now();
        lens.took.set_value(now - asked.at);
        lens.answered_at.set_value(now);
        lens.asked.set_value(None);
        let side = self
            .info
            .with_untracked(|info| info.as_ref().map_or(0, |info| info.image_size as u32));
        let images = images
            .into_iter()
            .filter_map(|result| {
                let pixels = Uint8Array::new(buffers.get(result.buffer)?).to_vec();
                Some(InspectedImage { result, pixels })
            })
            .collect();
        lens.seen.set(Some(Arc::new(Inspected {
            arm,
            step,
            grid,
            side,
            images,
        })));
        if lens.again.get_value() {
            self.inspect();
        }
    }

    /// Looks again about every second while training, more rarely where a look takes long.
    pub(super) fn inspect_regularly(self) {
        set_interval(
            move || {
                let lens = self.lens;
                let rest = INTERVAL.max(4.0 * lens.took.get_value());
                let rested = browser::now() - lens.answered_at.get_value() >= rest;
                let training = self.state.get_untracked() == Some(RunState::Training);
                if training && rested && !browser::hidden() {
                    self.inspect();
                    self.ask_for_batch();
                }
            },
            Duration::from_millis(250),
        );
    }

    /// Looks at another domain, from its first image on.
    pub(crate) fn look_at_domain(self, domain: usize) {
        self.lens.domain.set(domain);
        self.lens
            .picks
            .set(pick::page(0, PICKS, self.test_images()));
        self.inspect();
    }

    /// Looks at the next images of the domain.
    pub(crate) fn look_further(self) {
        let total = self.test_images();
        self.lens.picks.update(|picks| {
            let start = picks.last().map_or(0, |last| last + 1);
            *picks = pick::page(if start >= total { 0 } else { start }, PICKS, total);
        });
        self.inspect();
    }

    /// Looks at random images of the domain.
    pub(crate) fn look_anywhere(self) {
        let seed = js_sys::Math::random().to_bits();
        let total = self.test_images();
        self.lens.picks.set(pick::shuffled(seed, PICKS, total));
        self.inspect();
    }

    /// Looks with another arm's weights.
    pub(crate) fn look_through(self, arm: usize) {
        self.lens.arm.set(arm);
        self.inspect();
        self.ask_for_batch();
    }

    fn test_images(self) -> usize {
        let domain = self.lens.domain.get_untracked();
        self.info.with_untracked(|info| {
            info.as_ref()
                .and_then(|info| info.domains.get(domain))
                .map_or(0, |d| d.test)
        })
    }
}
