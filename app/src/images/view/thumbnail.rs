//! One image in a list: a small canvas drawn once, selected, dragged and opened by mouse or keys.

use std::collections::BTreeSet;

use leptos::{ev, html, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

use crate::images::model::OwnImage;
use crate::images::model::moves;
use crate::images::state::Images;
use crate::images::view::drag::DRAGGED;
use crate::images::view::keys;
use crate::ui::browser;

/// Side of the canvas: a little more than is shown, and light in memory for thousands.
const SIDE: u32 = 72;

/// One image.
#[component]
pub(crate) fn Thumbnail(
    /// Which.
    image: OwnImage,
    /// The images of its list.
    order: Memo<Vec<u32>>,
    /// Those of them that are for testing only.
    marked: Memo<BTreeSet<u32>>,
    /// The image of its list that Tab comes to.
    entrance: Memo<Option<u32>>,
) -> impl IntoView {
    let own = expect_context::<Images>();
    let id = image.id;
    let test_only = Memo::new(move |_| marked.with(|ids| ids.contains(&id)));
    let name = if image.domain.is_empty() {
        image.name.clone()
    } else {
        format!("{} ({})", image.name, image.domain)
    };
    let label = Memo::new(move |_| {
        if test_only.get() {
            format!("{name}, {}", text!("own.test-only"))
        } else {
            name.clone()
        }
    });
    let canvas = NodeRef::<html::Canvas>::new();
    let pixels = image.pixels.clone();
    Effect::new(move |_| {
        if let Some(canvas) = canvas.get() {
            browser::draw_middle(&canvas, &pixels, image.width, image.height);
        }
    });
    let selected = Memo::new(move |_| own.selected.with(|ids| ids.contains(&id)));
    let tab = move || {
        if entrance.get() == Some(id) {
            "0"
        } else {
            "-1"
        }
    };

    let toggle = move || {
        own.selected.update(|ids| {
            if !ids.remove(&id) {
                ids.insert(id);
            }
        });
    };
    // Until the next click or Space, Shift selects from here.
    let extend = move |to: u32| {
        let anchor = own.cursor.get_untracked();
        let more = order.with_untracked(|order| moves::range(order, anchor, to));
        own.selected.update(|ids| ids.extend(more));
    };
    let click = move |event: ev::MouseEvent| {
        // A finger has no Ctrl.
        let touch = event
            .dyn_ref::<web_sys::PointerEvent>()
            .is_some_and(|event| event.pointer_type() == "touch");
        if event.shift_key() {
            extend(id);
        } else if event.ctrl_key() || event.meta_key() || touch {
            toggle();
        } else {
            own.selected.set(BTreeSet::from([id]));
        }
        own.cursor.set(Some(id));
    };
    let press = move |event: ev::KeyboardEvent| {
        let command = event.ctrl_key() || event.meta_key();
        let here = order.with_untracked(|order| order.iter().position(|&other| other == id));
        let Some(here) = here else {
            return;
        };
        let last = order.with_untracked(Vec::len).saturating_sub(1);
        let down = || columns(&event);
        let to = match event.key().as_str() {
            "ArrowLeft" => here.saturating_sub(1),
            "ArrowRight" => (here + 1).min(last),
            "ArrowUp" => here.checked_sub(down()).unwrap_or(here),
            "ArrowDown" => Some(here + down()).filter(|&to| to <= last).unwrap_or(here),
            "Home" => 0,
            "End" => last,
            " " => {
                event.prevent_default();
                toggle();
                own.cursor.set(Some(id));
                return;
            }
            "Enter" => {
                event.prevent_default();
                own.viewed.set(Some(id));
                return;
            }
            "a" | "A" if command => {
                event.prevent_default();
                order.with_untracked(|order| own.selected.update(|ids| ids.extend(order)));
                return;
            }
            _ => return,
        };
        event.prevent_default();
        let to = order.with_untracked(|order| order.get(to).copied());
        if event.shift_key()
            && let Some(to) = to
        {
            own.cursor.set(Some(id));
            extend(to);
        }
        keys::focus_soon(own, to);
    };
    let drag = move |event: ev::DragEvent| {
        if !selected.get_untracked() {
            own.selected.set(BTreeSet::from([id]));
        }
        if let Some(data) = event.data_transfer() {
            data.set_effect_allowed("move");
            // What is dragged is what is selected; the text only tells this drag from others.
            let _ = data.set_data(DRAGGED, "selected");
        }
    };
    view! {
        <div
            class="own-thumbnail"
            id=keys::element_id(id)
            data-testid=keys::element_id(id)
            role="option"
            aria-selected=move || selected.get().to_string()
            aria-label=label
            title=label
            tabindex=tab
            draggable="true"
            on:click=click
            on:dblclick=move |_| own.viewed.set(Some(id))
            on:keydown=press
            on:dragstart=drag
        >
            <canvas class="pixels" node_ref=canvas width=SIDE height=SIDE aria-hidden="true"></canvas>
            <Show when=move || test_only.get()>
                <span class="test-only" aria-hidden="true">
                    {text!("own.test-only.short")}
                </span>
            </Show>
            // For the mouse only, and no button: an option holds no other control. The Delete key
            // and "Delete" above the columns do the same.
            <span
                class="button delete"
                data-testid=format!("delete-{}", keys::element_id(id))
                aria-hidden="true"
                title=text!("own.delete")
                on:dblclick=|event| event.stop_propagation()
                on:click=move |event| {
                    event.stop_propagation();
                    own.delete_images(&BTreeSet::from([id]));
                }
            >
                "✕"
            </span>
        </div>
    }
}

/// How many thumbnails stand in a row of the list that a key was pressed in.
fn columns(event: &ev::KeyboardEvent) -> usize {
    let counted = || -> Option<usize> {
        let target: Element = event.current_target()?.dyn_into().ok()?;
        let children = target.parent_element()?.children();
        let top = |i: u32| {
            let child: HtmlElement = children.item(i)?.dyn_into().ok()?;
            Some(child.offset_top())
        };
        let first = top(0)?;
        Some(
            (0..children.length())
                .take_while(|&i| top(i) == Some(first))
                .count(),
        )
    };
    counted().unwrap_or(1).max(1)
}
