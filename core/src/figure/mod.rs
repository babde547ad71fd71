//! Figures: what a run saw and learned, as pictures for a reader.
//!
//! [`mod@overlay`] draws one image's heat map and mask as pixels. [`mod@method`] and [`mod@example`] draw
//! the method's overview and a real example as SVG, both from the [`study`] of a run.

mod charts;
pub mod colour;
mod elements;
pub mod example;
mod files;
pub mod method;
pub mod overlay;
pub mod study;

pub use files::{write_overlays, write_svg};
pub use overlay::{OverlayOptions, overlay, png, side_by_side};
pub use study::Study;

#[cfg(test)]
mod tests;
