//! What is dragged over the board: files from outside, or images of the board itself.

use leptos::ev::DragEvent;

use crate::images::state::Images;
use crate::images::state::read::Destination;

/// What a drag of images on the board carries, so that nothing else is taken for it.
pub(crate) const DRAGGED: &str = "application/x-rsc-images";

/// Takes in what is dropped here, unless it comes from the board.
pub(crate) fn add_dropped_to(event: &DragEvent, images: Images, destination: Destination) {
    event.prevent_default();
    event.stop_propagation();
    if !carries_images(event) {
        images.add_dropped(destination, event.data_transfer());
    }
}

/// Whether what is dropped is images of the board itself.
pub(crate) fn carries_images(event: &DragEvent) -> bool {
    event
        .data_transfer()
        .and_then(|data| data.get_data(DRAGGED).ok())
        .is_some_and(|text| !text.is_empty())
}
