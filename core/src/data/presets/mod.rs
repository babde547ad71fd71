//! The drawn data sets: their domains, and one seeded generator for each image.

mod corner_cue;
mod difficulty;
mod shapes;
mod styles;
mod tint_cue;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use self::shapes::{Canvas, Shape};
use super::dataset::{Dataset, Domain, Item};
use super::held_out::held_out_index;
use crate::config::{DataConfig, DataPreset};
use crate::error::{Error, Result};
use crate::protocol::Split;

/// Draws one image: side, shape (whose index is the label), domain, generator.
type Draw = fn(usize, Shape, usize, &mut ChaCha8Rng) -> Canvas;

impl Dataset {
    /// Draws the images of one of [`DataPreset::DRAWN`]. Each depends only on the seed, its domain, its
    /// split and its index, so that asking for more images does not change the first ones.
    ///
    /// # Errors
    /// [`Error::Data`] where `config.held_out` is none of the preset's domains, or where the preset
    /// is made from a file.
    pub fn generate(preset: DataPreset, config: &DataConfig, seed: u64) -> Result<Self> {
        let names = preset.domains();
        let held_out = held_out_index(names, config)?;
        let draw: Draw = match preset {
            DataPreset::CornerCue => corner_cue::draw,
            DataPreset::TintCue => tint_cue::draw,
            DataPreset::Styles => styles::draw,
            DataPreset::RotatedDigits | DataPreset::ColouredDigits | DataPreset::Emoji => {
                return Err(Error::Data(format!(
                    "`{}` is made from a file and cannot be drawn",
                    preset.name()
                )));
            }
        };

        let trained_on = names.len() - usize::from(held_out.is_some());
        let mut trained_on_so_far = 0;
        let mut domains = Vec::with_capacity(names.len());
        for (index, &name) in names.iter().enumerate() {
            let is_held_out = held_out == Some(index);
            let train = if is_held_out {
                0
            } else {
                // The first domains take what does not divide evenly.
                let rest = usize::from(trained_on_so_far < config.train_images % trained_on);
                trained_on_so_far += 1;
                config.train_images / trained_on + rest
            };
            let items = |split: Split, count: usize| {
                (0..count)
                    .map(|i| draw_item(draw, config.image_size, seed, index, split, i))
                    .collect()
            };
            domains.push(Domain {
                name: name.to_owned(),
                held_out: is_held_out,
                train: items(Split::Train, train),
                test: items(Split::Test, config.test_images),
            });
        }
        Ok(Self {
            size: config.image_size,
            classes: Shape::ALL.map(|shape| shape.name().to_owned()).into(),
            domains,
        })
    }
}

fn draw_item(
    draw: Draw,
    size: usize,
    seed: u64,
    domain: usize,
    split: Split,
    index: usize,
) -> Item {
    let label = index % Shape::ALL.len();
    let shape = Shape::ALL[label];
    let mut rng = generator(seed, domain, split, index);
    Item {
        name: format!("{} {index}", shape.name()),
        label,
        pixels: draw(size, shape, domain, &mut rng).into_bytes().into(),
    }
}

/// The random generator of one image.
fn generator(seed: u64, domain: usize, split: Split, index: usize) -> ChaCha8Rng {
    let split = match split {
        Split::Train => 0,
        Split::Test => 1,
    };
    let mut key = [0; 32];
    let words = [seed, domain as u64, split, index as u64];
    for (bytes, word) in key.as_chunks_mut::<8>().0.iter_mut().zip(words) {
        *bytes = word.to_le_bytes();
    }
    ChaCha8Rng::from_seed(key)
}

#[cfg(test)]
mod tests;
