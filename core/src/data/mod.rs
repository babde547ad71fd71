//! Images as the trainer wants them: square, RGB, labelled, split by domain into train and test.
//!
//! Plain bytes, no tensors, so that the same code serves the page's worker, the native program and
//! the tests, and gives the same bytes on each. Presets are drawn from the seed
//! ([`Dataset::generate`]) or made from pictures that are given ([`PresetData`]). The user's images
//! arrive decoded ([`Dataset::from_images`]), natively through [`folder`].

mod custom_images;
mod dataset;
mod digits;
mod emoji;
mod fingerprint;
#[cfg(all(feature = "cli", not(target_family = "wasm")))]
pub mod folder;
mod held_out;
mod labelled;
mod make;
mod preset_data;
mod presets;
mod resize;
mod source_image;

pub use dataset::{Dataset, Domain, Item};
pub use labelled::Labelled;
pub use preset_data::PresetData;
pub use resize::square;
pub use source_image::SourceImage;
