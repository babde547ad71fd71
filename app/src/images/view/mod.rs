//! The visitor's own images: classes as columns, filled by picking, dropping, pasting or the
//! camera, and sorted by dragging or by keyboard.

pub(crate) mod camera;
pub(crate) mod column;
pub(crate) mod counts;
pub(crate) mod domains;
pub(crate) mod drag;
pub(crate) mod folder_choices;
pub(crate) mod keys;
pub(crate) mod pickers;
pub(crate) mod round;
pub(crate) mod thumbnail;
pub(crate) mod tools;
pub(crate) mod viewer;

use leptos::prelude::*;

use crate::images::state::Images;

use crate::images::model::limits;
use crate::images::state::camera::Camera;
use crate::images::state::read::Destination;
use crate::images::view::camera::CameraView;
use crate::images::view::column::ClassColumn;
use crate::images::view::counts::Counts;
use crate::images::view::domains::{Domains, HeldOutDomain};
use crate::images::view::drag::add_dropped_to;
use crate::images::view::folder_choices::FolderChoices;
use crate::images::view::pickers::{FolderPicker, ZipPicker};
use crate::images::view::tools::{Tools, WayBack};
use crate::images::view::viewer::Viewer;
use crate::ui::model::format;

/// The panel.
#[component]
pub(crate) fn OwnImagesPanel(
    /// Trains on the images.
    train: Callback<()>,
) -> impl IntoView {
    let images = expect_context::<Images>();
    let camera = Camera::new(images);
    let by_domain = RwSignal::new(true);
    let several = Memo::new(move |_| images.domains().len() >= 2);
    let grouped = Signal::derive(move || several.get() && by_domain.get());
    let ids = move || {
        images
            .classes
            .with(|all| all.iter().map(|class| class.id).collect::<Vec<_>>())
    };
    keys::listen(images);

    // The panel takes the focus of a click anywhere in it, so that pasting there works.
    view! {
        <section
            class="panel own"
            id="your-images"
            data-testid="board"
            tabindex="-1"
            aria-labelledby="own-title"
            on:dragover=|event| event.prevent_default()
            on:drop=move |event| add_dropped_to(&event, images, Destination::ByFolder)
            on:paste=move |event| {
                if images.add_pasted(event.clipboard_data()) {
                    event.prevent_default();
                }
            }
        >
            <Head train=train />
            <Status />
            <FolderChoices />
            <Tools camera=camera by_domain=by_domain several=several />
            <CameraView camera=camera />
            <Domains />
            <div class="columns">
                <For each=ids key=|id| *id let:id>
                    <ClassColumn id=id grouped=grouped />
                </For>
            </div>
            <Counts />
            <WayBack />
            <Viewer />
        </section>
    }
}

/// What the panel is for, and the ways to add images.
#[component]
fn Head(train: Callback<()>) -> impl IntoView {
    let images = expect_context::<Images>();
    view! {
            <div class="own-head">
                <div>
                    <h2 id="own-title">{text!("own.title")}</h2>
                    <p class="lead">
                        {text!("own.lead.before")} <code>{text!("own.lead.classes")}</code>
                        {text!("own.lead.or")} <code>{text!("own.lead.domains")}</code>
                        {text!("own.lead.after")}
                    </p>
                    <p class="stays">
                        {text!("own.stays")}
                    </p>
                    <p class="hint" data-testid="own-limits">
                        {limits::in_words()}
                    </p>
                </div>
                <div class="own-actions">
                    <FolderPicker />
                    <ZipPicker />
                    <a class="button" href="#predict" data-testid="own-to-predict">
                        {text!("own.try")}
                    </a>
                    <button data-testid="class-add" on:click=move |_| images.add_class()>
                        {text!("own.add-class")}
                    </button>
                    <button
                        class="primary"
                        data-testid="use-own-images"
                        on:click=move |_| train.run(())
                    >
                        {text!("own.train")}
                    </button>
                </div>
            </div>
    }
}

/// What is being read, what is missing, or what a run would train on.
#[component]
fn Status() -> impl IntoView {
    let images = expect_context::<Images>();
    let total = move || {
        images
            .classes
            .with(|all| all.iter().map(|class| class.images.len()).sum::<usize>())
    };
    let state = move || {
        if let Some(reading) = images.reading.get() {
            return text!(
                "own.reading",
                state = format::of(reading.done, reading.total)
            );
        }
        match (total(), images.used.get()) {
            (0, _) => text!("own.none-yet").to_owned(),
            (n, true) => plural!("own.in-use", n),
            (n, false) => match images.problem() {
                Some(problem) => problem,
                None => plural!("own.ready", n),
            },
        }
    };
    let reading = Memo::new(move |_| images.reading.with(Option::is_some));
    view! {
            <div class="own-state">
                <p aria-live="polite" data-testid="own-state">{state}</p>
                <Show when=move || reading.get()>
                    <button
                        class="quiet"
                        data-testid="stop-reading"
                        on:click=move |_| images.stop_reading()
                    >
                        {text!("own.stop-reading")}
                    </button>
                </Show>
                <HeldOutDomain />
            </div>
    }
}
