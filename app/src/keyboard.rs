//! Keys for the whole page: space plays and pauses, `s` or `.` steps, `r` resets.

use leptos::{ev, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::Element;

use crate::session::Session;

/// Controls that want these keys themselves.
const OWN_KEYS: &str = "input, select, textarea, button, a, summary, [contenteditable]";

/// Listens until the page is gone.
pub(crate) fn listen(session: Session) {
    let handle = window_event_listener(ev::keydown, move |event| {
        let in_control = event
            .target()
            .and_then(|target| target.dyn_into::<Element>().ok())
            .and_then(|element| element.closest(OWN_KEYS).ok().flatten())
            .is_some();
        let modified = event.ctrl_key() || event.alt_key() || event.meta_key();
        if in_control || modified || event.repeat() {
            return;
        }
        match event.key().as_str() {
            " " => session.toggle_play(),
            "." | "s" => session.step_once(),
            "r" => session.reset(),
            _ => return,
        }
        event.prevent_default();
    });
    on_cleanup(move || handle.remove());
}
