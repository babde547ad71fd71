//! Icons of the Lucide collection, drawn beside or in place of a button's word. The collection's crate
//! is data only, and what is not used here does not reach the page.

use icondata_core::Icon as Lucide;
use leptos::{prelude::*, svg};
use web_sys::Element;

use crate::ui::model::svg_markup::{Shape, shapes};

const SVG: &str = "http://www.w3.org/2000/svg";

/// An icon; whoever hears the page hears the button's name instead.
#[component]
pub(crate) fn Icon(
    /// Which one; it may change.
    #[prop(into)]
    of: Signal<Lucide>,
) -> impl IntoView {
    let drawing = NodeRef::<svg::Svg>::new();
    Effect::new(move |_| {
        if let Some(drawing) = drawing.get() {
            draw(&drawing, of.get());
        }
    });
    view! {
        <svg
            node_ref=drawing
            class="icon-drawing"
            viewBox="0 0 24 24"
            width="18"
            height="18"
            fill="none"
            stroke="currentColor"
            stroke-width="2"
            stroke-linecap="round"
            stroke-linejoin="round"
            aria-hidden="true"
        ></svg>
    }
}

fn draw(drawing: &Element, icon: Lucide) {
    drawing.set_text_content(None);
    for Shape { name, attributes } in shapes(icon.data) {
        let made = document().create_element_ns(Some(SVG), name);
        if let Ok(shape) = made {
            for (name, value) in attributes {
                // A shape without one of its attributes is still better than none.
                let _ = shape.set_attribute(name, value);
            }
            let _ = drawing.append_child(&shape);
        }
    }
}
