//! Asks every arm about the camera's picture of the moment, or about a picture from a file. At most one
//! picture is with the engine; the next one is taken when all answers have come.

use std::sync::Arc;
use std::time::Duration;

use js_sys::{ArrayBuffer, Uint8Array};
use leptos::{prelude::*, task::spawn_local};
use web_sys::{File, HtmlVideoElement};

use rsc_core::config::ChallengeConfig;
use rsc_core::protocol::{Command, Prediction, RunState};

use crate::images::state::camera::{Camera, CameraState, frame};
use crate::images::state::{Decoded, decode};
use crate::predict::model::pace::{Rate, interval};
use crate::predict::model::why;
use crate::training::state::Training;
use crate::ui::browser;
use crate::ui::shared::Shared;

/// So often it is looked whether the next picture is due.
const TICK: Duration = Duration::from_millis(25);
/// A question that got no answer for so long is given up, in milliseconds.
const PATIENCE: f64 = 30_000.0;
/// Answers are read out at most so often, in milliseconds.
const READ_OUT: f64 = 4_000.0;

/// What one arm answers.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answer {
    /// Index of the arm.
    pub(crate) arm: usize,
    /// After how many steps.
    pub(crate) step: u64,
    /// `[height, width]` of the feature map.
    pub(crate) grid: [usize; 2],
    /// Side of the picture.
    pub(crate) side: u32,
    /// The picture as the network sees it, RGBA.
    pub(crate) pixels: Vec<u8>,
    /// The challenge that was asked about.
    pub(crate) challenge: ChallengeConfig,
    /// Probabilities, importance and mask.
    pub(crate) prediction: Prediction,
}

/// A picture that is with the engine.
#[derive(Debug, Clone)]
struct Asked {
    began: f64,
    challenge: ChallengeConfig,
    /// Requests that are not answered yet.
    requests: Vec<u32>,
    answers: Vec<Arc<Answer>>,
}

/// A picture from a file.
pub(crate) struct Still {
    /// Its name.
    pub(crate) name: String,
    picture: Decoded,
}

impl Still {
    /// Its pixels, scaled down.
    pub(crate) fn picture(&self) -> &Decoded {
        &self.picture
    }
}

/// What is looked at, and what the arms answer.
pub(crate) type Predict = Shared<PredictState>;

/// The fields of [`Predict`].
pub(crate) struct PredictState {
    training: Training,
    /// The camera of this panel. It records nothing.
    pub(crate) camera: Camera,
    /// The file that is looked at, if one is.
    pub(crate) still: RwSignal<Option<Arc<Still>>>,
    /// Why a file could not be looked at.
    pub(crate) refused: RwSignal<Option<String>>,
    /// Whether the camera was closed because the page went out of sight.
    pub(crate) went_out_of_sight: RwSignal<bool>,
    /// The answers to the last picture, in the order of the arms.
    pub(crate) answers: RwSignal<Vec<Arc<Answer>>>,
    /// Pictures answered in a second.
    pub(crate) rate: RwSignal<Option<f64>>,
    /// The answers for a screen reader, now and then.
    pub(crate) read_out: RwSignal<String>,
    video: StoredValue<Option<HtmlVideoElement>, LocalStorage>,
    timer: StoredValue<Option<IntervalHandle>, LocalStorage>,
    asked: StoredValue<Option<Asked>>,
    /// Whether the file is to be asked about again.
    again: StoredValue<bool>,
    due: StoredValue<f64>,
    paced: StoredValue<Rate>,
    read_at: StoredValue<f64>,
}

impl Predict {
    /// Nothing is looked at.
    pub(crate) fn new(training: Training) -> Self {
        let predict = Shared::leak(PredictState {
            training,
            camera: Camera::new(training.images),
            still: RwSignal::new(None),
            refused: RwSignal::new(None),
            went_out_of_sight: RwSignal::new(false),
            answers: RwSignal::default(),
            rate: RwSignal::new(None),
            read_out: RwSignal::default(),
            video: StoredValue::new_local(None),
            timer: StoredValue::new_local(None),
            asked: StoredValue::new(None),
            again: StoredValue::new(false),
            due: StoredValue::new(0.0),
            paced: StoredValue::default(),
            read_at: StoredValue::new(f64::NEG_INFINITY),
        });
        training.left.listen(move |()| {
            predict.forget_request();
            predict.answers.set(Vec::new());
        });
        training
            .look_again
            .listen(move |()| predict.look_at_still());
        training
            .settings
            .arm_chosen
            .listen(move |()| predict.look_at_still());
        let handle = window_event_listener_untyped("visibilitychange", move |_| {
            if browser::hidden() && predict.is_open() {
                predict.close();
                predict.went_out_of_sight.set(true);
            }
        });
        on_cleanup(move || handle.remove());
        predict
    }

    /// Whether the camera is in use or asked for.
    fn is_open(self) -> bool {
        let state = self.camera.state.get_untracked();
        matches!(state, CameraState::Open | CameraState::Asking)
    }

    /// Whether something is looked at.
    pub(crate) fn is_looking(self) -> bool {
        self.camera.state.get() == CameraState::Open || self.still.with(Option::is_some)
    }

    /// Asks for the camera.
    pub(crate) fn open(self) {
        self.close();
        self.camera.open();
        let timer = set_interval_with_handle(move || self.look_at_camera(), TICK);
        self.timer.set_value(timer.ok());
    }

    /// Looks at nothing any more, and lets the camera go.
    pub(crate) fn close(self) {
        if let Some(timer) = self.timer.try_update_value(Option::take).flatten() {
            timer.clear();
        }
        self.camera.close();
        self.video.set_value(None);
        self.still.set(None);
        self.refused.set(None);
        self.went_out_of_sight.set(false);
        self.answers.set(Vec::new());
        self.rate.set(None);
        self.paced.set_value(Rate::default());
        self.read_out.set(String::new());
        self.forget_request();
    }

    /// The element that shows the camera's picture.
    pub(crate) fn show_in(self, video: HtmlVideoElement) {
        self.camera.show_in(&video);
        self.video.set_value(Some(video));
    }

    /// Looks at a picture from a file instead.
    pub(crate) fn look_at_file(self, file: File) {
        self.close();
        spawn_local(async move {
            match decode::picture(&file).await {
                Ok(picture) => {
                    let name = file.name();
                    self.still.set(Some(Arc::new(Still { name, picture })));
                    self.look_at_still();
                }
                Err(problem) => self.refused.set(Some(problem)),
            }
        });
    }

    /// Waits for no answer any more.
    pub(crate) fn forget_request(self) {
        self.asked.set_value(None);
        self.again.set_value(false);
        self.due.set_value(0.0);
    }

    /// Whether a picture can be sent now.
    fn is_free(self) -> bool {
        let state = self.training.state.get_untracked();
        let waits = self.asked.with_value(|asked| {
            let waits = |asked: &Asked| browser::now() - asked.began < PATIENCE;
            asked.as_ref().is_some_and(waits)
        });
        !waits && !matches!(state, None | Some(RunState::Failed))
    }

    /// Sends the camera's picture, if one is due.
    fn look_at_camera(self) {
        if browser::now() < self.due.get_value() || !self.is_free() {
            return;
        }
        // Of the size at which the camera's pictures are kept, so that it becomes the network's input
        // in the very way in which those that it was trained on did.
        let picture = self.video.with_value(|video| frame(video.as_ref()?));
        if let Some(picture) = picture {
            self.ask(&picture);
        }
    }

    /// Sends the file's picture, now or when the last question is answered.
    pub(crate) fn look_at_still(self) {
        let Some(still) = self.still.get_untracked() else {
            return;
        };
        if self.is_free() {
            self.again.set_value(false);
            self.ask(&still.picture);
        } else {
            self.again.set_value(true);
        }
    }

    /// Asks all arms about a picture.
    fn ask(self, picture: &Decoded) {
        let engine = self.training.engine;
        let challenge = untrack(|| self.training.settings.challenge());
        let arms = untrack(|| self.training.run_arms()).len();
        let requests: Vec<u32> = (0..arms).map(|_| engine.next_request()).collect();
        self.asked.set_value(Some(Asked {
            began: browser::now(),
            challenge: challenge.clone(),
            requests: requests.clone(),
            answers: Vec::new(),
        }));
        for (arm, request) in requests.into_iter().enumerate() {
            let command = Command::Predict {
                request,
                run: self.training.run.get_value(),
                arm,
                challenge: challenge.clone(),
                width: picture.width,
                height: picture.height,
            };
            let pixels = Uint8Array::from(picture.pixels.as_slice()).buffer();
            engine.send_with(&command, vec![pixels.into()]);
        }
    }

    /// Takes in an arm's answer.
    pub(crate) fn answered(
        self,
        request: u32,
        arm: usize,
        step: u64,
        grid: [usize; 2],
        prediction: Prediction,
        buffers: &[ArrayBuffer],
    ) {
        let side = self
            .training
            .info
            .with_untracked(|info| info.as_ref().map_or(0, |info| info.image_size as u32));
        let pixels = buffers
            .first()
            .map(|buffer| Uint8Array::new(buffer).to_vec());
        let done = self.asked.try_update_value(|asked| {
            let waiting = asked.as_mut()?;
            let place = waiting.requests.iter().position(|&it| it == request)?;
            waiting.requests.remove(place);
            waiting.answers.push(Arc::new(Answer {
                arm,
                step,
                grid,
                side,
                pixels: pixels.unwrap_or_default(),
                challenge: waiting.challenge.clone(),
                prediction,
            }));
            waiting.requests.is_empty().then(|| asked.take()).flatten()
        });
        if let Some(done) = done.flatten() {
            self.show(done);
        }
    }

    fn show(self, done: Asked) {
        let Asked {
            began, mut answers, ..
        } = done;
        answers.sort_by_key(|answer| answer.arm);
        let now = browser::now();
        let training = self.training.state.get_untracked() == Some(RunState::Training);
        self.due.set_value(began + interval(now - began, training));
        let rate = self.paced.try_update_value(|rate| rate.note(now)).flatten();
        self.rate.set(rate.filter(|_| self.is_open()));
        if now - self.read_at.get_value() >= READ_OUT {
            let said = self.said(&answers);
            if self.read_out.with_untracked(|before| *before != said) {
                self.read_at.set_value(now);
                self.read_out.set(said);
            }
        }
        self.answers.set(answers);
        if self.again.get_value() {
            self.look_at_still();
        }
    }

    /// What each arm answers, in one line.
    fn said(self, answers: &[Arc<Answer>]) -> String {
        let names = self.training.info.with_untracked(|info| {
            let names = info.as_ref().map(|info| info.classes.clone());
            names.unwrap_or_default()
        });
        let said = answers.iter().map(|answer| {
            let arm = untrack(|| self.training.arm_label(answer.arm));
            format!("{arm}: {}.", why::answer(&answer.prediction, &names))
        });
        said.collect::<Vec<_>>().join(" ")
    }
}
