//! One class: its name, its images and the ways into it.

use std::collections::BTreeSet;

use leptos::{ev::DragEvent, html, prelude::*};

use crate::images::state::Images;

use crate::images::model::moves::{self, Twin};
use crate::images::model::{ImageClass, UserImage};
use crate::images::model::{UNNAMED, domains};
use crate::images::state::edits::Place;
use crate::images::state::read::Destination;
use crate::images::view::drag::{add_dropped_to, carries_images};
use crate::images::view::pickers::picked;
use crate::images::view::thumbnail::Thumbnail;
use crate::ui::model::format;

/// Thumbnails shown of a list until all are asked for.
const FEW: usize = 48;

/// One class.
#[component]
pub(crate) fn ClassColumn(
    /// Which.
    id: u32,
    /// Whether its images are shown by domain.
    grouped: Signal<bool>,
) -> impl IntoView {
    let images = expect_context::<Images>();
    let hovering = RwSignal::new(false);
    let index = Memo::new(move |_| {
        images
            .classes
            .with(|all| all.iter().position(|class| class.id == id).unwrap_or(0))
    });
    let name = Memo::new(move |_| {
        images.classes.with(|all| {
            let class = all.iter().find(|class| class.id == id);
            class.map_or_else(String::new, |class| class.name.clone())
        })
    });
    let count = Memo::new(move |_| with_class(images, id, |class| class.images.len()));
    let groups = Memo::new(move |_| {
        if grouped.get() {
            let named = with_class(images, id, |class| domains(std::slice::from_ref(class)));
            named.into_iter().map(Some).collect()
        } else {
            vec![None]
        }
    });
    let aimed = Memo::new(move |_| images.target() == Some(id));

    view! {
        <div
            class="column"
            class:hovering=hovering
            class:aimed=aimed
            data-testid=move || format!("class-column-{}", index.get())
            on:focusin=move |_| images.select_target(id)
            on:pointerdown=move |_| images.select_target(id)
            on:dragenter=move |_| hovering.set(true)
            on:dragleave=move |_| hovering.set(false)
            on:dragover=move |event| {
                event.prevent_default();
                hovering.set(true);
            }
            on:drop=move |event| {
                hovering.set(false);
                dropped(&event, images, id, None);
            }
        >
            <Head id=id index=index name=name />
            <MergeOffer id=id index=index />
            <For each=move || groups.get() key=Clone::clone let:domain>
                <List class=id name=name domain=domain hovering=hovering />
            </For>
            <Show when=move || count.get() == 0>
                <p class="drop-here">{text!("own.drop-here")}</p>
            </Show>
            <Foot id=id index=index count=count />
        </div>
    }
}

/// Its name, and a button that deletes it.
#[component]
fn Head(id: u32, index: Memo<usize>, name: Memo<String>) -> impl IntoView {
    let images = expect_context::<Images>();
    view! {
            <div class="column-head">
                <input
                    type="text"
                    class="class-name"
                    data-testid=move || format!("class-name-{}", index.get())
                    aria-label=move || text!("own.class-name", number = index.get() + 1)
                    prop:value=name
                    on:input=move |event| images.rename_class(id, event_target_value(&event))
                />
                <button
                    class="quiet icon"
                    data-testid=move || format!("class-delete-{}", index.get())
                    aria-label=move || text!("own.class-delete", name = name.get())
                    title=text!("own.class-delete-this")
                    on:click=move |_| images.delete_class(id)
                >
                    "✕"
                </button>
            </div>
    }
}

/// Offers to merge it with another class of the same name.
#[component]
fn MergeOffer(id: u32, index: Memo<usize>) -> impl IntoView {
    let images = expect_context::<Images>();
    let same_name = Memo::new(move |_| {
        images
            .classes
            .with(|all| moves::class_of_same_name(all, id))
    });
    view! {
            <Show when=move || same_name.get().is_some()>
                <p class="merge-offer" role="status">
                    {move || match same_name.get() {
                        Some(Twin::OtherLetters(_)) => text!("own.class-twin-letters"),
                        _ => text!("own.class-twin"),
                    }}
                    <button
                        data-testid=move || format!("class-merge-{}", index.get())
                        on:click=move |_| {
                            if let Some(same_name) = same_name.get_untracked() {
                                images.merge_classes(id, same_name.id());
                            }
                        }
                    >
                        {text!("own.merge")}
                    </button>
                </p>
            </Show>
    }
}

/// How many images it has, and a button that adds more.
#[component]
fn Foot(id: u32, index: Memo<usize>, count: Memo<usize>) -> impl IntoView {
    let images = expect_context::<Images>();
    let input = NodeRef::<html::Input>::new();
    view! {
            <div class="column-foot">
                <span data-testid=move || format!("class-count-{}", index.get())>
                    {move || plural!("board.images", count.get())}
                </span>
                <label class="button small">
                    {text!("own.add-files")}
                    <input
                        node_ref=input
                        class="visually-hidden"
                        type="file"
                        accept="image/*,.zip"
                        multiple
                        data-testid=move || format!("class-files-{}", index.get())
                        on:change=move |_| picked(images, input.get_untracked(), Destination::Class(id, None))
                    />
                </label>
            </div>
    }
}

fn with_class<T: Default>(images: Images, id: u32, get: impl FnOnce(&ImageClass) -> T) -> T {
    images.classes.with(|all| {
        let class = all.iter().find(|class| class.id == id);
        class.map_or_else(T::default, get)
    })
}

/// Files become images of this class, and images of the board move here: into the domain too where
/// one is given.
fn dropped(event: &DragEvent, images: Images, class: u32, domain: Option<&str>) {
    if !carries_images(event) {
        let domain = domain.map(|name| if name == UNNAMED { "" } else { name });
        let into = Destination::Class(class, domain.map(str::to_owned));
        add_dropped_to(event, images, into);
        return;
    }
    event.prevent_default();
    event.stop_propagation();
    let place = match domain {
        Some(domain) => Place::Both(class, domain.to_owned()),
        None => Place::Class(class),
    };
    images.move_images(&images.selected.get_untracked(), &place);
}

/// The images of a class, or those of one of its domains.
#[component]
fn List(
    class: u32,
    name: Memo<String>,
    domain: Option<String>,
    /// Of the column, which gets no event for a drop that ends here.
    hovering: RwSignal<bool>,
) -> impl IntoView {
    let board = expect_context::<Images>();
    let everything = RwSignal::new(false);
    let domain = StoredValue::new(domain);
    let images = Memo::new(move |_| {
        let here = |image: &&UserImage| {
            domain.with_value(|domain| {
                let other = |domain: &String| domain != image.domain_name();
                !domain.as_ref().is_some_and(other)
            })
        };
        with_class(board, class, |class| {
            let images = class.images.iter().filter(here);
            images.cloned().collect::<Vec<_>>()
        })
    });
    let count = Memo::new(move |_| images.with(Vec::len));
    let shown = Memo::new(move |_| {
        let most = if everything.get() { usize::MAX } else { FEW };
        images.with(|images| images.iter().take(most).cloned().collect::<Vec<_>>())
    });
    let order = Memo::new(move |_| shown.with(|all| all.iter().map(|i| i.id).collect::<Vec<_>>()));
    let marked = Memo::new(move |_| {
        shown.with(|all| {
            let marked = all.iter().filter(|image| image.test_only());
            marked.map(|image| image.id).collect::<BTreeSet<_>>()
        })
    });
    // The one image that Tab comes to.
    let entrance = Memo::new(move |_| {
        let cursor = board.cursor.get();
        order.with(|order| {
            cursor
                .filter(|id| order.contains(id))
                .or(order.first().copied())
        })
    });
    let label = move || match domain.get_value() {
        Some(domain) => text!("own.images-of-domain", class = name.get(), domain = domain),
        None => text!("own.images-of", class = name.get()),
    };
    view! {
        <div
            class="own-list"
            on:drop=move |event| {
                hovering.set(false);
                dropped(&event, board, class, domain.get_value().as_deref());
            }
        >
            {domain
                .get_value()
                .map(|domain| {
                    view! {
                        <p class="own-list-head">
                            {domain} <span class="hint">{move || format::thousands(count.get())}</span>
                        </p>
                    }
                })}
            <div
                class="own-thumbnails"
                class:absent=move || count.get() == 0
                role="listbox"
                aria-multiselectable="true"
                aria-label=label
            >
                <For
                    each=move || shown.get()
                    key=|image| (image.id, image.domain.clone())
                    let:image
                >
                    <Thumbnail image=image order=order marked=marked entrance=entrance />
                </For>
            </div>
            <Show when=move || { count.get() > FEW }>
                <button
                    class="quiet show-all"
                    data-testid="show-all"
                    on:click=move |_| everything.update(|all| *all = !*all)
                >
                    {move || {
                        if everything.get() {
                            text!("own.show-fewer").to_owned()
                        } else {
                            text!("own.show-all", number = format::thousands(count.get()))
                        }
                    }}
                </button>
            </Show>
        </div>
    }
}
