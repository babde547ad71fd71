//! The built-in digits, and the properties of both data sets made from them.

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
