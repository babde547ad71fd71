//! Two data sets made on the fly from handwritten digits, as DomainBed (Gulrajani and Lopez-Paz, 2021)
//! makes them from all of MNIST: Rotated MNIST and Coloured MNIST. 2,000 digits come with the program; natively
//! a folder may hold others.
//!
//! In both, the digits are shuffled and assigned to the domains in turn, so that no digit is in two of
//! them; of a training domain a fifth is kept for testing, a held-out one is tested on whole.

use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::dataset::{Dataset, Domain, Item};
use super::held_out::held_out_index;
use super::resize;
use super::source_image::SourceImage;
use crate::config::{DataConfig, DataPreset, Fit};
use crate::error::{Error, Result};

/// Side of a digit in pixels.
const SIDE: usize = 28;
/// Digits of each class in the sheet that comes with the program.
const PER_CLASS: usize = 200;
/// Classes: the digits 0 to 9.
const CLASSES: usize = 10;
/// One of so many images of a training domain is kept for testing (DomainBed's holdout fraction).
const TEST_ONE_IN: usize = 5;
/// Chance that a label of Coloured MNIST is wrong.
const LABEL_NOISE: f64 = 0.25;
/// Chance that the colour of a domain of Coloured MNIST disagrees with the label.
const COLOUR_NOISE: [f64; 3] = [0.1, 0.2, 0.9];

/// Handwritten digits, 28×28 grey, class by class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Digits {
    pixels: Vec<u8>,
    /// The place of each class's first digit.
    firsts: [usize; CLASSES],
}

impl Digits {
    /// Takes the pixels of as many digits as the sheet has, equally many of each class: 784 bytes for each
    /// digit, 0 is background.
    ///
    /// # Errors
    /// [`Error::Data`] for any other number of bytes.
    fn new(pixels: Vec<u8>) -> Result<Self> {
        let expected = CLASSES * PER_CLASS * SIDE * SIDE;
        if pixels.len() != expected {
            return Err(Error::Data(format!(
                "the handwritten digits are {} bytes instead of {expected}: the file did not \
                 arrive whole; load it again",
                pixels.len()
            )));
        }
        let firsts = std::array::from_fn(|class| class * PER_CLASS);
        Ok(Self { pixels, firsts })
    }

    /// Cuts a sheet of tiles, 50 to a row, as `www/site/digits/mnist-2000.png` holds them; `grey`
    /// has its pixels row by row.
    ///
    /// # Errors
    /// [`Error::Data`] for a sheet of any other size.
    pub(super) fn from_sheet(grey: &[u8], width: usize) -> Result<Self> {
        let mut pixels = Vec::with_capacity(grey.len());
        let columns = width / SIDE;
        let rows = grey.len() / width.max(1) / SIDE;
        for tile in 0..columns * rows {
            let (left, top) = (tile % columns * SIDE, tile / columns * SIDE);
            for y in top..top + SIDE {
                let start = y * width + left;
                pixels.extend_from_slice(&grey[start..start + SIDE]);
            }
        }
        Self::new(pixels)
    }

    /// The digits that come with the program.
    ///
    /// # Errors
    /// [`Error::Data`] if their file is damaged.
    #[cfg(all(feature = "cli", not(target_family = "wasm")))]
    pub(super) fn built_in() -> Result<Self> {
        let file = include_bytes!("../../../www/site/digits/mnist-2000.png");
        let sheet = image::load_from_memory(file)
            .map_err(|error| Error::Data(format!("the built-in digits are damaged: {error}")))?
            .into_luma8();
        Self::from_sheet(sheet.as_raw(), sheet.width() as usize)
    }

    /// How many there are.
    fn count(&self) -> usize {
        self.pixels.len() / (SIDE * SIDE)
    }

    fn digit(&self, index: usize) -> &[u8] {
        &self.pixels[index * SIDE * SIDE..(index + 1) * SIDE * SIDE]
    }

    /// The class of a digit, and its number in it.
    fn class_and_number(&self, index: usize) -> (usize, usize) {
        let class = self.firsts.partition_point(|&first| first <= index) - 1;
        (class, index - self.firsts[class])
    }
}

/// One of the two data sets.
pub(super) fn domains(
    preset: DataPreset,
    digits: &Digits,
    config: &DataConfig,
    seed: u64,
) -> Result<Dataset> {
    let names = preset.domains();
    let held_out = held_out_index(names, config)?;
    let mut order: Vec<usize> = (0..digits.count()).collect();
    order.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));

    let trained_on = names.len() - usize::from(held_out.is_some());
    let most = config.train_images.div_ceil(trained_on);
    let mut domains = Vec::with_capacity(names.len());
    for (domain, &name) in names.iter().enumerate() {
        let is_held_out = held_out == Some(domain);
        let of_domain: Vec<usize> = order
            .iter()
            .skip(domain)
            .step_by(names.len())
            .copied()
            .collect();
        let tested = if is_held_out {
            of_domain.len()
        } else {
            of_domain.len() / TEST_ONE_IN
        };
        let (test, train) = of_domain.split_at(tested);
        let items = |indices: &[usize], most: usize| {
            let indices = indices.iter().take(most);
            let made = indices.map(|&index| item(preset, digits, domain, index, config, seed));
            made.collect::<Result<Vec<_>>>()
        };
        domains.push(Domain {
            name: name.to_owned(),
            held_out: is_held_out,
            train: items(train, most)?,
            test: items(test, config.test_images)?,
        });
    }
    let classes = match preset {
        DataPreset::ColouredDigits => vec!["5 to 9".to_owned(), "0 to 4".to_owned()],
        _ => (0..CLASSES).map(|digit| digit.to_string()).collect(),
    };
    Ok(Dataset {
        size: config.image_size,
        classes,
        domains,
    })
}

fn item(
    preset: DataPreset,
    digits: &Digits,
    domain: usize,
    index: usize,
    config: &DataConfig,
    seed: u64,
) -> Result<Item> {
    let (digit, number) = digits.class_and_number(index);
    let grey = digits.digit(index);
    let (label, rgba) = match preset {
        DataPreset::ColouredDigits => {
            let (label, green) = label_and_colour(digit, domain, index, seed);
            (label, coloured(grey, green))
        }
        _ => {
            let turned = rotated(grey, 15.0 * domain as f32);
            (digit, turned.iter().flat_map(|&v| [v, v, v, 255]).collect())
        }
    };
    let image = SourceImage {
        name: format!("digit {digit}, no. {number}"),
        class: String::new(),
        domain: String::new(),
        test_only: false,
        width: SIDE as u32,
        height: SIDE as u32,
        rgba,
    };
    Ok(Item {
        pixels: resize::square(&image, config.image_size, Fit::CenterCrop)?.into(),
        label,
        name: image.name,
    })
}

/// The label and the colour of a digit in Coloured MNIST (Arjovsky et al. 2019): whether it is
/// below five, wrong with chance 0.25; green where the label says so, other with the domain's
/// chance. Drawn for each digit alone.
fn label_and_colour(digit: usize, domain: usize, index: usize, seed: u64) -> (usize, bool) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(1 + index as u64);
    let label = (digit < 5) != rng.random_bool(LABEL_NOISE);
    let green = label != rng.random_bool(COLOUR_NOISE[domain]);
    (usize::from(label), green)
}

/// The digit in red or green on black.
fn coloured(grey: &[u8], green: bool) -> Vec<u8> {
    let paint = |&v: &u8| {
        if green {
            [0, v, 0, 255]
        } else {
            [v, 0, 0, 255]
        }
    };
    grey.iter().flat_map(paint).collect()
}

/// The digit turned counter-clockwise about its middle by `degrees`, bilinear, black outside.
fn rotated(grey: &[u8], degrees: f32) -> Vec<u8> {
    let (sin, cos) = degrees.to_radians().sin_cos();
    let middle = (SIDE as f32 - 1.0) / 2.0;
    let at = |x: f32, y: f32| {
        let inside = |v: f32| v >= 0.0 && v < SIDE as f32;
        if inside(x) && inside(y) {
            f32::from(grey[y as usize * SIDE + x as usize])
        } else {
            0.0
        }
    };
    let mut turned = Vec::with_capacity(grey.len());
    for y in 0..SIDE {
        for x in 0..SIDE {
            let (dx, dy) = (x as f32 - middle, y as f32 - middle);
            // Where this pixel came from; the vertical axis points down.
            let from_x = cos * dx - sin * dy + middle;
            let from_y = sin * dx + cos * dy + middle;
            let (left, top) = (from_x.floor(), from_y.floor());
            let (right, down) = (from_x - left, from_y - top);
            let upper = at(left, top) * (1.0 - right) + at(left + 1.0, top) * right;
            let lower = at(left, top + 1.0) * (1.0 - right) + at(left + 1.0, top + 1.0) * right;
            turned.push((upper * (1.0 - down) + lower * down).round() as u8);
        }
    }
    turned
}

#[cfg(all(feature = "cli", not(target_family = "wasm")))]
mod folder;
#[cfg(test)]
mod tests;
