//! The visitor's own images: classes as columns, filled by picking or dropping.

use leptos::{ev::DragEvent, html, prelude::*};
use web_sys::HtmlInputElement;

use super::pixels::Pixels;
use crate::own::{Destination, OwnImage};
use crate::pure::format;
use crate::session::Session;

/// Thumbnails shown of a class until all are asked for.
const FEW: usize = 24;

/// The panel.
#[component]
pub(crate) fn OwnImagesPanel() -> impl IntoView {
    let session = expect_context::<Session>();
    let own = session.own;
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
            return format!("Reading {}…", format::of(reading.done, reading.total));
        }
        match (total(), own.used.get()) {
            (0, _) => String::from("No images yet."),
            (n, true) => format!("{}, in use.", format::count(n, "image", "images")),
            (n, false) => match own.problem() {
                Some(problem) => problem,
                None => format!(
                    "{}, ready to train on.",
                    format::count(n, "image", "images")
                ),
            },
        }
    };

    view! {
        <section
            class="panel own"
            id="your-images"
            aria-labelledby="own-title"
            on:dragover=|event| event.prevent_default()
            on:drop=move |event| drop_into(&event, session, Destination::ByFolder)
        >
            <div class="own-head">
                <div>
                    <h2 id="own-title">"Your images"</h2>
                    <p class="lead">
                        "One column per class. Drop files on a class, or a folder anywhere here: "
                        <code>"class/*"</code> " or, with domains, " <code>"domain/class/*"</code>
                        ". Photographs or drawings in any format that your browser can show; they never leave this machine."
                    </p>
                </div>
                <div class="own-actions">
                    <FolderPicker />
                    <button data-testid="class-add" on:click=move |_| own.add_class()>
                        "+ Add class"
                    </button>
                    <button
                        class="primary"
                        data-testid="use-own-images"
                        on:click=move |_| session.use_own_images()
                    >
                        "Train on these"
                    </button>
                </div>
            </div>
            <div class="own-state">
                <p aria-live="polite">{state}</p>
                <HeldOutDomain />
            </div>
            <div class="columns">
                <For each=ids key=|id| *id let:id>
                    <ClassColumn id=id />
                </For>
            </div>
        </section>
    }
}

fn drop_into(event: &DragEvent, session: Session, destination: Destination) {
    event.prevent_default();
    event.stop_propagation();
    session.own.add_dropped(destination, event.data_transfer());
}

/// Takes the files out of an input, so that the same ones can be chosen again.
fn picked(session: Session, input: Option<HtmlInputElement>, destination: Destination) {
    if let Some(input) = input {
        session.own.add_files(destination, input.files());
        input.set_value("");
    }
}

/// A button that picks a whole folder.
#[component]
fn FolderPicker() -> impl IntoView {
    let session = expect_context::<Session>();
    let input = NodeRef::<html::Input>::new();
    Effect::new(move |_| {
        if let Some(input) = input.get() {
            let _ = input.set_attribute("webkitdirectory", "");
        }
    });
    view! {
        <label class="button">
            "Choose folder"
            <input
                node_ref=input
                class="visually-hidden"
                type="file"
                multiple
                data-testid="folder-files"
                on:change=move |_| picked(session, input.get_untracked(), Destination::ByFolder)
            />
        </label>
    }
}

/// Which domain is never trained on.
#[component]
fn HeldOutDomain() -> impl IntoView {
    let own = expect_context::<Session>().own;
    let domains = Memo::new(move |_| own.domains());
    let several = move || domains.get().len() >= 2;
    let choose = move |event| {
        let name = event_target_value(&event);
        // The first option leaves it to the engine; a domain may have the empty name.
        let chosen = name.strip_prefix("domain:").map(str::to_owned);
        own.held_out.set(chosen);
        own.used.set(false);
    };
    let options = move || {
        domains
            .get()
            .into_iter()
            .map(|domain| {
                let label = if domain.is_empty() {
                    String::from("(no domain)")
                } else {
                    domain.clone()
                };
                let value = format!("domain:{domain}");
                let selected = move || own.held_out.get().as_ref() == Some(&domain);
                view! {
                    <option value=value prop:selected=selected>
                        {label}
                    </option>
                }
            })
            .collect_view()
    };
    view! {
        <Show when=several>
            <label class="inline-choice">
                <span>"Domain to hold out"</span>
                <select data-testid="own-held-out" on:change=choose>
                    <option value="" prop:selected=move || own.held_out.get().is_none()>
                        "the last one by name"
                    </option>
                    {options}
                </select>
            </label>
        </Show>
    }
}

/// One class.
#[component]
fn ClassColumn(id: u32) -> impl IntoView {
    let session = expect_context::<Session>();
    let own = session.own;
    let input = NodeRef::<html::Input>::new();
    let everything = RwSignal::new(false);
    let hovering = RwSignal::new(false);
    let with_class = move |get: fn(&crate::own::OwnClass) -> usize| {
        own.classes
            .with(|all| all.iter().find(|class| class.id == id).map_or(0, get))
    };
    let index = Memo::new(move |_| {
        own.classes
            .with(|all| all.iter().position(|class| class.id == id).unwrap_or(0))
    });
    let name = Memo::new(move |_| {
        own.classes.with(|all| {
            let class = all.iter().find(|class| class.id == id);
            class.map_or_else(String::new, |class| class.name.clone())
        })
    });
    let count = Memo::new(move |_| with_class(|class| class.images.len()));
    let many = move || count.get() > FEW;
    let shown = move || {
        let most = if everything.get() { usize::MAX } else { FEW };
        own.classes.with(|all| {
            let class = all.iter().find(|class| class.id == id);
            class.map_or_else(Vec::new, |class| {
                class.images.iter().take(most).cloned().collect()
            })
        })
    };

    view! {
        <div
            class="column"
            class:hovering=hovering
            on:dragenter=move |_| hovering.set(true)
            on:dragleave=move |_| hovering.set(false)
            on:dragover=move |event| {
                event.prevent_default();
                hovering.set(true);
            }
            on:drop=move |event| {
                hovering.set(false);
                drop_into(&event, session, Destination::Class(id));
            }
        >
            <div class="column-head">
                <input
                    type="text"
                    class="class-name"
                    data-testid=move || format!("class-name-{}", index.get())
                    aria-label=move || format!("Name of class {}", index.get() + 1)
                    prop:value=name
                    on:input=move |event| own.rename_class(id, event_target_value(&event))
                />
                <button
                    class="quiet icon"
                    data-testid=move || format!("class-delete-{}", index.get())
                    aria-label=move || format!("Delete class {} with its images", name.get())
                    title="Delete this class with its images"
                    on:click=move |_| own.delete_class(id)
                >
                    "✕"
                </button>
            </div>
            <div class="own-thumbnails">
                <For each=shown key=|image| image.id let:image>
                    <OwnThumbnail class=id image=image />
                </For>
            </div>
            <Show when=move || count.get() == 0>
                <p class="drop-here">"Drop images here"</p>
            </Show>
            <div class="column-foot">
                <span>{move || format::count(count.get(), "image", "images")}</span>
                <Show when=many>
                    <button class="quiet" on:click=move |_| everything.update(|all| *all = !*all)>
                        {move || if everything.get() { "show fewer" } else { "show all" }}
                    </button>
                </Show>
                <label class="button small">
                    "Add files"
                    <input
                        node_ref=input
                        class="visually-hidden"
                        type="file"
                        accept="image/*"
                        multiple
                        data-testid=move || format!("class-files-{}", index.get())
                        on:change=move |_| picked(session, input.get_untracked(), Destination::Class(id))
                    />
                </label>
            </div>
        </div>
    }
}

/// One image with its delete button.
#[component]
fn OwnThumbnail(class: u32, image: OwnImage) -> impl IntoView {
    let own = expect_context::<Session>().own;
    let id = image.id;
    let caption = if image.domain.is_empty() {
        image.name.clone()
    } else {
        format!("{} ({})", image.name, image.domain)
    };
    view! {
        <div class="own-thumbnail">
            <Pixels
                pixels=image.pixels.clone()
                width=image.width
                height=image.height
                label=caption
            />
            <button
                class="delete"
                aria-label=format!("Delete {}", image.name)
                title=format!("Delete {}", image.name)
                on:click=move |_| own.delete_image(class, id)
            >
                "✕"
            </button>
        </div>
    }
}
