//! Two data sets made on the fly from 2,000 handwritten digits, as DomainBed (Gulrajani and
//! Lopez-Paz, 2021) makes them from all of MNIST: Rotated MNIST and Coloured MNIST.
//!
//! In both, the digits are shuffled and dealt to the domains in turn, so that no digit is in two of
//! them; of a training domain a fifth is kept for testing, a held-out one is tested on whole.

use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{Dataset, Domain, Item, SourceImage, held_out_index, resize};
use crate::config::{DataConfig, DataPreset, Fit};
use crate::error::{Error, Result};

/// Side of a digit in pixels.
const SIDE: usize = 28;
/// Digits of each class.
const PER_CLASS: usize = 200;
/// Classes: the digits 0 to 9.
const CLASSES: usize = 10;
/// One of so many images of a training domain is kept for testing (DomainBed's holdout fraction).
const ONE_IN: usize = 5;
/// Chance that a label of Coloured MNIST is wrong.
const LABEL_NOISE: f64 = 0.25;
/// Chance that the colour of a domain of Coloured MNIST disagrees with the label.
const DISAGREES: [f64; 3] = [0.1, 0.2, 0.9];

/// 2,000 handwritten digits, 28×28 grey, 200 of each class, class by class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digits {
    pixels: Vec<u8>,
}

impl Digits {
    /// Takes the pixels: 784 bytes for each digit, 0 is background.
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
        Ok(Self { pixels })
    }

    /// Cuts a sheet of tiles, 50 to a row, as `www/site/digits/mnist-2000.png` holds them; `grey`
    /// has its pixels row by row.
    ///
    /// # Errors
    /// [`Error::Data`] for a sheet of any other size.
    pub fn from_sheet(grey: &[u8], width: usize) -> Result<Self> {
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
    pub fn built_in() -> Result<Self> {
        let file = include_bytes!("../../../www/site/digits/mnist-2000.png");
        let sheet = image::load_from_memory(file)
            .map_err(|error| Error::Data(format!("the built-in digits are damaged: {error}")))?
            .into_luma8();
        Self::from_sheet(sheet.as_raw(), sheet.width() as usize)
    }

    fn digit(&self, index: usize) -> &[u8] {
        &self.pixels[index * SIDE * SIDE..(index + 1) * SIDE * SIDE]
    }
}

/// Makes one of the two data sets.
pub(super) fn domains(
    preset: DataPreset,
    digits: &Digits,
    config: &DataConfig,
    seed: u64,
) -> Result<Dataset> {
    let names = preset.domains();
    let held_out = held_out_index(names, config)?;
    let mut order: Vec<usize> = (0..CLASSES * PER_CLASS).collect();
    order.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));

    let trained_on = names.len() - usize::from(held_out.is_some());
    let most = config.train_images.div_ceil(trained_on);
    let mut domains = Vec::with_capacity(names.len());
    for (domain, &name) in names.iter().enumerate() {
        let is_held_out = held_out == Some(domain);
        let dealt: Vec<usize> = order
            .iter()
            .skip(domain)
            .step_by(names.len())
            .copied()
            .collect();
        let tested = if is_held_out {
            dealt.len()
        } else {
            dealt.len() / ONE_IN
        };
        let (test, train) = dealt.split_at(tested);
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
    let digit = index / PER_CLASS;
    let grey = digits.digit(index);
    let (label, rgba) = match preset {
        DataPreset::ColouredDigits => {
            let (label, green) = coins(digit, domain, index, seed);
            (label, coloured(grey, green))
        }
        _ => {
            let turned = rotated(grey, 15.0 * domain as f32);
            (digit, turned.iter().flat_map(|&v| [v, v, v, 255]).collect())
        }
    };
    let image = SourceImage {
        name: format!("digit {digit}, no. {}", index % PER_CLASS),
        class: String::new(),
        domain: String::new(),
        test_only: false,
        width: SIDE as u32,
        height: SIDE as u32,
        rgba,
    };
    Ok(Item {
        pixels: resize::square(&image, config.image_size, Fit::CenterCrop)?,
        label,
        name: image.name,
    })
}

/// The label and the colour of a digit in Coloured MNIST (Arjovsky et al. 2019): whether it is
/// below five, wrong with chance 0.25; green where the label says so, other with the domain's
/// chance. Drawn for each digit alone.
fn coins(digit: usize, domain: usize, index: usize, seed: u64) -> (usize, bool) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(1 + index as u64);
    let label = (digit < 5) != rng.random_bool(LABEL_NOISE);
    let green = label != rng.random_bool(DISAGREES[domain]);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{ImageRef, Split};

    fn made(preset: DataPreset, change: impl FnOnce(&mut DataConfig), seed: u64) -> Dataset {
        let mut config = crate::config::RunConfig::for_preset(preset).data;
        config.train_images = 20_000;
        config.test_images = 20_000;
        change(&mut config);
        Digits::built_in()
            .and_then(|digits| domains(preset, &digits, &config, seed))
            .expect("the digits are built in")
    }

    #[test]
    fn the_built_in_sheet_has_ten_classes_of_ink_on_black() {
        let digits = Digits::built_in().expect("the digits are built in");
        for index in [0, 199, 200, 1999] {
            let digit = digits.digit(index);
            assert_eq!(digit[0], 0, "the corner is background");
            let ink = digit.iter().filter(|&&v| v > 127).count();
            assert!(
                (20..350).contains(&ink),
                "digit {index} has {ink} bright pixels"
            );
        }
        // A one has less ink than a nought.
        let ink = |class: usize| -> u64 {
            let of = |i| digits.digit(i).iter().map(|&v| u64::from(v)).sum::<u64>();
            (class * PER_CLASS..(class + 1) * PER_CLASS).map(of).sum()
        };
        assert!(2 * ink(1) < ink(0) + ink(1));
    }

    #[test]
    fn a_damaged_sheet_is_refused() {
        let error = Digits::new(vec![0; 10]).expect_err("ten bytes are no digits");
        assert!(error.to_string().contains("10 bytes"), "{error}");
        assert!(Digits::from_sheet(&[0; 100], 0).is_err());
    }

    #[test]
    fn every_digit_is_dealt_once() {
        for (preset, count) in [
            (DataPreset::RotatedDigits, 6),
            (DataPreset::ColouredDigits, 3),
        ] {
            let data = made(preset, |_| (), 0);
            assert_eq!(data.domains.len(), count);
            let mut names: Vec<_> = data
                .domains
                .iter()
                .flat_map(|domain| domain.train.iter().chain(&domain.test))
                .map(|item| item.name.clone())
                .collect();
            names.sort();
            names.dedup();
            assert_eq!(names.len(), CLASSES * PER_CLASS);
            let last = data.domains.last().expect("there are domains");
            assert!(last.held_out && last.train.is_empty());
            let first = &data.domains[0];
            assert_eq!(first.test.len(), (first.train.len() + first.test.len()) / 5);
        }
    }

    #[test]
    fn limits_and_the_held_out_domain_are_heeded() {
        let data = made(
            DataPreset::RotatedDigits,
            |config| {
                config.train_images = 100;
                config.test_images = 8;
                config.held_out = Some("0°".into());
                config.image_size = 32;
            },
            3,
        );
        assert!(data.domains[0].held_out);
        assert_eq!(data.training().len(), 100);
        assert!(data.domains.iter().all(|domain| domain.test.len() == 8));
        let image = ImageRef {
            domain: 0,
            split: Split::Test,
            index: 0,
        };
        assert_eq!(
            data.item(image).map(|it| it.pixels.len()),
            Some(32 * 32 * 3)
        );
    }

    #[test]
    fn colours_agree_with_labels_as_often_as_they_should() {
        let data = made(DataPreset::ColouredDigits, |_| (), 1);
        for (domain, expected) in data.domains.iter().zip([0.9, 0.8, 0.1]) {
            let all: Vec<_> = domain.train.iter().chain(&domain.test).collect();
            let share = |of: &dyn Fn(&Item) -> bool| {
                all.iter().filter(|item| of(item)).count() as f64 / all.len() as f64
            };
            let green = |item: &Item| item.pixels.chunks_exact(3).any(|rgb| rgb[1] > 0);
            let agrees = share(&|item| green(item) == (item.label == 1));
            // Three standard deviations of 666 coins are below 0.05.
            assert!(
                (agrees - expected).abs() < 0.05,
                "{}: {agrees}",
                domain.name
            );
            let digit_below_five = |item: &Item| item.name.as_bytes()[6] < b'5';
            let noisy = share(&|item| digit_below_five(item) != (item.label == 1));
            assert!(
                (noisy - LABEL_NOISE).abs() < 0.055,
                "{}: {noisy}",
                domain.name
            );
        }
    }

    #[test]
    fn the_number_of_classes_is_as_declared() {
        for preset in [DataPreset::RotatedDigits, DataPreset::ColouredDigits] {
            let data = made(preset, |_| (), 0);
            assert_eq!(data.classes.len(), preset.classes());
            let domains = data.domains.iter();
            let items = domains.flat_map(|domain| domain.train.iter().chain(&domain.test));
            let most = items.map(|item| item.label).max();
            assert_eq!(most, Some(preset.classes() - 1));
        }
    }

    #[test]
    fn together_no_domain_is_held_out() {
        let data = made(
            DataPreset::RotatedDigits,
            |config| config.together = true,
            0,
        );
        assert!(
            data.domains
                .iter()
                .all(|it| !it.held_out && !it.train.is_empty())
        );
    }

    #[test]
    fn turning_is_counter_clockwise_and_keeps_the_middle() {
        let mut bar = vec![0; SIDE * SIDE];
        // A short bar to the right of the middle, two pixels thick.
        for x in 18..24 {
            bar[13 * SIDE + x] = 200;
            bar[14 * SIDE + x] = 200;
        }
        assert_eq!(rotated(&bar, 0.0), bar);
        let quarter = rotated(&bar, 90.0);
        // Counter-clockwise, right becomes up.
        let ink = |pixels: &[u8], rows: std::ops::Range<usize>| -> u64 {
            pixels[rows.start * SIDE..rows.end * SIDE]
                .iter()
                .map(|&v| u64::from(v))
                .sum()
        };
        assert_eq!(ink(&quarter, 4..10), ink(&bar, 0..SIDE));
        assert_eq!(ink(&quarter, 14..SIDE), 0);
    }

    #[test]
    fn the_same_seed_gives_the_same_images() {
        let preset = DataPreset::ColouredDigits;
        assert_eq!(made(preset, |_| (), 5), made(preset, |_| (), 5));
        assert_ne!(made(preset, |_| (), 5), made(preset, |_| (), 6));
    }
}
