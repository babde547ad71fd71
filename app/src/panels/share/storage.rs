//! What this browser keeps of the page: how much, and how to be rid of it.

use leptos::{html, prelude::*, task::spawn_local};

use crate::panels::sheet::Dialogs;
use crate::pure::kept;
use crate::session::Offer;
use crate::store::{Keeping, Store};

/// The part of the dialog.
#[component]
pub(super) fn StoragePart() -> impl IntoView {
    let store = expect_context::<Store>();
    let room = RwSignal::new(String::new());
    Effect::new(move |_| {
        store.contents.track();
        spawn_local(async move {
            let (room_used, promised) = store.room().await;
            let mut text =
                room_used.map_or_else(String::new, |(used, granted)| kept::quota(used, granted));
            text.push_str(match promised {
                Some(true) => " It has promised not to clear it by itself.",
                Some(false) => " It may clear it by itself when this machine runs out of room.",
                None => "",
            });
            // The dialog may have closed meanwhile.
            let _ = room.try_set(text);
        });
    });
    let state = move || match store.keeping.get() {
        Keeping::Opening => String::from("Looking for what is kept…"),
        Keeping::Saving => store.contents.get().sentence(),
        Keeping::Elsewhere | Keeping::Refused => String::from("Changes in this tab are not kept."),
    };
    let nothing =
        move || store.keeping.get() == Keeping::Saving && store.contents.get().named().is_none();
    on_cleanup(move || {
        let _ = store.asking.try_set(false);
    });
    view! {
        <section class="share-part" aria-labelledby="storage-title">
            <h3 id="storage-title">"Kept in this browser"</h3>
            <p class="hint">
                "Settings, your images and the list of runs are saved on this machine while you work, and are there again at your next visit. The weights of a network are not: a run that came back can be looked at, not trained on."
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
                                "Clear everything…"
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
    let store = expect_context::<Store>();
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
        if store.keeping.get() == Keeping::Elsewhere {
            return String::from(
                "Delete the images and runs of this tab and go back to the first settings? What the other tab saves stays. This cannot be undone.",
            );
        }
        let named = store.contents.get().named();
        let named = named.unwrap_or_else(|| String::from("everything kept"));
        format!(
            "Delete {named}, here on the page and in this browser? The run that is under way ends. Your place in the lesson stays. This cannot be undone."
        )
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
                    "Delete and start afresh"
                </button>
                <button
                    node_ref=no
                    data-testid="storage-clear-no"
                    on:click=move |_| store.asking.set(false)
                >
                    "Keep it"
                </button>
            </div>
        </div>
    }
}

/// The button of a message about what came back.
#[component]
pub(crate) fn StartAfresh(offer: Offer) -> impl IntoView {
    let (store, dialogs) = (expect_context::<Store>(), expect_context::<Dialogs>());
    let Offer::StartAfresh = offer;
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
            "Start afresh…"
        </button>
    }
}

/// What becomes of what is made here, for the foot of the page.
#[component]
pub(crate) fn Kept() -> impl IntoView {
    let (store, dialogs) = (expect_context::<Store>(), expect_context::<Dialogs>());
    let text = move || match store.keeping.get() {
        Keeping::Opening | Keeping::Saving => {
            "Your settings, images and runs are kept in this browser until you clear them."
        }
        Keeping::Elsewhere => {
            "Your settings, images and runs are kept from the other tab that has this page open, not from this one."
        }
        Keeping::Refused => "Your images and runs stay in this tab and are gone when you close it.",
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
            "Storage"
        </button>
    }
}
