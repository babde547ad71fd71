//! The same 456 things as five sets of icons draw them: each set is a domain, one of them left out.
//!
//! Some sets draw a thing alike, so what is tested on must be new in every domain: a fifth of the
//! concepts of each class is for testing, whatever the domain, and the rest for training. Accuracies
//! in the same domain and in the new one are then about the same things, never seen before.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::dataset::{Dataset, Domain, Item};
use super::held_out::held_out_index;
use super::resize;
use super::source_image::SourceImage;
use crate::config::{DataConfig, DataPreset, Fit};
use crate::error::{Error, Result};
use crate::image_pack::{PackIndex, SIDE};

/// One of so many concepts of a class is for testing.
const TEST_ONE_IN: f64 = 5.0;
/// Bytes of a pixel.
const RGBA: usize = 4;

/// The icons of all domains.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Emoji {
    index: PackIndex,
    /// Tiles to a row of each sheet.
    columns: usize,
    /// One sheet of RGBA tiles for each domain.
    sheets: Vec<Vec<u8>>,
}

/// A concept: its place on a sheet, its class.
#[derive(Debug, Clone, Copy)]
struct Concept {
    tile: usize,
    label: usize,
}

impl Emoji {
    /// Takes the sheets of all domains, each so many pixels wide, with the tiles in the order of the
    /// index.
    ///
    /// # Errors
    /// [`Error::Data`] where they are not the icons of [`DataPreset::Emoji`].
    pub(super) fn new(index: PackIndex, width: u32, sheets: Vec<Vec<u8>>) -> Result<Self> {
        let domains = DataPreset::Emoji.domains();
        if index.domains != domains || sheets.len() != domains.len() {
            return Err(damaged(format!(
                "{} sheets for the domains {} instead of {}",
                sheets.len(),
                index.domains.join(", "),
                domains.join(", ")
            )));
        }
        let classes = DataPreset::Emoji.classes();
        if index.classes.len() != classes {
            let found = index.classes.len();
            return Err(damaged(format!("{found} classes instead of {classes}")));
        }
        if let Some(class) = index.classes.iter().find(|it| it.concepts.len() < 2) {
            return Err(damaged(format!("too few pictures of `{}`", class.name)));
        }
        let columns = (width / SIDE) as usize;
        if columns == 0 || !width.is_multiple_of(SIDE) {
            return Err(damaged(format!("sheets of {width} px in width")));
        }
        let rows = index.per_domain().div_ceil(columns);
        let expected = (rows as u64 * u64::from(SIDE)).checked_mul(u64::from(width) * RGBA as u64);
        for (sheet, domain) in sheets.iter().zip(domains) {
            if expected != Some(sheet.len() as u64) {
                return Err(damaged(format!(
                    "{} bytes of `{domain}` instead of {}",
                    sheet.len(),
                    expected.unwrap_or(u64::MAX)
                )));
            }
        }
        Ok(Self {
            index,
            columns,
            sheets,
        })
    }

    /// The icons that come with the program.
    ///
    /// # Errors
    /// [`Error::Data`] if their file is damaged.
    #[cfg(all(feature = "cli", not(target_family = "wasm")))]
    pub(super) fn built_in() -> Result<Self> {
        Self::from_file(include_bytes!("../../../www/site/emoji/emoji.pack"))
    }

    /// Decodes a pack of pictures.
    #[cfg(all(feature = "cli", not(target_family = "wasm")))]
    fn from_file(file: &[u8]) -> Result<Self> {
        use crate::image_pack::ImagePack;

        let pack = ImagePack::read(file).map_err(|problem| damaged(problem.to_string()))?;
        let mut sheets = Vec::with_capacity(pack.index.domains.len());
        for pictures in pack.pictures.chunks(pack.index.per_domain().max(1)) {
            let mut sheet = Vec::with_capacity(pictures.len() * TILE);
            for picture in pictures {
                let decoded = image::load_from_memory(picture)
                    .map_err(|error| damaged(error.to_string()))?
                    .into_rgba8();
                if decoded.dimensions() != (SIDE, SIDE) {
                    let (width, height) = decoded.dimensions();
                    return Err(damaged(format!("a picture of {width}×{height} px")));
                }
                sheet.extend_from_slice(decoded.as_raw());
            }
            sheets.push(sheet);
        }
        // One tile to a row: the tiles lie end to end.
        Self::new(pack.index, SIDE, sheets)
    }

    /// RGBA bytes of a tile.
    fn tile(&self, domain: usize, tile: usize) -> Vec<u8> {
        let row = SIDE as usize * RGBA;
        let width = self.columns * row;
        let start = tile / self.columns * SIDE as usize * width + tile % self.columns * row;
        let rows = self.sheets[domain][start..].chunks(width);
        let rows = rows.take(SIDE as usize);
        rows.flat_map(|line| &line[..row]).copied().collect()
    }

    /// All concepts in random order: those for testing, and those for training.
    fn split(&self, seed: u64) -> (Vec<Concept>, Vec<Concept>) {
        let classes = self.index.classes.iter().enumerate();
        let labels = classes.flat_map(|(label, class)| class.concepts.iter().map(move |_| label));
        let concepts = labels.enumerate();
        let mut order: Vec<_> = concepts
            .map(|(tile, label)| Concept { tile, label })
            .collect();
        order.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
        let mut wanted: Vec<usize> = self
            .index
            .classes
            .iter()
            .map(|class| test_count(class.concepts.len()))
            .collect();
        order.into_iter().partition(|concept| {
            let tested = wanted[concept.label] > 0;
            wanted[concept.label] -= usize::from(tested);
            tested
        })
    }

    fn item(&self, domain: usize, concept: Concept, config: &DataConfig) -> Result<Item> {
        let Concept { tile, label } = concept;
        let mut names = self.index.classes.iter().flat_map(|class| &class.concepts);
        let name = names.nth(tile).map(|name| name.replace('-', " "));
        let image = SourceImage {
            name: format!(
                "{}, {}",
                name.unwrap_or_default(),
                self.index.domains[domain]
            ),
            class: String::new(),
            domain: String::new(),
            test_only: false,
            width: SIDE,
            height: SIDE,
            rgba: self.tile(domain, tile),
        };
        Ok(Item {
            pixels: resize::square(&image, config.image_size, Fit::CenterCrop)?.into(),
            label,
            name: image.name,
        })
    }
}

/// Bytes of a tile.
#[cfg(all(feature = "cli", not(target_family = "wasm")))]
const TILE: usize = SIDE as usize * SIDE as usize * RGBA;

/// The data set.
pub(super) fn domains(emoji: &Emoji, config: &DataConfig, seed: u64) -> Result<Dataset> {
    let names = DataPreset::Emoji.domains();
    let held_out = held_out_index(names, config)?;
    let (test, train) = emoji.split(seed);
    let trained_on = names.len() - usize::from(held_out.is_some());
    let most = config.train_images.div_ceil(trained_on);

    let mut domains = Vec::with_capacity(names.len());
    for (domain, &name) in names.iter().enumerate() {
        let is_held_out = held_out == Some(domain);
        let items = |concepts: &[Concept], most: usize| {
            let concepts = concepts.iter().take(most);
            let made = concepts.map(|&concept| emoji.item(domain, concept, config));
            made.collect::<Result<Vec<_>>>()
        };
        domains.push(Domain {
            name: name.to_owned(),
            held_out: is_held_out,
            train: items(&train, if is_held_out { 0 } else { most })?,
            test: items(&test, config.test_images)?,
        });
    }
    let classes = emoji.index.classes.iter();
    Ok(Dataset {
        size: config.image_size,
        classes: classes.map(|class| class.name.clone()).collect(),
        domains,
    })
}

/// How many of a class' concepts are for testing: at least one, and not all of two or more.
fn test_count(concepts: usize) -> usize {
    ((concepts as f64 / TEST_ONE_IN).round() as usize).max(1)
}

fn damaged(problem: String) -> Error {
    Error::Data(format!(
        "the icons in `emoji.pack` are damaged: {problem}; load them again"
    ))
}

#[cfg(test)]
mod tests;
