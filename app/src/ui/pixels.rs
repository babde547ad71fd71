//! A small canvas for pixels at hand: thumbnails.

use std::sync::Arc;

use leptos::{html, prelude::*};

use crate::ui::canvas;

/// Draws RGBA pixels, each a sharp square; the canvas takes the picture's own size.
#[component]
pub(crate) fn Pixels(
    /// The pixels.
    pixels: Arc<Vec<u8>>,
    /// Width in pixels.
    width: u32,
    /// Height in pixels.
    height: u32,
    /// What it shows.
    label: String,
) -> impl IntoView {
    let canvas = NodeRef::<html::Canvas>::new();
    Effect::new(move |_| {
        if let Some(canvas) = canvas.get() {
            canvas::draw_pixels(&canvas, &pixels, width, height);
        }
    });
    view! {
        <canvas
            class="pixels"
            node_ref=canvas
            width=width
            height=height
            role="img"
            aria-label=label.clone()
            title=label
        ></canvas>
    }
}
