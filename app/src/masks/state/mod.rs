//! Inspections of chosen images under the current weights: at most one request in flight, the latest
//! one wins, and they take a small share of the training time at most. Where arms are compared, each is
//! asked in turn about the same images, and the answers are shown together.

pub(crate) mod awaited;
pub(crate) mod choice;

use std::sync::Arc;
use std::time::Duration;

use js_sys::{ArrayBuffer, Uint8Array};
use leptos::prelude::*;

use rsc_core::config::ChallengeConfig;
use rsc_core::protocol::{Command, ImageInspection, ImageRef, RunInfo, RunState, Split};

use crate::masks::model::threshold;
use crate::settings::model::arms::RSC;
use crate::training::state::Training;
use crate::ui::browser;
use crate::ui::model::sampling;
use crate::ui::shared::Shared;

/// Images looked at together.
pub(crate) const PICKS: usize = 6;
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
    /// What was asked; `p` is that of the masks, which may have moved on since.
    pub(crate) challenge: ChallengeConfig,
    /// The images.
    pub(crate) images: Vec<InspectedImage>,
}

impl Inspected {
    /// The masks for another p, worked out here where that suffices; probabilities stay those of the
    /// last answer until the next one.
    fn follow(answer: &mut Arc<Self>, challenge: &ChallengeConfig) {
        if answer.challenge.p == challenge.p
            || !threshold::stays_valid_for(&answer.challenge, challenge)
        {
            return;
        }
        let answer = Arc::make_mut(answer);
        answer.challenge.p = challenge.p;
        for InspectedImage { result, .. } in &mut answer.images {
            result.muted = threshold::muted(&result.importance, challenge.p);
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Asked {
    request: u32,
    at: f64,
}

/// The same question to one arm after the other.
#[derive(Debug, Clone)]
struct Round {
    challenge: ChallengeConfig,
    images: Vec<ImageRef>,
    /// Arms still to be asked, the last one first.
    arms: Vec<usize>,
    answers: Vec<Arc<Inspected>>,
    began: f64,
}

/// What the masks panel looks at, and what it sees.
pub(crate) type Masks = Shared<MasksState>;

/// The fields of [`Masks`].
pub(crate) struct MasksState {
    training: Training,
    /// Index of the domain.
    pub(crate) domain: RwSignal<usize>,
    /// Indices within its test split.
    pub(crate) picks: RwSignal<Vec<usize>>,
    /// Whose weights.
    pub(crate) arm: RwSignal<usize>,
    /// Whether all arms are looked at, side by side.
    pub(crate) beside: RwSignal<bool>,
    /// What was seen last through the chosen arm.
    pub(crate) seen: RwSignal<Option<Arc<Inspected>>>,
    /// What was seen last through each arm that is shown.
    pub(crate) row: RwSignal<Vec<Arc<Inspected>>>,
    round: StoredValue<Option<Round>>,
    asked: StoredValue<Option<Asked>>,
    again: StoredValue<bool>,
    answered_at: StoredValue<f64>,
    took: StoredValue<f64>,
}

impl Masks {
    pub(crate) fn new(training: Training) -> Self {
        let masks = Shared::leak(MasksState {
            training,
            domain: RwSignal::new(0),
            picks: RwSignal::default(),
            arm: RwSignal::new(RSC),
            beside: RwSignal::new(true),
            seen: RwSignal::new(None),
            row: RwSignal::default(),
            round: StoredValue::new(None),
            asked: StoredValue::new(None),
            again: StoredValue::new(false),
            answered_at: StoredValue::new(f64::NEG_INFINITY),
            took: StoredValue::new(0.0),
        });
        training.left.listen(move |()| masks.forget_request());
        training.look_again.listen(move |()| masks.inspect());
        training
            .settings
            .arm_chosen
            .listen(move |()| match untrack(|| training.edited_in_run()) {
                Some(arm) => masks.look_through(arm),
                None => masks.inspect(),
            });
        masks
    }

    pub(crate) fn forget_request(self) {
        self.asked.set_value(None);
        self.round.set_value(None);
        self.again.set_value(false);
    }

    /// Keeps the choice where the new run has such images; else the held-out domain's first.
    pub(crate) fn fit(self, info: &RunInfo) {
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
            self.picks.set(sampling::page(0, PICKS, total));
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

impl Masks {
    /// Looks at the chosen images, now or as soon as the last question is answered.
    pub(crate) fn inspect(self) {
        self.follow_p();
        if matches!(
            self.training.state.get_untracked(),
            None | Some(RunState::Failed)
        ) {
            return;
        }
        let now = browser::now();
        if self
            .asked
            .get_value()
            .is_some_and(|a| now - a.at < PATIENCE)
        {
            self.again.set_value(true);
            return;
        }
        let picks = self.picks.get_untracked();
        if picks.is_empty() {
            return;
        }
        self.again.set_value(false);
        let domain = self.domain.get_untracked();
        let arms = if self.beside.get_untracked() {
            (0..untrack(|| self.training.run_arms()).len())
                .rev()
                .collect()
        } else {
            vec![self.arm.get_untracked()]
        };
        self.round.set_value(Some(Round {
            challenge: untrack(|| self.training.settings.challenge()),
            images: picks
                .into_iter()
                .map(|index| ImageRef {
                    domain,
                    split: Split::Test,
                    index,
                })
                .collect(),
            arms,
            answers: Vec::new(),
            began: now,
        }));
        self.ask_next_arm();
    }

    /// Draws the masks of a new p before the engine has answered.
    fn follow_p(self) {
        let challenge = untrack(|| self.training.settings.challenge());
        let behind = |answer: &Arc<Inspected>| {
            answer.challenge.p != challenge.p
                && threshold::stays_valid_for(&answer.challenge, &challenge)
        };
        if self.row.with_untracked(|row| row.iter().any(behind)) {
            let mut row = self.row.get_untracked();
            row.iter_mut()
                .for_each(|answer| Inspected::follow(answer, &challenge));
            self.show(row);
        }
    }

    /// Shows answers, those of the chosen arm where one is wanted.
    fn show(self, row: Vec<Arc<Inspected>>) {
        let chosen = self.arm.get_untracked();
        let through = row.iter().find(|answer| answer.arm == chosen);
        self.seen.set(through.or(row.first()).cloned());
        self.row.set(row);
    }

    /// Asks the next arm of the round; `false` where there is none.
    fn ask_next_arm(self) -> bool {
        let next = self.round.try_update_value(|round| {
            let round = round.as_mut()?;
            let arm = round.arms.pop()?;
            Some((arm, round.challenge.clone(), round.images.clone()))
        });
        let Some((arm, challenge, images)) = next.flatten() else {
            return false;
        };
        let request = self.training.engine.next_request();
        self.asked.set_value(Some(Asked {
            request,
            at: browser::now(),
        }));
        self.training.engine.send(&Command::Inspect {
            request,
            run: self.training.run.get_value(),
            arm,
            challenge,
            images,
        });
        true
    }

    pub(crate) fn inspected(
        self,
        request: u32,
        arm: usize,
        step: u64,
        grid: [usize; 2],
        images: Vec<ImageInspection>,
        buffers: &[ArrayBuffer],
    ) {
        if self.asked.get_value().is_none_or(|a| a.request != request) {
            return;
        }
        self.asked.set_value(None);
        let side = self
            .training
            .info
            .with_untracked(|info| info.as_ref().map_or(0, |info| info.image_size as u32));
        let images = images
            .into_iter()
            .filter_map(|result| {
                let pixels = Uint8Array::new(buffers.get(result.buffer)?).to_vec();
                Some(InspectedImage { result, pixels })
            })
            .collect();
        let asked = self
            .round
            .with_value(|round| round.as_ref().map(|it| it.challenge.clone()));
        let answer = Arc::new(Inspected {
            arm,
            step,
            grid,
            side,
            challenge: asked.unwrap_or_default(),
            images,
        });
        self.round.update_value(|round| {
            if let Some(round) = round {
                round.answers.push(answer);
            }
        });
        if self.ask_next_arm() {
            return;
        }
        let done = self.round.try_update_value(Option::take).flatten();
        if let Some(Round {
            mut answers, began, ..
        }) = done
        {
            let now = browser::now();
            self.took.set_value(now - began);
            self.answered_at.set_value(now);
            // p may have moved on while they came.
            let challenge = untrack(|| self.training.settings.challenge());
            answers
                .iter_mut()
                .for_each(|answer| Inspected::follow(answer, &challenge));
            self.show(answers);
        }
        if self.again.get_value() {
            self.inspect();
        }
    }

    /// Looks again about every second while training, more rarely where a look takes long.
    pub(crate) fn inspect_regularly(self, look: impl Fn() + 'static) {
        set_interval(
            move || {
                let rest = INTERVAL.max(4.0 * self.took.get_value());
                let rested = browser::now() - self.answered_at.get_value() >= rest;
                let training = self.training.state.get_untracked() == Some(RunState::Training);
                if training && rested && !browser::hidden() {
                    look();
                }
            },
            Duration::from_millis(250),
        );
    }
}
