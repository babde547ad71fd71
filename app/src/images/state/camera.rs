//! The camera: opened on request, released when it is closed. Only recorded frames are kept.

use std::time::Duration;

use leptos::{prelude::*, task::spawn_local};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    DomException, HtmlVideoElement, MediaStream, MediaStreamConstraints, MediaStreamTrack,
};

use crate::images::model::size;
use crate::images::state::{Decoded, Images};
use crate::ui::canvas;

/// Between two frames while recording: about eight in a second.
const FRAME: Duration = Duration::from_millis(125);

/// Where the camera stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum CameraState {
    /// Not in use.
    Closed,
    /// The visitor is being asked.
    Asking,
    /// Its picture is shown.
    Open,
    /// It cannot be used, and why.
    Refused(String),
}

/// The camera and what is done with it.
#[derive(Clone, Copy)]
pub(crate) struct Camera {
    /// Where it stands.
    pub(crate) state: RwSignal<CameraState>,
    /// Whether frames are being taken.
    pub(crate) recording: RwSignal<bool>,
    /// Frames taken since it was opened.
    pub(crate) taken: RwSignal<usize>,
    stream: StoredValue<Option<MediaStream>, LocalStorage>,
    timer: StoredValue<Option<IntervalHandle>, LocalStorage>,
    images: Images,
}

impl Camera {
    /// Not in use yet. It is let go with the component that made it.
    pub(crate) fn new(images: Images) -> Self {
        let camera = Self {
            state: RwSignal::new(CameraState::Closed),
            recording: RwSignal::new(false),
            taken: RwSignal::new(0),
            stream: StoredValue::new_local(None),
            timer: StoredValue::new_local(None),
            images,
        };
        on_cleanup(move || camera.release());
        camera
    }

    /// Asks for the camera.
    pub(crate) fn open(self) {
        self.state.set(CameraState::Asking);
        self.taken.set(0);
        spawn_local(async move {
            match ask().await {
                // It was closed while the visitor was being asked.
                Ok(stream) if self.state.get_untracked() != CameraState::Asking => stop(&stream),
                Ok(stream) => {
                    self.stream.set_value(Some(stream));
                    self.state.set(CameraState::Open);
                }
                Err(error) => self.state.set(CameraState::Refused(explained(&error))),
            }
        });
    }

    /// Shows the camera's picture in `video`.
    pub(crate) fn show_in(self, video: &HtmlVideoElement) {
        self.stream.with_value(|stream| {
            video.set_src_object(stream.as_ref());
        });
        if let Ok(playing) = video.play() {
            // Ends early where the camera is closed at once, which is no fault.
            spawn_local(async move {
                let _ = JsFuture::from(playing).await;
            });
        }
    }

    /// Stops the camera.
    pub(crate) fn close(self) {
        self.release();
        self.recording.set(false);
        self.state.set(CameraState::Closed);
    }

    fn release(self) {
        let timer = self.timer.try_update_value(Option::take).flatten();
        if let Some(timer) = timer {
            timer.clear();
        }
        let stream = self.stream.try_update_value(Option::take).flatten();
        if let Some(stream) = stream {
            stop(&stream);
        }
    }

    /// Takes frames from `video` until [`Self::hold`].
    pub(crate) fn record(self, video: Option<HtmlVideoElement>) {
        let Some(video) = video.filter(|_| !self.recording.get_untracked()) else {
            return;
        };
        self.recording.set(true);
        self.take(&video);
        let timer = set_interval_with_handle(move || self.take(&video), FRAME);
        self.timer.set_value(timer.ok());
    }

    /// Stops taking frames.
    pub(crate) fn hold(self) {
        if let Some(timer) = self.timer.try_update_value(Option::take).flatten() {
            timer.clear();
        }
        if self.recording.get_untracked() {
            self.recording.set(false);
        }
    }

    fn take(self, video: &HtmlVideoElement) {
        let Some(class) = untrack(|| self.images.target()) else {
            return;
        };
        // Nothing to see before the first frame has arrived.
        let Some(decoded) = frame(video) else {
            return;
        };
        self.taken.update(|taken| *taken += 1);
        let id = self.images.next_id.get_value() + 1;
        let name = format!("camera-{id:05}");
        let domain = self.images.new_domain_untracked();
        let image = self.images.image(name, domain.clone(), decoded);
        self.images
            .edit_class(class, |class| class.images.push(image));
        self.images.note_recorded(&domain);
    }
}

async fn ask() -> Result<MediaStream, JsValue> {
    let window = web_sys::window().ok_or(JsValue::NULL)?;
    let devices = window.navigator().media_devices()?;
    if devices.is_undefined() {
        // Browsers hide cameras from pages that are not served securely.
        return Err(JsValue::NULL);
    }
    let constraints = MediaStreamConstraints::new();
    constraints.set_video_bool(true);
    constraints.set_audio_bool(false);
    let stream = devices.get_user_media_with_constraints(&constraints)?;
    JsFuture::from(stream).await?.dyn_into()
}

fn explained(error: &JsValue) -> String {
    let name = error.dyn_ref::<DomException>().map(DomException::name);
    match name.as_deref() {
        Some("NotAllowedError" | "SecurityError") => text!("camera.not-allowed"),
        Some("NotFoundError" | "OverconstrainedError") => text!("camera.not-found"),
        Some("NotReadableError" | "AbortError") => text!("camera.not-readable"),
        _ => text!("camera.none"),
    }
    .to_owned()
}

fn stop(stream: &MediaStream) {
    for track in stream.get_tracks() {
        track.unchecked_into::<MediaStreamTrack>().stop();
    }
}

/// The picture of the moment, scaled down as it is kept; `None` before the first has come.
pub(crate) fn frame(video: &HtmlVideoElement) -> Option<Decoded> {
    let (width, height) = (video.video_width(), video.video_height());
    if width == 0 || height == 0 {
        return None;
    }
    let (width, height) = size::stored_size(width, height, size::SHORTER);
    let (w, h) = (f64::from(width), f64::from(height));
    let pixels = canvas::drawn_pixels(width, height, |context| {
        context.draw_image_with_html_video_element_and_dw_and_dh(video, 0.0, 0.0, w, h)
    })?;
    Some(Decoded {
        width,
        height,
        pixels,
    })
}
