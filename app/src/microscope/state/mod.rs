//! One image under the microscope: feature map, gradient, importance, mask and probabilities under the
//! current weights, for any arm and any image of the run. At most one request is in flight.

pub(crate) mod batch;
pub(crate) mod batches;

use std::sync::Arc;

use js_sys::{ArrayBuffer, Float32Array, Uint8Array};
use leptos::prelude::*;

use rsc_core::config::ChallengeConfig;
use rsc_core::protocol::{Command, ImageInspection, ImageRef, RunInfo, RunState, Sample, Split};

use crate::microscope::model::image_pages;
use crate::microscope::model::image_pages::page_of;
use crate::microscope::model::rounds;
use crate::microscope::model::rounds::Round;
use crate::microscope::state::batches::Batches;
use crate::settings::model::arms::RSC;
use crate::training::state::Training;
use crate::ui::browser;
use crate::ui::shared::Shared;

/// A question that got no answer for so long is given up, in milliseconds.
const PATIENCE: f64 = 30_000.0;

/// What the microscope saw.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Magnified {
    /// Whose weights.
    pub(crate) arm: usize,
    /// After how many steps.
    pub(crate) step: u64,
    /// What was asked.
    pub(crate) challenge: ChallengeConfig,
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
    /// The rounds of the challenge.
    pub(crate) rounds: Vec<Round>,
}

/// An image to choose from.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ImageChoice {
    /// Which image.
    pub(crate) image: ImageRef,
    /// Its caption.
    pub(crate) name: String,
    /// RGBA pixels of a square.
    pub(crate) pixels: Arc<Vec<u8>>,
    /// Side of the square.
    pub(crate) side: u32,
}

/// A feature that the pointer or the keyboard has picked out, in every stage at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Marked {
    /// A channel of the feature map.
    pub(crate) channel: Option<usize>,
    /// A position, row by row.
    pub(crate) position: Option<usize>,
}

/// A question to the engine.
#[derive(Debug, Clone)]
struct Asked {
    request: u32,
    at: f64,
    challenge: ChallengeConfig,
}

/// What the microscope looks at.
pub(crate) type Microscope = Shared<MicroscopeState>;

/// The fields of [`Microscope`].
pub(crate) struct MicroscopeState {
    /// The current run.
    pub(crate) training: Training,
    /// The batch trained on last.
    pub(crate) batches: Batches,
    /// Whose weights.
    pub(crate) arm: RwSignal<usize>,
    /// The image.
    pub(crate) image: RwSignal<ImageRef>,
    /// Which page of its domain's and split's images is laid out to choose from.
    pub(crate) page: RwSignal<usize>,
    /// The images of that page.
    pub(crate) choices: RwSignal<Vec<ImageChoice>>,
    /// The last answer.
    pub(crate) seen: RwSignal<Option<Arc<Magnified>>>,
    /// The feature picked out.
    pub(crate) marked: RwSignal<Marked>,
    /// Whether channels stand in the order of their importance.
    pub(crate) sorted: RwSignal<bool>,
    /// The round that is shown, counted from 0; the last one where there are not so many.
    pub(crate) round: RwSignal<usize>,
    page_asked: StoredValue<Option<u32>>,
    asked: StoredValue<Option<Asked>>,
    again: StoredValue<bool>,
}

impl Microscope {
    pub(crate) fn new(training: Training) -> Self {
        let microscope = Shared::leak(MicroscopeState {
            training,
            batches: Batches::new(),
            arm: RwSignal::new(RSC),
            image: RwSignal::new(ImageRef {
                domain: 0,
                split: Split::Test,
                index: 0,
            }),
            page: RwSignal::new(0),
            choices: RwSignal::default(),
            seen: RwSignal::new(None),
            marked: RwSignal::default(),
            sorted: RwSignal::new(true),
            round: RwSignal::new(usize::MAX),
            page_asked: StoredValue::new(None),
            asked: StoredValue::new(None),
            again: StoredValue::new(false),
        });
        training.left.listen(move |()| {
            microscope.forget_request();
            microscope.batches.forget();
        });
        training.look_again.listen(move |()| microscope.magnify());
        training
            .settings
            .arm_chosen
            .listen(move |()| match untrack(|| training.edited_in_run()) {
                Some(arm) => microscope.magnify_through(arm),
                None => microscope.magnify(),
            });
        microscope
    }

    pub(crate) fn forget_request(self) {
        self.asked.set_value(None);
        self.again.set_value(false);
        self.page_asked.set_value(None);
    }

    /// Keeps arm and image where the new run has them.
    pub(crate) fn fit(self, info: &RunInfo) {
        let last = info.arms.len().saturating_sub(1);
        if self.arm.get_untracked() > last {
            self.arm.set(RSC.min(last));
        }
        let now = self.image.get_untracked();
        let image = image_pages::image_in_run(info, now);
        if image != now {
            self.image.set(image);
        }
        self.page.set(page_of(image.index));
    }
}

impl Microscope {
    /// Puts another image under the microscope.
    pub(crate) fn magnify_image(self, image: ImageRef) {
        let before = self.image.get_untracked();
        self.image.set(image);
        let page = page_of(image.index);
        let elsewhere = (before.domain, before.split) != (image.domain, image.split);
        if elsewhere || page != self.page.get_untracked() {
            self.page.set(page);
            self.ask_for_choices();
        }
        self.magnify();
    }

    /// Looks at another domain, or at its other split, from the first image on.
    pub(crate) fn magnify_from(self, domain: usize, split: Split) {
        let first = self.training.info.with_untracked(|info| {
            let info = info.as_ref()?;
            Some(image_pages::first_of(info, domain, split))
        });
        if let Some(first) = first {
            self.magnify_image(first);
        }
    }

    /// Looks through another arm's weights.
    pub(crate) fn magnify_through(self, arm: usize) {
        self.arm.set(arm);
        self.magnify();
        self.ask_for_batch();
    }

    /// Puts an image under the microscope as an arm sees it.
    pub(crate) fn look_closer(self, arm: usize, image: ImageRef) {
        self.arm.set(arm);
        self.magnify_image(image);
        self.ask_for_batch();
    }

    /// Lays out another page of images to choose from.
    pub(crate) fn turn_page(self, page: usize) {
        self.page.set(page);
        self.ask_for_choices();
    }

    /// Asks for the images of the page.
    pub(crate) fn ask_for_choices(self) {
        let ImageRef { domain, split, .. } = self.image.get_untracked();
        let page = self.page.get_untracked();
        let images = self.training.info.with_untracked(|info| {
            let info = info.as_ref();
            info.map_or_else(Vec::new, |info| {
                image_pages::on_page(info, domain, split, page)
            })
        });
        if images.is_empty() {
            self.page_asked.set_value(None);
            self.choices.set(Vec::new());
            return;
        }
        let request = self.training.engine.next_request();
        self.page_asked.set_value(Some(request));
        self.training.engine.send(&Command::Samples {
            request,
            run: self.training.run.get_value(),
            images,
        });
    }

    /// Takes in the images of the page; `false` where the answer is somebody else's.
    pub(crate) fn choices_received(
        self,
        request: u32,
        samples: &[Sample],
        buffers: &[ArrayBuffer],
    ) -> bool {
        if self.page_asked.get_value() != Some(request) {
            return false;
        }
        self.page_asked.set_value(None);
        let side = self
            .training
            .info
            .with_untracked(|info| info.as_ref().map_or(0, |info| info.image_size as u32));
        let choices = samples.iter().filter_map(|sample| {
            Some(ImageChoice {
                image: sample.image,
                name: sample.name.clone(),
                pixels: Arc::new(Uint8Array::new(buffers.get(sample.buffer)?).to_vec()),
                side,
            })
        });
        self.choices.set(choices.collect());
        true
    }

    /// Looks at the image, now or as soon as the last question is answered.
    pub(crate) fn magnify(self) {
        if matches!(
            self.training.state.get_untracked(),
            None | Some(RunState::Failed)
        ) {
            return;
        }
        let now = browser::now();
        let waits = |asked: &Asked| now - asked.at < PATIENCE;
        if self
            .asked
            .with_value(|asked| asked.as_ref().is_some_and(waits))
        {
            self.again.set_value(true);
            return;
        }
        let image = self.image.get_untracked();
        let there = self.training.info.with_untracked(|info| {
            let info = info.as_ref();
            info.is_some_and(|info| image_pages::image_in_run(info, image) == image)
        });
        if !there {
            return;
        }
        let request = self.training.engine.next_request();
        let challenge = untrack(|| self.training.settings.challenge());
        self.again.set_value(false);
        self.asked.set_value(Some(Asked {
            request,
            at: now,
            challenge: challenge.clone(),
        }));
        self.training.engine.send(&Command::Microscope {
            request,
            run: self.training.run.get_value(),
            arm: self.arm.get_untracked(),
            challenge,
            image,
        });
    }

    pub(crate) fn magnified(
        self,
        request: u32,
        arm: usize,
        step: u64,
        shape: [usize; 3],
        result: ImageInspection,
        buffers: &[ArrayBuffer],
    ) {
        let asked = self.asked.get_value();
        let Some(Asked { challenge, .. }) = asked.filter(|asked| asked.request == request) else {
            return;
        };
        self.asked.set_value(None);
        if let [pixels, features, gradient, rounds, ..] = buffers {
            let numbers = Float32Array::new(rounds).to_vec();
            let rounds = rounds::read(&numbers, result.importance.len());
            let side = self
                .training
                .info
                .with_untracked(|info| info.as_ref().map_or(0, |info| info.image_size as u32));
            let [channels, height, width] = shape;
            self.marked.update(|marked| {
                // A smaller network has no such feature.
                marked.channel = marked.channel.filter(|&it| it < channels);
                marked.position = marked.position.filter(|&it| it < height * width);
            });
            self.seen.set(Some(Arc::new(Magnified {
                arm,
                step,
                challenge,
                shape,
                result,
                pixels: Uint8Array::new(pixels).to_vec(),
                side,
                features: Float32Array::new(features).to_vec(),
                gradient: Float32Array::new(gradient).to_vec(),
                rounds,
            })));
        }
        if self.again.get_value() {
            self.magnify();
        }
    }
}
