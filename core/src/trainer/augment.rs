//! Data augmentation. It works on bytes, before the upload: all arms get the same variants, which
//! depend on the seed and the step only.

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use crate::{config::AugmentationConfig, data::Item};

/// An image mirrored left to right.
pub(super) fn mirrored(item: &Item, size: usize) -> Item {
    let rows = item.pixels.chunks_exact(3 * size);
    Item {
        name: item.name.clone(),
        label: item.label,
        pixels: rows
            .flat_map(|row| row.chunks_exact(3).rev().flatten().copied())
            .collect(),
    }
}

/// Variants of `items`, each `size × size` RGB; `None` without augmentation (`rng` is not called then).
pub(super) fn augmented(
    config: &AugmentationConfig,
    items: &[&Item],
    size: usize,
    rng: impl FnOnce() -> ChaCha8Rng,
) -> Option<Vec<Item>> {
    if *config == AugmentationConfig::default() {
        return None;
    }
    let mut rng = rng();
    let varied = items.iter().map(|item| Item {
        name: String::new(),
        label: item.label,
        pixels: vary(config, &item.pixels, size, &mut rng).into(),
    });
    Some(varied.collect())
}

/// One variant: mirrored by a fair coin, shifted by whole pixels with the edge repeated, then
/// brightness, contrast and saturation each scaled by a factor from `1 − j` to `1 + j`.
fn vary(config: &AugmentationConfig, pixels: &[u8], size: usize, rng: &mut ChaCha8Rng) -> Vec<u8> {
    let mirror = config.flip && rng.random::<bool>();
    let far = config.shift as i32;
    let mut offset = || match far {
        0 => 0,
        far => rng.random_range(-far..=far) as isize,
    };
    let (right, down) = (offset(), offset());
    let last = size as isize - 1;
    let mut moved = Vec::with_capacity(pixels.len());
    for y in 0..size as isize {
        let from_y = (y - down).clamp(0, last);
        for x in 0..size as isize {
            let x = if mirror { last - x } else { x };
            let from_x = (x - right).clamp(0, last);
            let at = 3 * (from_y * size as isize + from_x) as usize;
            moved.extend_from_slice(&pixels[at..at + 3]);
        }
    }
    if config.color_jitter > 0.0 {
        let j = config.color_jitter as f32;
        let mut factor = || rng.random_range(1.0 - j..=1.0 + j);
        jitter(&mut moved, factor(), factor(), factor());
    }
    moved
}

/// Luminance of a pixel (ITU-R BT.601).
fn luminance(rgb: [f32; 3]) -> f32 {
    0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2]
}

/// Brightness `v·b`, contrast `m + (v − m)·c` around the mean luminance `m`, saturation
/// `l + (v − l)·s` around the pixel's own luminance `l`.
fn jitter(pixels: &mut [u8], brightness: f32, contrast: f32, saturation: f32) {
    let (pixels, _) = pixels.as_chunks_mut::<3>();
    let bright = |rgb: &[u8; 3]| rgb.map(|value| f32::from(value) * brightness);
    let sum: f32 = pixels.iter().map(|rgb| luminance(bright(rgb))).sum();
    let mean = sum / pixels.len().max(1) as f32;
    for rgb in pixels {
        let contrasted = bright(rgb).map(|value| mean + (value - mean) * contrast);
        let grey = luminance(contrasted);
        let varied = contrasted.map(|value| grey + (value - grey) * saturation);
        *rgb = varied.map(|value| value.round().clamp(0.0, 255.0) as u8);
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    const SIZE: usize = 4;

    fn item() -> Item {
        Item {
            name: "a".into(),
            label: 2,
            pixels: (0..SIZE * SIZE * 3).map(|i| (5 * i) as u8).collect(),
        }
    }

    fn variants(config: &AugmentationConfig, seed: u64) -> Vec<Vec<u8>> {
        let item = item();
        let items = vec![&item; 40];
        let made = augmented(config, &items, SIZE, || ChaCha8Rng::seed_from_u64(seed));
        let made = made.unwrap_or_default();
        assert!(made.iter().all(|it| it.label == 2));
        made.into_iter().map(|it| it.pixels.to_vec()).collect()
    }

    #[test]
    fn nothing_is_varied_unless_asked_for() {
        let item = item();
        let none = AugmentationConfig::default();
        let made = augmented(&none, &[&item], SIZE, || ChaCha8Rng::seed_from_u64(0));
        assert_eq!(made, None);
    }

    #[test]
    fn flips_are_mirrors_of_about_half() {
        let config = AugmentationConfig {
            flip: true,
            ..AugmentationConfig::default()
        };
        let original = item().pixels.to_vec();
        let mirrored: Vec<u8> = original
            .chunks_exact(3 * SIZE)
            .flat_map(|row| row.chunks_exact(3).rev().flatten().copied())
            .collect();
        let made = variants(&config, 1);
        let flipped = made.iter().filter(|it| **it == mirrored).count();
        let kept = made.iter().filter(|it| **it == original).count();
        assert_eq!(flipped + kept, made.len());
        assert!((10..=30).contains(&flipped), "{flipped} of 40");
    }

    #[test]
    fn shifts_repeat_the_edge() {
        let config = AugmentationConfig {
            shift: 1,
            ..AugmentationConfig::default()
        };
        let original = item().pixels.to_vec();
        let right: Vec<u8> = original
            .chunks_exact(3 * SIZE)
            .flat_map(|row| [&row[..3], &row[..9]].concat())
            .collect();
        let made = variants(&config, 2);
        assert!(made.contains(&right), "one of 40 is shifted right only");
        let mut kinds = made.clone();
        kinds.sort();
        kinds.dedup();
        assert!(kinds.len() > 5, "{} of 9 shifts", kinds.len());
    }

    #[test]
    fn jitter_by_hand() {
        let mut grey = vec![100, 100, 100, 200, 200, 200];
        jitter(&mut grey, 1.0, 0.5, 3.0);
        // The mean is 150; grey stays grey whatever the saturation.
        assert_eq!(grey, [125, 125, 125, 175, 175, 175]);
        let mut red = vec![100, 0, 0];
        jitter(&mut red, 2.0, 1.0, 0.0);
        // Luminance of (200, 0, 0) is 59.8.
        assert_eq!(red, [60, 60, 60]);
    }

    #[test]
    fn the_same_seed_gives_the_same_variants() {
        let config = AugmentationConfig {
            flip: true,
            shift: 2,
            color_jitter: 0.4,
        };
        assert_eq!(variants(&config, 3), variants(&config, 3));
        assert_ne!(variants(&config, 3), variants(&config, 4));
    }
}
