//! What can be done with the selected images, where new ones go, and the way back.

use leptos::prelude::*;

use crate::images::model::moves;
use crate::images::state::Images;
use crate::images::state::camera::{Camera, CameraState};
use crate::images::state::edits::Place;
use crate::images::view::keys;
use crate::ui::controls::Segments;

/// The tools above the columns.
#[component]
pub(crate) fn Tools(
    /// The camera, to be opened here.
    camera: Camera,
    /// Whether images are shown by domain.
    by_domain: RwSignal<bool>,
    /// Whether there are several domains.
    several: Memo<bool>,
) -> impl IntoView {
    let images = expect_context::<Images>();
    let names = Memo::new(move |_| {
        let named = |all: &Vec<crate::images::model::ImageClass>| {
            all.iter()
                .map(|class| (class.id, class.name.trim().to_owned()))
                .collect::<Vec<_>>()
        };
        images.classes.with(named)
    });
    let target = Memo::new(move |_| images.target());
    let some = Memo::new(move |_| images.selected.with(|ids| !ids.is_empty()));
    view! {
        <div class="board-tools">
            <label class="inline-choice">
                <span>{text!("own.target")}</span>
                <select
                    data-testid="board-target"
                    on:change=move |event| {
                        if let Ok(id) = event_target_value(&event).parse() {
                            images.select_target(id);
                        }
                    }
                >
                    <For each=move || names.get() key=Clone::clone let((id, name))>
                        <option value=id.to_string() prop:selected=move || target.get() == Some(id)>
                            {name}
                        </option>
                    </For>
                </select>
            </label>
            <NewDomain />
            <button
                data-testid="camera-open"
                aria-expanded=move || (camera.state.get() != CameraState::Closed).to_string()
                on:click=move |_| match camera.state.get_untracked() {
                    CameraState::Closed | CameraState::Refused(_) => camera.open(),
                    CameraState::Asking | CameraState::Open => camera.close(),
                }
            >
                {move || match camera.state.get() {
                    CameraState::Asking | CameraState::Open => text!("camera.close"),
                    CameraState::Closed | CameraState::Refused(_) => text!("camera.open"),
                }}
            </button>
            <Show when=move || several.get()>
                <Segments
                    label=text!("own.grouping")
                    options=Signal::stored(
                        vec![
                            (0, text!("own.grouping.all").to_owned(), ""),
                            (1, text!("own.grouping.domain").to_owned(), ""),
                        ],
                    )
                    value=Signal::derive(move || usize::from(by_domain.get()))
                    on_choice=Callback::new(move |choice| by_domain.set(choice == 1))
                />
            </Show>
            <button
                class="quiet"
                data-testid="board-undo"
                title=text!("own.undo-key")
                disabled=move || !images.can_undo()
                on:click=move |_| images.undo()
            >
                {text!("own.undo")}
            </button>
        </div>
        <Show
            when=move || some.get()
            fallback=|| {
                view! {
                    <p class="hint board-hint">
                        {text!("own.selecting")}
                    </p>
                }
            }
        >
            <Selected />
        </Show>
    }
}

/// The domain of images that come without one.
#[component]
fn NewDomain() -> impl IntoView {
    let images = expect_context::<Images>();
    let domains = Memo::new(move |_| images.domains());
    view! {
        <label class="inline-choice">
            <span>{text!("own.new-images-domain")}</span>
            <input
                type="text"
                list="board-domain-names"
                autocomplete="off"
                data-testid="board-domain"
                placeholder=text!("own.new-images-domain.none")
                prop:value=images.new_domain
                on:change=move |event| {
                    images.new_domain.set(event_target_value(&event).trim().to_owned());
                }
            />
            <datalist id="board-domain-names">
                <For each=move || domains.get() key=Clone::clone let:name>
                    <option value=name></option>
                </For>
            </datalist>
        </label>
    }
}

/// What can be done with the selected images.
#[component]
fn Selected() -> impl IntoView {
    let images = expect_context::<Images>();
    let chosen = RwSignal::new(String::from("new-class"));
    let classes = move || {
        images.classes.with(|all| {
            let named = all.iter().map(|class| {
                let name = class.name.trim().to_owned();
                (format!("class:{}", class.id), name)
            });
            named.collect::<Vec<_>>()
        })
    };
    let domains = Memo::new(move |_| images.domains());
    let domains = move || {
        let named = domains.get().into_iter();
        named
            .map(|name| (format!("domain:{name}"), name))
            .collect::<Vec<_>>()
    };
    let option = move |(value, name): (String, String)| {
        let same = value.clone();
        view! {
            <option value=value prop:selected=move || chosen.with(|chosen| *chosen == same)>
                {name}
            </option>
        }
    };
    let go = move |_| {
        let place = match chosen.get_untracked().split_once(':') {
            Some(("class", id)) => id.parse().ok().map(Place::Class),
            Some((_, domain)) => Some(Place::Domain(domain.to_owned())),
            None if chosen.get_untracked() == "new-domain" => Some(Place::NewDomain),
            None => Some(Place::NewClass),
        };
        let Some(place) = place else {
            return;
        };
        images.move_images(&images.selected.get_untracked(), &place);
        keys::focus_soon(images, images.cursor.get_untracked());
    };
    let all_marked = Memo::new(move |_| {
        images.selected.with(|ids| {
            images
                .classes
                .with(|classes| moves::all_marked(classes, ids))
        })
    });
    let mark = move |_| {
        images.mark_images(
            &images.selected.get_untracked(),
            !all_marked.get_untracked(),
        );
        keys::focus_soon(images, images.cursor.get_untracked());
    };
    let count = move || {
        let count = images.selected.with(|ids| ids.len());
        plural!("own.selected", count)
    };
    view! {
        <div class="board-selected" role="group" aria-label=text!("own.selected-images")>
            <span data-testid="selected-count" aria-live="polite">
                {count}
            </span>
            <label class="inline-choice">
                <span>{text!("own.move-to")}</span>
                <select
                    data-testid="move-to"
                    on:change=move |event| chosen.set(event_target_value(&event))
                >
                    <optgroup label=text!("own.class")>
                        <For
                            each=move || {
                                let mut all = classes();
                                all.push(("new-class".to_owned(), text!("own.new-class").to_owned()));
                                all
                            }
                            key=Clone::clone
                            children=option
                        />
                    </optgroup>
                    <optgroup label=text!("own.domain")>
                        <For
                            each=move || {
                                let mut all = domains();
                                all.push(("new-domain".to_owned(), text!("own.new-domain").to_owned()));
                                all
                            }
                            key=Clone::clone
                            children=option
                        />
                    </optgroup>
                </select>
            </label>
            <button data-testid="move-selected" on:click=go>
                {text!("own.move")}
            </button>
            <button data-testid="view-selected" on:click=move |_| keys::view_selected(images)>
                {text!("own.view")}
            </button>
            <button data-testid="mark-selected" on:click=mark>
                {move || {
                    if all_marked.get() { text!("own.train-on-too") } else { text!("own.mark") }
                }}
            </button>
            <button data-testid="delete-selected" on:click=move |_| keys::delete_selected(images)>
                {text!("own.delete")}
            </button>
            <button
                class="quiet"
                data-testid="select-none"
                on:click=move |_| images.selected.update(|ids| ids.clear())
            >
                {text!("own.select-none")}
            </button>
        </div>
    }
}

/// What was done last and the way back, for a while, wherever on the board the visitor is.
#[component]
pub(crate) fn WayBack() -> impl IntoView {
    let images = expect_context::<Images>();
    let offered = Memo::new(move |_| images.offer.with(Option::is_some));
    let what = move || {
        let what =
            |offer: &Option<crate::images::state::Offer>| offer.as_ref().map(|o| o.what.clone());
        images.offer.with(what)
    };
    view! {
        // Always there, as what appears together with its text is not always read out.
        <span class="visually-hidden" role="status">
            {what}
        </span>
        <div class="way-back" class:absent=move || !offered.get()>
            <span data-testid="undo-what">{what}</span>
            <button data-testid="undo-offer" on:click=move |_| images.undo()>
                {text!("own.undo")}
            </button>
        </div>
    }
}
