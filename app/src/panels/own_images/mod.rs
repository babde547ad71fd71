//! The visitor's own images: classes as columns, filled by picking, dropping, pasting or the
//! camera, and sorted by dragging or by keyboard.

mod camera;
mod column;
mod counts;
mod domains;
mod keys;
mod pickers;
mod thumbnail;
mod tools;
mod viewer;

use leptos::{ev::DragEvent, prelude::*};

use self::camera::CameraView;
use self::column::ClassColumn;
use self::counts::Counts;
use self::domains::{Domains, HeldOutDomain};
use self::pickers::{FolderPicker, ZipPicker};
use self::tools::{Tools, WayBack};
use self::viewer::Viewer;
use crate::own::{Camera, Destination};
use crate::pure::{format, limits};
use crate::session::Session;

/// What a drag of images on the board carries, so that nothing else is taken for it.
const DRAGGED: &str = "application/x-rsc-images";

/// The panel.
#[component]
pub(crate) fn OwnImagesPanel() -> impl IntoView {
    let session = expect_context::<Session>();
    let own = session.own;
    let camera = Camera::new(own);
    let by_domain = RwSignal::new(true);
    let several = Memo::new(move |_| own.domains().len() >= 2);
    let grouped = Signal::derive(move || several.get() && by_domain.get());
    let ids = move || {
        own.classes
            .with(|all| all.iter().map(|class| class.id).collect::<Vec<_>>())
    };
    let total = move || {
        own.classes
            .with(|all| all.iter().map(|class| class.images.len()).sum::<usize>())
    };
    let state = move || {
        if let Some(reading) = own.reading.get() {
            return text!(
                "own.reading",
                state = format::of(reading.done, reading.total)
            );
        }
        match (total(), own.used.get()) {
            (0, _) => text!("own.none-yet").to_owned(),
            (n, true) => plural!("own.in-use", n),
            (n, false) => match own.problem() {
                Some(problem) => problem,
                None => plural!("own.ready", n),
            },
        }
    };
    let reading = Memo::new(move |_| own.reading.with(Option::is_some));
    keys::listen(own);

    // The panel takes the focus of a click anywhere in it, so that pasting there works.
    view! {
        <section
            class="panel own"
            id="your-images"
            data-testid="board"
            tabindex="-1"
            aria-labelledby="own-title"
            on:dragover=|event| event.prevent_default()
            on:drop=move |event| drop_into(&event, session, Destination::ByFolder)
            on:paste=move |event| {
                if own.add_pasted(event.clipboard_data()) {
                    event.prevent_default();
                }
            }
        >
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
                    <button data-testid="class-add" on:click=move |_| own.add_class()>
                        {text!("own.add-class")}
                    </button>
                    <button
                        class="primary"
                        data-testid="use-own-images"
                        on:click=move |_| session.use_own_images()
                    >
                        {text!("own.train")}
                    </button>
                </div>
            </div>
            <div class="own-state">
                <p aria-live="polite" data-testid="own-state">{state}</p>
                <Show when=move || reading.get()>
                    <button
                        class="quiet"
                        data-testid="stop-reading"
                        on:click=move |_| own.stop_reading()
                    >
                        {text!("own.stop-reading")}
                    </button>
                </Show>
                <HeldOutDomain />
            </div>
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

fn drop_into(event: &DragEvent, session: Session, destination: Destination) {
    event.prevent_default();
    event.stop_propagation();
    if !carries_images(event) {
        session.own.add_dropped(destination, event.data_transfer());
    }
}

/// Whether what is dropped is images of the board itself.
fn carries_images(event: &DragEvent) -> bool {
    event
        .data_transfer()
        .and_then(|data| data.get_data(DRAGGED).ok())
        .is_some_and(|text| !text.is_empty())
}
