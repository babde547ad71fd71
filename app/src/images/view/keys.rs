//! Keys of the board as a whole: undo, delete, and going through single images.

use leptos::{ev, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::Element;

use crate::images::model::moves;
use crate::images::state::Images;
use crate::ui::browser;
use crate::ui::text::along_lines;

/// The `id` of an image on the board.
pub(crate) fn element_id(image: u32) -> String {
    format!("own-image-{image}")
}

/// Listens until the panel is gone.
pub(crate) fn listen(images: Images) {
    let handle = window_event_listener(ev::keydown, move |event| {
        let Some(target) = event.target().and_then(|t| t.dyn_into::<Element>().ok()) else {
            return;
        };
        let within = |selector: &str| matches!(target.closest(selector), Ok(Some(_)));
        let command = event.ctrl_key() || event.meta_key();
        if images.viewed.get_untracked().is_some() {
            let step = match along_lines(&event.key()) {
                "ArrowLeft" | "ArrowUp" => -1,
                "ArrowRight" | "ArrowDown" => 1,
                _ => return,
            };
            event.prevent_default();
            view_next(images, step);
            return;
        }
        // What was clicked may be gone, which leaves the focus with the page.
        let stray = target.tag_name() == "BODY" && images.offer.get_untracked().is_some();
        // A text field has an undo of its own.
        let typing = within("input, select, textarea, dialog"); // not shown
        if typing || !(within("#your-images") || stray) {
            return;
        }
        match event.key().as_str() {
            "z" | "Z" if command && !event.shift_key() && untrack(|| images.can_undo()) => {
                images.undo()
            }
            "Delete" | "Backspace" if !command && within("[role=option]") => {
                delete_selected(images)
            }
            "Escape" if !images.selected.with_untracked(|ids| ids.is_empty()) => {
                images.selected.update(|ids| ids.clear());
            }
            _ => return,
        }
        event.prevent_default();
    });
    on_cleanup(move || handle.remove());
}

/// All images, class after class.
pub(crate) fn order(images: Images) -> Vec<u32> {
    images.classes.with(|all| {
        let images = all.iter().flat_map(|class| &class.images);
        images.map(|image| image.id).collect()
    })
}

/// Looks at the image before or after the one looked at.
pub(crate) fn view_next(images: Images, step: isize) {
    let order = untrack(|| order(images));
    let now = images.viewed.get_untracked();
    let place = order.iter().position(|id| Some(*id) == now);
    let next = place.and_then(|place| place.checked_add_signed(step));
    if let Some(next) = next.and_then(|place| order.get(place)) {
        images.viewed.set(Some(*next));
    }
}

/// Looks at the selected image that the keyboard or the finger was at last, else at the first one.
pub(crate) fn view_selected(images: Images) {
    let selected = images.selected.get_untracked();
    let cursor = images.cursor.get_untracked();
    let last = cursor.filter(|id| selected.contains(id));
    let first = || {
        let order = untrack(|| order(images));
        order.into_iter().find(|id| selected.contains(id))
    };
    images.viewed.set(last.or_else(first));
}

/// Deletes the selected images, or the one that the keyboard is at, and stays near.
pub(crate) fn delete_selected(images: Images) {
    let mut going = images.selected.get_untracked();
    let cursor = images.cursor.get_untracked();
    if going.is_empty() {
        going.extend(cursor);
    }
    let order = untrack(|| order(images));
    let next = cursor.and_then(|cursor| moves::neighbour(&order, &going, cursor));
    images.delete_images(&going);
    focus_soon(images, next);
}

/// Moves the keyboard to an image once it is there.
pub(crate) fn focus_soon(images: Images, image: Option<u32>) {
    images.cursor.set(image);
    request_animation_frame(move || {
        if let Some(image) = image {
            browser::focus(&element_id(image));
        }
    });
}
