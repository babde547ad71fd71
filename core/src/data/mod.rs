//! Images as the trainer wants them: square, RGB, labelled, split by domain into train and test.
//!
//! Plain bytes, no tensors, so that the same code serves the page's worker, the native program and
//! the tests, and gives the same bytes on each. Presets are drawn from the seed
//! ([`Dataset::generate`]) or made from handwritten digits ([`Digits`]); images of the user's own arrive decoded ([`Dataset::from_images`]), on
//! the native side through [`folder`].

mod digits;
mod fingerprint;
#[cfg(all(feature = "cli", not(target_family = "wasm")))]
pub mod folder;
mod own;
mod presets;
mod resize;

pub use digits::Digits;

use crate::config::{DataConfig, DataPreset, DataSource};
use crate::error::{Error, Result};
use crate::protocol::{ImageRef, Split};

/// One image, as the network sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// File name, or the preset's caption (`disc 12`).
    pub name: String,
    /// Index into [`Dataset::classes`].
    pub label: usize,
    /// RGB bytes, row by row: `size² · 3`.
    pub pixels: Vec<u8>,
}

/// Images that look alike, of all classes. A held-out domain has no training images.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Domain {
    /// Name.
    pub name: String,
    /// Whether it is never trained on.
    pub held_out: bool,
    /// Trained on; empty where held out.
    pub train: Vec<Item>,
    /// Evaluated on.
    pub test: Vec<Item>,
}

/// Everything a run sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dataset {
    /// Side of every image in pixels.
    pub size: usize,
    /// Class names; labels are indices into it.
    pub classes: Vec<String>,
    /// The domains, in the order shown.
    pub domains: Vec<Domain>,
}

/// An image of the user's, decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceImage {
    /// File name, for messages and captions.
    pub name: String,
    /// Class it belongs to.
    pub class: String,
    /// Domain it belongs to; empty where there is only one.
    pub domain: String,
    /// Whether it is never trained on.
    pub test_only: bool,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// RGBA bytes, row by row: `4 · width · height`.
    pub rgba: Vec<u8>,
}

impl Dataset {
    /// Draws the images of one of [`DataPreset::DRAWN`]. Each depends on the seed, its domain, its split and its index only,
    /// so that more images leave the first ones as they were.
    ///
    /// # Errors
    /// [`Error::Data`] where `config.held_out` is none of the preset's domains, or where the preset
    /// is made from digits.
    pub fn generate(preset: DataPreset, config: &DataConfig, seed: u64) -> Result<Self> {
        presets::generate(preset, config, seed)
    }

    /// The data that `config` asks for, from what there is to make it of: the user's images, and the
    /// digits if they have been given.
    ///
    /// # Errors
    /// [`Error::Data`] where something is missing or does not fit.
    pub fn make(
        config: &DataConfig,
        own: &[SourceImage],
        digits: Option<&Digits>,
        seed: u64,
    ) -> Result<Self> {
        match config.source {
            DataSource::Own => Self::from_images(own, config, seed),
            DataSource::Preset { preset } if preset.needs_digits() => {
                let digits = digits.ok_or_else(|| {
                    Error::Data(format!(
                        "the handwritten digits of `{}` are not there yet: load them first",
                        preset.name()
                    ))
                })?;
                digits::domains(preset, digits, config, seed)
            }
            DataSource::Preset { preset } => Self::generate(preset, config, seed),
        }
    }

    /// Sorts the user's images into classes and domains, makes them square and keeps a part of
    /// each class for testing.
    ///
    /// Classes and domains are ordered by name. [`DataConfig::held_out`] of `None` holds out the
    /// last of several domains, and nothing where there is one; with [`DataConfig::together`] all
    /// domains are one. Images marked as [`SourceImage::test_only`] count towards the part that is
    /// kept for testing, and only what is missing of it is drawn from the others.
    ///
    /// # Errors
    /// [`Error::Data`], with the class, domain or image at fault and what would help.
    pub fn from_images(images: &[SourceImage], config: &DataConfig, seed: u64) -> Result<Self> {
        own::from_images(images, config, seed)
    }

    /// The image that `image` names, if there is one.
    pub fn item(&self, image: ImageRef) -> Option<&Item> {
        let domain = self.domains.get(image.domain)?;
        match image.split {
            Split::Train => domain.train.get(image.index),
            Split::Test => domain.test.get(image.index),
        }
    }

    /// All images to train on, domain by domain, in a stable order.
    pub fn training(&self) -> Vec<&Item> {
        self.domains
            .iter()
            .flat_map(|domain| &domain.train)
            .collect()
    }

    /// A number that other images, or the same ones sorted or split in another way, do not have.
    pub fn fingerprint(&self) -> u64 {
        fingerprint::of(self)
    }

    /// An item's pixels as RGBA bytes, for the page.
    pub fn rgba(item: &Item) -> Vec<u8> {
        let pixels = item.pixels.as_chunks::<3>().0;
        pixels
            .iter()
            .flat_map(|&[red, green, blue]| [red, green, blue, u8::MAX])
            .collect()
    }
}

/// The index of the held-out domain: the one wanted, or the last of several unless all are to be
/// trained on.
fn held_out_index(domains: &[&str], config: &DataConfig) -> Result<Option<usize>> {
    let Some(wanted) = config.held_out.as_deref() else {
        let last = domains.len() > 1 && !config.together;
        return Ok(last.then(|| domains.len() - 1));
    };
    match domains.iter().position(|&domain| domain == wanted) {
        Some(_) if domains.len() == 1 => Err(Error::Data(format!(
            "`{wanted}` is the only domain and is held out, so nothing is left to train on: add \
             images of a second domain, or hold none out"
        ))),
        Some(index) => Ok(Some(index)),
        None => Err(Error::Data(format!(
            "the domain to hold out, `{wanted}`, is not among the domains: {}",
            quoted(domains.iter().copied())
        ))),
    }
}

/// `` `a`, `b` `` for messages.
fn quoted<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<_> = names.map(|name| format!("`{name}`")).collect();
    names.join(", ")
}
