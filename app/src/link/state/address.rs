//! The address bar: settings come from its `#…` when the page opens or the hash changes, and go
//! back into it as they change. What stands before the `#`, `?device=` too, is left alone.

use std::time::Duration;

use leptos::{ev, prelude::*};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, HtmlElement};

use rsc_core::config::RunConfig;

use crate::link::model;
use crate::link::model::embed;
use crate::link::model::embed::Asked;
use crate::link::state::visibility::Visibility;
use crate::settings::model::import;
use crate::training::state::Training;
use crate::ui::browser;
use crate::ui::notices::Kind;
use crate::ui::views::Views;

/// Topic of messages about the link that was opened.
const TOPIC: &str = "link";
/// The address follows a slider at this pace. Safari refuses more than 100 changes in 30 seconds.
const PACE: Duration = Duration::from_millis(400);

/// Takes the settings of the address and keeps the two in step from now on. To be called before
/// the engine's first answer can arrive.
pub(crate) fn follow(training: Training, visibility: Visibility, views: Views) {
    take(training, visibility, &hash());
    let handle = window_event_listener(ev::hashchange, move |_| {
        if !take(training, visibility, &hash()) {
            // A place on the page, or nothing: the settings belong back.
            write(&fragment(training, visibility));
        }
    });
    on_cleanup(move || handle.remove());
    jump_without_history(views);

    let planned = StoredValue::new(None::<TimeoutHandle>);
    Effect::new(move |_| {
        training.settings.draft.track();
        visibility.hidden.track();
        if let Some(planned) = planned.get_value() {
            planned.clear();
        }
        let later = set_timeout_with_handle(move || write(&fragment(training, visibility)), PACE);
        planned.set_value(later.ok());
    });
}

/// The whole address of the present settings, to be shared.
pub(crate) fn of(config: &RunConfig, hidden: &[crate::link::model::panel::Panel]) -> String {
    let here = window().location().href().unwrap_or_default();
    let before = here.split('#').next().unwrap_or_default();
    format!("{before}#{}", model::write(config, hidden))
}

/// What the address asks to see: the whole page, or a part that stands in a frame.
pub(crate) fn asked() -> Asked {
    embed::asked(&browser::search())
}

/// Whether training begins by itself in a frame.
pub(crate) fn autoplay() -> bool {
    embed::autoplay(&browser::search())
}

/// The address of the whole page with the present settings, where this is a part of it.
pub(crate) fn whole_page(training: Training, visibility: Visibility) -> String {
    let hidden = visibility.hidden.get();
    let settings = training
        .settings
        .draft
        .with(|draft| model::write(draft, &hidden));
    let path = window().location().pathname().unwrap_or_default();
    format!("{path}{}#{settings}", embed::without(&browser::search()))
}

/// What stands after the `#`, with it.
pub(crate) fn hash() -> String {
    window().location().hash().unwrap_or_default()
}

/// Takes over what a hash says; `false` where it is no link.
pub(crate) fn take(training: Training, visibility: Visibility, hash: &str) -> bool {
    if !model::is_link(hash) {
        return false;
    }
    let mut read = model::read(hash);
    if let Err(error) = import::fits_page(&read.config) {
        read.ignored.push(model::Ignored {
            what: error.field.clone(),
            why: format!("expected {}", error.expected),
        });
        let base = RunConfig::for_source(&read.config.data.source);
        read.config.arms = base.arms;
    }
    visibility.hidden.set(read.hidden);
    visibility.everything.set(false);
    let whole = training.replace_settings(read.config);

    training.notices.clear(TOPIC);
    let mut parts: Vec<String> = model::ignored_message(&read.ignored).into_iter().collect();
    if !whole {
        parts.push(String::from(text!("frame.link-own-images")));
    }
    if !parts.is_empty() {
        training
            .notices
            .say_about(TOPIC, Kind::Warning, parts.join(" "));
    }
    true
}

/// What belongs after the `#`: nothing where nothing was changed.
fn fragment(training: Training, visibility: Visibility) -> String {
    let hidden = visibility.hidden.get_untracked();
    training.settings.draft.with_untracked(|draft| {
        if *draft == RunConfig::default() && hidden.is_empty() {
            String::new()
        } else {
            model::write(draft, &hidden)
        }
    })
}

/// Writes the hash without a new entry in the history.
fn write(fragment: &str) {
    let location = window().location();
    let hash = location.hash().unwrap_or_default();
    if hash.trim_start_matches('#') == fragment {
        return;
    }
    let url = if fragment.is_empty() {
        let path = location.pathname().unwrap_or_default();
        path + &location.search().unwrap_or_default()
    } else {
        format!("#{fragment}")
    };
    // A browser that refuses leaves the address as it was; the share panel has the link all the
    // same.
    if let Ok(history) = window().history() {
        let state = history.state().unwrap_or(JsValue::NULL);
        let _ = history.replace_state_with_url(&state, "", Some(&url));
    }
}

/// Links to places on the page open their view, scroll and move the focus as always, but make no entry in the
/// history: going back from one would otherwise bring back the settings of then.
fn jump_without_history(views: Views) {
    let handle = window_event_listener(ev::click, move |event| {
        let modified = event.ctrl_key() || event.meta_key() || event.shift_key() || event.alt_key();
        if modified || event.button() != 0 || event.default_prevented() {
            return;
        }
        let place = || -> Option<HtmlElement> {
            let clicked = event.target()?.dyn_into::<Element>().ok()?;
            let anchor = clicked.closest("a[href^='#']").ok()??;
            let id = anchor.get_attribute("href")?;
            document()
                .get_element_by_id(id.trim_start_matches('#'))?
                .dyn_into()
                .ok()
        };
        if let Some(place) = place() {
            event.prevent_default();
            views.reveal(&place);
            place.scroll_into_view();
            if !place.has_attribute("tabindex") {
                let _ = place.set_attribute("tabindex", "-1");
            }
            focus_without_scrolling(&place);
        }
    });
    on_cleanup(move || handle.remove());
}

/// The smooth scrolling that has begun goes on.
fn focus_without_scrolling(place: &HtmlElement) {
    let options = web_sys::FocusOptions::new();
    options.set_prevent_scroll(true);
    let _ = place.focus_with_options(&options);
}
