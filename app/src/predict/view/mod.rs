//! The panel: a camera or a file, and beside it what each arm makes of the picture.

pub(crate) mod arm;

use leptos::ev::DragEvent;
use leptos::{html, prelude::*};

use rsc_core::config::Strategy;

use crate::images::state::camera::CameraState;
use crate::predict::state::Predict;
use crate::predict::view::arm::ArmAnswer;
use crate::training::state::Training;
use crate::ui::canvas;
use crate::ui::model::colour;
use crate::ui::term::Term;

/// The panel.
#[component]
pub(crate) fn PredictPanel() -> impl IntoView {
    let predict = expect_context::<Predict>();
    let looking = Memo::new(move |_| predict.is_looking());
    view! {
        <section
            class="panel predict"
            id="predict"
            data-testid="predict"
            tabindex="-1"
            aria-labelledby="predict-title"
            on:dragover=|event| event.prevent_default()
            on:drop=move |event| take_dropped(predict, &event)
        >
            <Head />
            <Problems />
            <Show
                when=move || looking.get()
                fallback=|| view! { <p class="drop-here">{text!("predict.drop")}</p> }
            >
                <Hints />
                <Stage />
                <Legend />
            </Show>
            <span class="visually-hidden" role="status" data-testid="predict-read-out">
                {move || predict.read_out.get()}
            </span>
        </section>
    }
}

fn take_dropped(predict: Predict, event: &DragEvent) {
    event.prevent_default();
    event.stop_propagation();
    let files = event.data_transfer().and_then(|data| data.files());
    if let Some(file) = files.and_then(|files| files.get(0)) {
        predict.look_at_file(file);
    }
}

/// What the panel is for, and the two ways in.
#[component]
fn Head() -> impl IntoView {
    let predict = expect_context::<Predict>();
    let state = predict.camera.state;
    let open = Memo::new(move |_| matches!(state.get(), CameraState::Open | CameraState::Asking));
    let input = NodeRef::<html::Input>::new();
    let picked = move |_| {
        if let Some(input) = input.get_untracked() {
            let file = input.files().and_then(|files| files.get(0));
            if let Some(file) = file {
                predict.look_at_file(file);
            }
            // So that the same file can be chosen again.
            input.set_value("");
        }
    };
    view! {
        <div class="own-head">
            <div>
                <h2 id="predict-title">{text!("predict.title")}</h2>
                <p class="lead">
                    {text!("predict.lead.show")} <Term of="class">{text!("predict.lead.class")}</Term>
                    {text!("predict.lead.why")} <Term of="rsc">{text!("predict.lead.rsc")}</Term>
                    {text!("predict.lead.muted")}
                </p>
                <p class="hint">{text!("predict.stays")}</p>
            </div>
            <div class="own-actions">
                <button
                    class="primary"
                    data-testid="predict-camera"
                    aria-expanded=move || open.get().to_string()
                    on:click=move |_| if open.get_untracked() { predict.close() } else { predict.open() }
                >
                    {move || if open.get() { text!("camera.close") } else { text!("predict.camera") }}
                </button>
                <label class="button">
                    {text!("predict.file")}
                    <input
                        node_ref=input
                        class="visually-hidden"
                        type="file"
                        accept="image/*"
                        data-testid="predict-file"
                        on:change=picked
                    />
                </label>
                <Show when=move || predict.still.with(Option::is_some)>
                    <button class="quiet" data-testid="predict-close" on:click=move |_| predict.close()>
                        {text!("predict.close")}
                    </button>
                </Show>
            </div>
        </div>
    }
}

/// Why there is nothing to see.
#[component]
fn Problems() -> impl IntoView {
    let predict = expect_context::<Predict>();
    let state = predict.camera.state;
    let refused = move || match state.get() {
        CameraState::Refused(why) => Some(why),
        _ => predict.refused.get(),
    };
    let asking = Memo::new(move |_| state.get() == CameraState::Asking);
    view! {
        <p class="refusal" role="alert" data-testid="predict-refused">
            {refused}
        </p>
        <Show when=move || asking.get()>
            <p class="hint" role="status">
                {text!("camera.asking")}
            </p>
        </Show>
        <Show when=move || predict.went_out_of_sight.get()>
            <p class="hint" role="status" data-testid="predict-stopped">
                {text!("predict.out-of-sight")}
            </p>
        </Show>
    }
}

/// What keeps the answers from meaning much.
#[component]
fn Hints() -> impl IntoView {
    let training = expect_context::<Training>();
    let none = Memo::new(move |_| training.info.with(Option::is_none));
    let untrained = Memo::new(move |_| !none.get() && training.progress.with(|it| it.step == 0));
    let off = Memo::new(move |_| training.settings.challenge().strategy == Strategy::Off);
    view! {
        <Show when=move || none.get()>
            <p class="callout">{text!("predict.no-run")}</p>
        </Show>
        <Show when=move || untrained.get()>
            <p class="callout" data-testid="predict-untrained">
                {text!("predict.untrained")}
            </p>
        </Show>
        <Show when=move || off.get() && !none.get()>
            <p class="callout">{text!("masks.off")}</p>
        </Show>
    }
}

/// The picture, and what each arm makes of it.
#[component]
fn Stage() -> impl IntoView {
    let predict = expect_context::<Predict>();
    let training = expect_context::<Training>();
    let camera = Memo::new(move |_| predict.camera.state.get() == CameraState::Open);
    view! {
        <div class="predict-stage">
            <figure class="predict-source">
                <Show when=move || camera.get() fallback=|| view! { <StillPicture /> }>
                    <Video />
                </Show>
                <figcaption class="hint" data-testid="predict-facts">
                    <Facts />
                </figcaption>
            </figure>
            <div class="predict-arms" data-figure=text!("predict.title")>
                <For each=move || training.run_arms() key=Clone::clone let(arm)>
                    <ArmAnswer arm=arm />
                </For>
            </div>
        </div>
    }
}

#[component]
fn Video() -> impl IntoView {
    let predict = expect_context::<Predict>();
    let video = NodeRef::<html::Video>::new();
    Effect::new(move |_| {
        if let Some(video) = video.get() {
            predict.show_in(video);
        }
    });
    view! {
        <video
            node_ref=video
            data-testid="predict-video"
            aria-label=text!("camera.video")
            prop:muted=true
            playsinline
        ></video>
    }
}

/// The file's picture, as it is before it is made square.
#[component]
fn StillPicture() -> impl IntoView {
    let predict = expect_context::<Predict>();
    let canvas = NodeRef::<html::Canvas>::new();
    Effect::new(move |_| {
        if let (Some(canvas), Some(still)) = (canvas.get(), predict.still.get()) {
            let picture = still.picture();
            canvas.set_width(picture.width);
            canvas.set_height(picture.height);
            canvas::draw_pixels(&canvas, &picture.pixels, picture.width, picture.height);
        }
    });
    let name = move || {
        let still = predict.still.get();
        still.map_or_else(String::new, |still| still.name.clone())
    };
    view! { <canvas node_ref=canvas data-testid="predict-still" role="img" aria-label=name></canvas> }
}

/// Whose weights, and how many pictures there are in a second.
#[component]
fn Facts() -> impl IntoView {
    let predict = expect_context::<Predict>();
    let step = move || {
        let steps = predict
            .answers
            .with(|all| all.iter().map(|it| it.step).max());
        steps.map(|steps| plural!("predict.after", steps as usize))
    };
    let rate = Memo::new(move |_| {
        predict
            .rate
            .get()
            .map(|rate| rate.round().max(1.0) as usize)
    });
    let rate = move || rate.get().map(|rate| plural!("predict.rate", rate));
    view! {
        <span>{step}</span>
        " "
        <span>{rate}</span>
    }
}

/// What the colours and bars stand for, as over the masks.
#[component]
fn Legend() -> impl IntoView {
    view! {
        <div class="legend" aria-hidden="true">
            <span class="scale">
                {text!("masks.low")}
                <span class="ramp" style:background=colour::ramp()></span>
                {text!("masks.high")}
                <span class="scale-what">{text!("predict.scale")}</span>
            </span>
            <span>
                <span class="swatch muted"></span>
                {text!("masks.muted")}
            </span>
            <span>
                <span class="swatch before"></span>
                {text!("masks.before")}
            </span>
            <span>
                <span class="swatch after"></span>
                {text!("masks.after-muting")}
            </span>
        </div>
    }
}
