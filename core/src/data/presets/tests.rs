//! That the presets are what they say: the cue tells the class where it should and only there, the
//! images depend on nothing but the seed, and no test image is trained on.

use std::collections::BTreeSet;

use super::*;

fn config(size: usize, train: usize, test: usize) -> DataConfig {
    DataConfig {
        image_size: size,
        train_images: train,
        test_images: test,
        ..DataConfig::default()
    }
}

#[test]
fn the_seed_decides_every_byte() -> Result<()> {
    for preset in DataPreset::DRAWN {
        let data = Dataset::generate(preset, &config(32, 24, 8), 5)?;
        assert_eq!(Dataset::generate(preset, &config(32, 24, 8), 5)?, data);
        let other = Dataset::generate(preset, &config(32, 24, 8), 6)?;
        for (a, b) in data.domains[0].train.iter().zip(&other.domains[0].train) {
            assert_ne!(a.pixels, b.pixels);
        }
    }
    Ok(())
}

/// So that native and wasm builds, and later versions, are known to draw the same images. A change
/// of [`difficulty`] changes these numbers; nothing else may.
#[test]
fn the_bytes_are_the_same_everywhere() -> Result<()> {
    let mut checksums = Vec::new();
    for preset in DataPreset::DRAWN {
        let data = Dataset::generate(preset, &config(32, 64, 8), 1)?;
        let items = data
            .domains
            .iter()
            .flat_map(|domain| domain.train.iter().chain(&domain.test));
        let bytes = items.flat_map(|item| item.pixels.iter());
        checksums.push(bytes.fold(0_u32, |sum, &byte| {
            sum.wrapping_mul(31).wrapping_add(u32::from(byte))
        }));
    }
    assert_eq!(checksums, [590_837_775, 527_984_598, 4_012_016_763]);
    Ok(())
}

#[test]
fn more_images_leave_the_first_ones_as_they_were() -> Result<()> {
    for preset in DataPreset::DRAWN {
        let few = Dataset::generate(preset, &config(32, 24, 8), 5)?;
        let many = Dataset::generate(preset, &config(32, 240, 40), 5)?;
        for (few, many) in few.domains.iter().zip(&many.domains) {
            assert_eq!(few.train, many.train[..few.train.len()]);
            assert_eq!(few.test, many.test[..few.test.len()]);
        }
    }
    Ok(())
}

#[test]
fn splits_have_the_sizes_asked_for_and_share_no_image() -> Result<()> {
    for preset in DataPreset::DRAWN {
        let data = Dataset::generate(preset, &config(32, 101, 41), 0)?;
        assert_eq!(data.training().len(), 101);
        assert_eq!(data.classes, ["disc", "square", "triangle", "plus"]);
        let last = data.domains.len() - 1;
        let mut seen = BTreeSet::new();
        for (index, domain) in data.domains.iter().enumerate() {
            assert_eq!(domain.name, preset.domains()[index]);
            assert_eq!(domain.held_out, index == last);
            assert_eq!(domain.train.is_empty(), domain.held_out);
            assert_eq!(domain.test.len(), 41);
            for (i, item) in domain.train.iter().enumerate() {
                assert_eq!(item.label, i % 4);
                assert_eq!(item.name, format!("{} {i}", data.classes[item.label]));
            }
            for item in domain.train.iter().chain(&domain.test) {
                assert_eq!(item.pixels.len(), 32 * 32 * 3);
                assert!(seen.insert(item.pixels.clone()), "{} twice", item.name);
            }
        }
    }
    Ok(())
}

#[test]
fn any_domain_can_be_held_out_and_no_other() -> Result<()> {
    let mut config = config(16, 30, 8);
    config.held_out = Some("outline".into());
    let data = Dataset::generate(DataPreset::Styles, &config, 0)?;
    let train: Vec<_> = data.domains.iter().map(|d| d.train.len()).collect();
    assert_eq!(train, [10, 0, 10, 10]);
    config.held_out = Some("moon".into());
    let refused =
        Dataset::generate(DataPreset::Styles, &config, 0).map_err(|error| error.to_string());
    assert!(refused.is_err_and(|text| text.contains("`moon`") && text.contains("`sketch`")));
    Ok(())
}

/// Mean colour of a square of the image.
fn mean_color(item: &Item, size: usize, left: usize, top: usize, side: usize) -> [f32; 3] {
    let mut sums = [0.0; 3];
    for y in top..top + side {
        for x in left..left + side {
            let start = 3 * (y * size + x);
            for (sum, &byte) in sums.iter_mut().zip(&item.pixels[start..start + 3]) {
                *sum += f32::from(byte) / 255.0;
            }
        }
    }
    sums.map(|sum| sum / (side * side) as f32)
}

/// Which of the four colours is nearest, and how far it is.
fn nearest(color: [f32; 3], colors: &[[f32; 3]; 4]) -> (usize, f32) {
    let distance = |other: &[f32; 3]| {
        let squares = other.iter().zip(color).map(|(a, b)| (a - b) * (a - b));
        squares.sum::<f32>().sqrt()
    };
    let distances = colors.map(|other| distance(&other));
    let mut best = 0;
    for (index, distance) in distances.iter().enumerate() {
        if *distance < distances[best] {
            best = index;
        }
    }
    (best, distances[best])
}

/// The corner (0 to 3) that has the patch, and the class whose colour it is.
fn patch(item: &Item, size: usize) -> (usize, usize) {
    let side = (difficulty::PATCH_SIDE * size as f32).round() as usize;
    let margin = (difficulty::PATCH_MARGIN * size as f32).round() as usize;
    let (near, far) = (margin, size - margin - side);
    let corners = [(near, near), (far, near), (near, far), (far, far)];
    let found = corners.map(|(left, top)| {
        nearest(
            mean_color(item, size, left, top, side),
            &difficulty::PATCH_COLORS,
        )
    });
    let mut best = 0;
    for (corner, (_, distance)) in found.iter().enumerate() {
        if *distance < found[best].1 {
            best = corner;
        }
    }
    assert!(found[best].1 < 0.12, "{}: no patch in {found:?}", item.name);
    (best, found[best].0)
}

#[test]
fn the_patch_tells_the_class_in_the_first_domain_only() -> Result<()> {
    for size in [32, 48] {
        let data = Dataset::generate(DataPreset::CornerCue, &config(size, 400, 1000), 2)?;
        let [cued, random] = &data.domains[..] else {
            panic!("two domains");
        };
        let mut corners = [0; 4];
        for item in cued.train.iter().chain(&cued.test) {
            let (corner, class) = patch(item, size);
            assert_eq!(class, item.label, "{}", item.name);
            corners[corner] += 1;
        }
        assert!(corners.iter().all(|&count| count > 280), "{corners:?}");
        let agree = random.test.iter();
        let agree = agree.filter(|item| patch(item, size).1 == item.label);
        let agree = agree.count();
        assert!((200..300).contains(&agree), "{agree} of 1000");
    }
    Ok(())
}

#[test]
fn the_tint_tells_the_class_in_the_first_domain_only() -> Result<()> {
    let data = Dataset::generate(DataPreset::TintCue, &config(32, 400, 1000), 2)?;
    let tint = |item: &Item| {
        let (class, distance) = nearest(mean_color(item, 32, 0, 0, 3), &difficulty::TINTS);
        assert!(distance < 0.15, "{}: {distance}", item.name);
        class
    };
    let [tinted, random] = &data.domains[..] else {
        panic!("two domains");
    };
    for item in tinted.train.iter().chain(&tinted.test) {
        assert_eq!(tint(item), item.label, "{}", item.name);
    }
    let agree = random.test.iter().filter(|item| tint(item) == item.label);
    let agree = agree.count();
    assert!((200..300).contains(&agree), "{agree} of 1000");
    Ok(())
}

#[test]
fn the_number_of_classes_is_as_declared() -> Result<()> {
    for preset in DataPreset::DRAWN {
        let data = Dataset::generate(preset, &config(16, 16, 8), 0)?;
        assert_eq!(data.classes.len(), preset.classes(), "{}", preset.name());
    }
    Ok(())
}

#[test]
fn together_no_domain_is_held_out() -> Result<()> {
    let together = DataConfig {
        together: true,
        ..config(16, 34, 8)
    };
    for preset in DataPreset::DRAWN {
        let data = Dataset::generate(preset, &together, 0)?;
        let counts = data.domains.iter().map(|domain| domain.train.len());
        assert_eq!(counts.sum::<usize>(), 34);
        assert!(
            data.domains
                .iter()
                .all(|it| !it.held_out && !it.train.is_empty())
        );
    }
    Ok(())
}
