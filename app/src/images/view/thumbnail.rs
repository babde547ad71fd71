//! One image in a list: a small canvas drawn once, selected, dragged and opened by mouse or keys.

use std::collections::BTreeSet;

use leptos::{ev, html, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

use crate::images::model::UserImage;
use crate::images::model::moves;
use crate::images::state::Images;
use crate::images::view::drag::DRAGGED;
use crate::images::view::keys;
use crate::ui::canvas;
use crate::ui::text::along_lines;

/// Side of the canvas: a little more than is shown, and light in memory for thousands.
const SIDE: u32 = 72;

/// One image.
#[component]
pub(crate) fn Thumbnail(
    /// Which.
    image: UserImage,
    /// The images of its list.
    order: Memo<Vec<u32>>,
    /// Those of them that are for testing only.
    marked: Memo<BTreeSet<u32>>,
    /// The image of its list that Tab comes to.
    entrance: Memo<Option<u32>>,
) -> impl IntoView {
    let images = expect_context::<Images>();
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
            canvas::draw_middle(&canvas, &pixels, image.width, image.height);
        }
    });
    let selected = Memo::new(move |_| images.selected.with(|ids| ids.contains(&id)));
    let tab = move || {
        if entrance.get() == Some(id) {
            "0"
        } else {
            "-1"
        }
    };

    let item = Item { images, id, order };
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
            on:click=move |event| item.click(&event)
            on:dblclick=move |_| images.viewed.set(Some(id))
            on:keydown=move |event| item.press(&event)
            on:dragstart=move |event| item.start_drag(&event)
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
                    images.delete_images(&BTreeSet::from([id]));
                }
            >
                "✕"
            </span>
        </div>
    }
}

/// One image of a list, and what mouse and keys do with it.
#[derive(Clone, Copy)]
struct Item {
    images: Images,
    id: u32,
    /// The images of its list.
    order: Memo<Vec<u32>>,
}

impl Item {
    fn toggle(self) {
        let id = self.id;
        self.images.selected.update(|ids| {
            if !ids.remove(&id) {
                ids.insert(id);
            }
        });
    }

    /// Selects from the last click or Space to `to`.
    fn extend(self, to: u32) {
        let anchor = self.images.cursor.get_untracked();
        let more = self
            .order
            .with_untracked(|order| moves::range(order, anchor, to));
        self.images.selected.update(|ids| ids.extend(more));
    }

    fn click(self, event: &ev::MouseEvent) {
        // A finger has no Ctrl.
        let touch = event
            .dyn_ref::<web_sys::PointerEvent>()
            .is_some_and(|event| event.pointer_type() == "touch");
        if event.shift_key() {
            self.extend(self.id);
        } else if event.ctrl_key() || event.meta_key() || touch {
            self.toggle();
        } else {
            self.images.selected.set(BTreeSet::from([self.id]));
        }
        self.images.cursor.set(Some(self.id));
    }

    fn press(self, event: &ev::KeyboardEvent) {
        let Self { images, id, order } = self;
        match event.key().as_str() {
            " " => {
                self.toggle();
                images.cursor.set(Some(id));
            }
            "Enter" => images.viewed.set(Some(id)),
            "a" | "A" if event.ctrl_key() || event.meta_key() => {
                order.with_untracked(|order| images.selected.update(|ids| ids.extend(order)));
            }
            _ => {
                if let Some(to) = self.neighbour(event) {
                    event.prevent_default();
                    self.move_to(to, event.shift_key());
                }
                return;
            }
        }
        event.prevent_default();
    }

    /// The place in the list that an arrow key, Home or End leads to.
    fn neighbour(self, event: &ev::KeyboardEvent) -> Option<usize> {
        let (here, last) = self.order.with_untracked(|order| {
            let here = order.iter().position(|&other| other == self.id);
            (here, order.len().saturating_sub(1))
        });
        let here = here?;
        let down = || columns(event);
        let to = match along_lines(&event.key()) {
            "ArrowLeft" => here.saturating_sub(1),
            "ArrowRight" => (here + 1).min(last),
            "ArrowUp" => here.checked_sub(down()).unwrap_or(here),
            "ArrowDown" => Some(here + down()).filter(|&to| to <= last).unwrap_or(here),
            "Home" => 0,
            "End" => last,
            _ => return None,
        };
        Some(to)
    }

    fn move_to(self, to: usize, selecting: bool) {
        let to = self.order.with_untracked(|order| order.get(to).copied());
        if selecting && let Some(to) = to {
            self.images.cursor.set(Some(self.id));
            self.extend(to);
        }
        keys::focus_soon(self.images, to);
    }

    fn start_drag(self, event: &ev::DragEvent) {
        let selected = self.images.selected;
        if !selected.with_untracked(|ids| ids.contains(&self.id)) {
            selected.set(BTreeSet::from([self.id]));
        }
        if let Some(data) = event.data_transfer() {
            data.set_effect_allowed("move");
            // What is dragged is what is selected; the text only tells this drag from others.
            let _ = data.set_data(DRAGGED, "selected");
        }
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
