//! Keys for the whole page, by the table in `ui/model/shortcuts.rs`.

use leptos::{ev, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::Element;

use crate::training::state::Training;
use crate::ui::dialog::Dialogs;
use crate::ui::model::shortcuts;
use crate::ui::model::shortcuts::Action;

/// Controls that want these keys themselves.
const OWN_KEYS: &str =
    "input, select, textarea, button, a, summary, dialog, [contenteditable], [role=option]"; // not shown

/// Listens until the page is gone.
pub(crate) fn listen(training: Training, dialogs: Dialogs) {
    let handle = window_event_listener(ev::keydown, move |event| {
        let in_control = event
            .target()
            .and_then(|target| target.dyn_into::<Element>().ok())
            .and_then(|element| element.closest(OWN_KEYS).ok().flatten())
            .is_some();
        let modified = event.ctrl_key() || event.alt_key() || event.meta_key();
        if in_control || modified || event.repeat() || dialogs.any_open() {
            return;
        }
        let Some(action) = shortcuts::action(&event.key()) else {
            return;
        };
        match action {
            Action::TogglePlay => training.toggle_play(),
            Action::Step => training.step_once(),
            Action::Reset => training.reset(),
            Action::ShowKeys => dialogs.keys.set(true),
        }
        event.prevent_default();
    });
    on_cleanup(move || handle.remove());
}
