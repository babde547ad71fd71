//! What this browser keeps of the page: how much, and how to be rid of it.

use leptos::{html, prelude::*, task::spawn_local};

use crate::storage::model;
use crate::storage::state::{SAVE_HERE, START_AFRESH, SaveStatus, Storage};
use crate::ui::dialog::Dialogs;
use crate::ui::notices::Offer;

/// The part of the dialog.
#[component]
pub(crate) fn StoragePart() -> impl IntoView {
    let store = expect_context::<Storage>();
    let room = RwSignal::new(String::new());
    Effect::new(move |_| {
        store.contents.track();
        spawn_local(async move {
            let (room_used, promised) = store.room().await;
            let mut text =
                room_used.map_or_else(String::new, |(used, granted)| model::quota(used, granted));
            text.push_str(match promised {
                Some(true) => text!("share.storage.promised"),
                Some(false) => text!("share.storage.may-clear"),
                None => "",
            });
            // The dialog may have closed meanwhile.
            let _ = room.try_set(text);
        });
    });
    let state = move || match store.keeping.get() {
        SaveStatus::Opening => String::from(text!("share.storage.looking")),
        SaveStatus::Saving => store.contents.get().sentence(),
        SaveStatus::Elsewhere | SaveStatus::Refused => {
            String::from(text!("share.storage.not-here"))
        }
    };
    let nothing =
        move || store.keeping.get() == SaveStatus::Saving && store.contents.get().named().is_none();
    on_cleanup(move || {
        let _ = store.asking.try_set(false);
    });
    view! {
        <section class="share-part" aria-labelledby="storage-title">
            <h3 id="storage-title">{text!("share.storage")}</h3>
            <p class="hint">
                {text!("share.storage.about")}
            </p>
            <p aria-live="polite" data-testid="storage-state">{state}</p>
            <p class="hint" data-testid="storage-room">{room}</p>
            {move || {
                store
                    .trouble
                    .get()
                    .map(|text| view! { <p class="callout warning" data-testid="storage-trouble">{text}</p> })
            }}
            <Show
                when=move || store.asking.get()
                fallback=move || {
                    view! {
                        <div class="buttons">
                            <button
                                data-testid="storage-clear"
                                disabled=nothing
                                on:click=move |_| store.asking.set(true)
                            >
                                {text!("share.storage.clear")}
                            </button>
                        </div>
                    }
                }
            >
                <Question />
            </Show>
        </section>
    }
}

/// Asks before anything is deleted.
#[component]
fn Question() -> impl IntoView {
    let store = expect_context::<Storage>();
    let no = NodeRef::<html::Button>::new();
    Effect::new(move |_| {
        // Coming from the button of a message, the dialog has just opened.
        if let Some(no) = no.get() {
            request_animation_frame(move || {
                let _ = no.focus();
            });
        }
    });
    let question = move || {
        if store.keeping.get() == SaveStatus::Elsewhere {
            return String::from(text!("share.storage.delete-here"));
        }
        let named = store.contents.get().named();
        let named = named.unwrap_or_else(|| String::from(text!("share.storage.everything")));
        text!("share.storage.delete", named = named)
    };
    let yes = move |_| {
        store.asking.set(false);
        store.clear();
    };
    view! {
        <div class="storage-question" role="group" aria-labelledby="storage-question">
            <p id="storage-question">{question}</p>
            <div class="buttons">
                <button class="danger" data-testid="storage-clear-yes" on:click=yes>
                    {text!("share.storage.yes")}
                </button>
                <button
                    node_ref=no
                    data-testid="storage-clear-no"
                    on:click=move |_| store.asking.set(false)
                >
                    {text!("share.storage.no")}
                </button>
            </div>
        </div>
    }
}

/// The button of a message about what is kept.
pub(crate) fn offer_button(offer: Offer) -> AnyView {
    match offer {
        START_AFRESH => view! { <StartAfresh /> }.into_any(),
        SAVE_HERE => view! { <SaveHere /> }.into_any(),
        _ => ().into_any(),
    }
}

/// Has this tab save, in place of another one.
#[component]
fn SaveHere() -> impl IntoView {
    let store = expect_context::<Storage>();
    view! {
        <button class="small offer" data-testid="save-here" on:click=move |_| store.save_here()>
            {text!("store.use-here")}
        </button>
    }
}

/// Begins anew, after asking.
#[component]
fn StartAfresh() -> impl IntoView {
    let (store, dialogs) = (expect_context::<Storage>(), expect_context::<Dialogs>());
    view! {
        <button
            class="small offer"
            data-testid="start-afresh"
            aria-haspopup="dialog"
            on:click=move |_| {
                store.asking.set(true);
                dialogs.share.set(true);
            }
        >
            {text!("share.storage.afresh")}
        </button>
    }
}

/// What becomes of what is made here, for the foot of the page.
#[component]
pub(crate) fn StorageStatus() -> impl IntoView {
    let (store, dialogs) = (expect_context::<Storage>(), expect_context::<Dialogs>());
    let text = move || match store.keeping.get() {
        SaveStatus::Opening | SaveStatus::Saving => {
            text!("share.kept")
        }
        SaveStatus::Elsewhere => {
            text!("share.kept.elsewhere")
        }
        SaveStatus::Refused => text!("share.kept.refused"),
    };
    view! {
        <span data-testid="footer-kept">{text}</span>
        " "
        <button
            class="quiet small"
            data-testid="storage-open"
            aria-haspopup="dialog"
            on:click=move |_| dialogs.share.set(true)
        >
            {text!("share.kept.open")}
        </button>
    }
}
