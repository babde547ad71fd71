//! A word of the field in a text, explained where it stands: on focus, under the pointer, on a tap.

use std::time::Duration;

use leptos::{ev, html, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::Element;

use crate::ui::browser;
use crate::ui::model::glossary;
use crate::ui::model::glossary::{Entry, GLOSSARY};
use crate::ui::model::popover::{Anchor, Place, beside};

/// The pointer may take so long from the word to its explanation.
const LEAVING: Duration = Duration::from_millis(250);

/// The explanation on the screen; there is at most one. Copying it copies handles.
#[derive(Clone, Copy)]
pub(crate) struct OpenExplanation {
    shown: RwSignal<Option<(&'static Entry, Place)>>,
    word: StoredValue<Option<Element>, LocalStorage>,
    leaving: StoredValue<u32>,
}

impl OpenExplanation {
    /// None yet. Escape, and a press elsewhere, take it away again.
    pub(crate) fn new() -> Self {
        let explanation = Self {
            shown: RwSignal::new(None),
            word: StoredValue::new_local(None),
            leaving: StoredValue::new(0),
        };
        let on_key = window_event_listener(ev::keydown, move |event| {
            if event.key() == "Escape" {
                explanation.hide();
            }
        });
        let on_press = window_event_listener(ev::pointerdown, move |event| {
            let on_it = event
                .target()
                .and_then(|target| target.dyn_into::<Element>().ok())
                .and_then(|element| element.closest(".term, .explanation").ok().flatten()) // not shown
                .is_some();
            if !on_it {
                explanation.hide();
            }
        });
        let on_scroll = window_event_listener(ev::scroll, move |_| explanation.follow());
        let on_resize = window_event_listener(ev::resize, move |_| explanation.follow());
        on_cleanup(move || {
            on_key.remove();
            on_press.remove();
            on_scroll.remove();
            on_resize.remove();
        });
        explanation
    }

    fn show(self, entry: &'static Entry, word: &Element) {
        self.stay();
        if let Some(place) = place_beside(word) {
            self.word.set_value(Some(word.clone()));
            self.shown.set(Some((entry, place)));
        }
    }

    /// Takes it away.
    pub(crate) fn hide(self) {
        self.stay();
        self.word.set_value(None);
        if self.shown.with_untracked(Option::is_some) {
            self.shown.set(None);
        }
    }

    /// Takes it away unless the pointer reaches it in time.
    fn hide_soon(self) {
        self.stay();
        let this = self.leaving.get_value();
        set_timeout(
            move || {
                if self.leaving.get_value() == this {
                    self.hide();
                }
            },
            LEAVING,
        );
    }

    fn stay(self) {
        self.leaving.update_value(|count| *count += 1);
    }

    /// Stays beside its word where that has moved.
    pub(crate) fn follow(self) {
        let place = self
            .word
            .with_value(|word| word.as_ref().and_then(place_beside));
        if let Some(place) = place
            && self
                .shown
                .with_untracked(|shown| shown.is_some_and(|(_, old)| old != place))
        {
            self.shown.update(|shown| {
                if let Some((_, old)) = shown {
                    *old = place;
                }
            });
        }
    }
}

fn place_beside(word: &Element) -> Option<Place> {
    let frame = word.get_bounding_client_rect();
    let (width, height) = browser::window_size()?;
    let anchor = Anchor {
        left: frame.left(),
        top: frame.top(),
        bottom: frame.bottom(),
    };
    Some(beside(anchor, width, height))
}

/// A word with its explanation.
#[component]
pub(crate) fn Term(
    /// Key of the glossary.
    of: &'static str,
    /// The word as it stands in the text.
    children: Children,
) -> impl IntoView {
    let explanation = expect_context::<OpenExplanation>();
    let button = NodeRef::<html::Button>::new();
    let show = move || {
        if let (Some(entry), Some(button)) = (glossary::explain(of), button.get_untracked()) {
            explanation.show(entry, &button);
        }
    };
    on_cleanup(move || {
        let its_own = explanation
            .shown
            .try_with_untracked(|shown| shown.as_ref().is_some_and(|(entry, _)| entry.key == of));
        if its_own == Some(true) {
            explanation.hide();
        }
    });
    view! {
        <button
            type="button"
            class="term"
            node_ref=button
            data-testid=format!("term-{of}")
            aria-describedby=meaning_id(of)
            on:focus=move |_| show()
            on:mouseenter=move |_| show()
            on:click=move |_| show()
            on:mouseleave=move |_| explanation.hide_soon()
            on:blur=move |_| explanation.hide()
        >
            {children()}
        </button>
    }
}

fn meaning_id(key: &str) -> String {
    format!("meaning-{key}")
}

/// The explanation itself, and all meanings for those who hear the page.
#[component]
pub(crate) fn Explanation() -> impl IntoView {
    let explanation = expect_context::<OpenExplanation>();
    let shown = explanation.shown;
    let place = move |get: fn(Place) -> Option<f64>| {
        shown
            .get()
            .and_then(|(_, place)| get(place))
            .map_or_else(|| String::from("auto"), |length| format!("{length:.0}px"))
    };
    view! {
        <div
            class="explanation"
            role="tooltip"
            data-testid="term-explanation"
            hidden=move || shown.with(Option::is_none)
            style:left=move || place(|place| Some(place.left))
            style:width=move || place(|place| Some(place.width))
            style:top=move || place(|place| place.top)
            style:bottom=move || place(|place| place.bottom)
            on:mouseenter=move |_| explanation.stay()
            on:mouseleave=move |_| explanation.hide_soon()
        >
            <b>{move || shown.get().map(|(entry, _)| entry.name())}</b>
            " "
            {move || shown.get().map(|(entry, _)| entry.meaning())}
        </div>
        <div hidden>
            {GLOSSARY
                .iter()
                .map(|entry| view! { <span id=meaning_id(entry.key)>{entry.meaning()}</span> })
                .collect_view()}
        </div>
    }
}
