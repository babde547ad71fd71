//! The camera's picture and the button that records while it is held.

use leptos::{html, prelude::*};

use crate::images::state::camera::{Camera, CameraState};
use crate::images::view::round::{AnotherRound, RecordFor};

/// What there is of the camera, nothing while it is closed.
#[component]
pub(crate) fn CameraView(
    /// The camera.
    camera: Camera,
) -> impl IntoView {
    let refused = move || match camera.state.get() {
        CameraState::Refused(why) => Some(why),
        _ => None,
    };
    let open = Memo::new(move |_| camera.state.get() == CameraState::Open);
    let asking = Memo::new(move |_| camera.state.get() == CameraState::Asking);
    view! {
        <p class="refusal" role="alert" data-testid="camera-refused">
            {refused}
        </p>
        <Show when=move || asking.get()>
            <p class="hint" role="status">
                {text!("camera.asking")}
            </p>
        </Show>
        <Show when=move || open.get()>
            <Recorder camera=camera />
        </Show>
    }
}

#[component]
fn Recorder(camera: Camera) -> impl IntoView {
    let video = NodeRef::<html::Video>::new();
    Effect::new(move |_| {
        if let Some(video) = video.get() {
            camera.show_in(&video);
        }
    });
    let record = move || camera.record(video.get_untracked());
    let taken = move || match camera.taken.get() {
        0 => text!("camera.how").to_owned(),
        taken => plural!("camera.taken", taken),
    };
    view! {
        <div class="camera">
            <video
                node_ref=video
                data-testid="camera-video"
                aria-label=text!("camera.video")
                prop:muted=true
                playsinline
            ></video>
            <div class="camera-actions">
                <RecordFor />
                <button
                    class="primary"
                    class:recording=camera.recording
                    data-testid="camera-record"
                    aria-pressed=move || camera.recording.get().to_string()
                    on:pointerdown=move |_| record()
                    on:pointerup=move |_| camera.hold()
                    on:pointerleave=move |_| camera.hold()
                    on:pointercancel=move |_| camera.hold()
                    on:contextmenu=move |event| event.prevent_default()
                    on:blur=move |_| camera.hold()
                    on:keydown=move |event| {
                        if matches!(event.key().as_str(), " " | "Enter") {
                            event.prevent_default();
                            if !event.repeat() {
                                record();
                            }
                        }
                    }
                    on:keyup=move |_| camera.hold()
                >
                    {move || if camera.recording.get() { text!("camera.recording") } else { text!("camera.record") }}
                </button>
                <span class="hint" role="status" data-testid="camera-taken">
                    {taken}
                </span>
                <button data-testid="camera-close" on:click=move |_| camera.close()>
                    {text!("camera.close")}
                </button>
            </div>
            <AnotherRound />
        </div>
    }
}
