//! Images, drawn by formulas.

use std::io::Cursor;
use std::path::{Path, PathBuf};

use anyhow::Result;
use image::{ImageFormat, Rgb, RgbImage};

/// A PNG of 48 × 36 pixels; each number gives other colours.
pub(crate) fn gradient(number: u8) -> Result<Vec<u8>> {
    let image = RgbImage::from_fn(48, 36, |x, y| {
        Rgb([20 * number, (5 * x) as u8, (6 * y) as u8])
    });
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, ImageFormat::Png)?;
    Ok(bytes.into_inner())
}

/// Writes images of a class, each of one colour with these shares of red and blue.
pub(crate) fn write_plain(
    folder: &Path,
    class: &str,
    (red, blue): (u8, u8),
    count: u8,
) -> Result<Vec<PathBuf>> {
    (0..count)
        .map(|number| {
            let file = folder.join(format!("{class}-{number}.png"));
            RgbImage::from_pixel(40, 32, Rgb([red, 30 * number, blue])).save(&file)?;
            Ok(file)
        })
        .collect()
}

/// Writes plain images of cats, which are red, and of dogs.
pub(crate) fn write_cats_and_dogs(folder: &Path, cats: u8, dogs: u8) -> Result<[Vec<PathBuf>; 2]> {
    Ok([
        write_plain(folder, "cat", (200, 90), cats)?,
        write_plain(folder, "dog", (20, 90), dogs)?,
    ])
}

/// Writes images of stripes that run down or across: in three formats by turns, of different
/// colours and sizes, none of them square.
pub(crate) fn write_stripes(folder: &Path, down: bool, count: u32) -> Result<Vec<PathBuf>> {
    let formats = [
        ("png", ImageFormat::Png),
        ("jpg", ImageFormat::Jpeg),
        ("webp", ImageFormat::WebP),
    ];
    let direction = if down { "down" } else { "across" };
    let mut files = Vec::new();
    for (number, (extension, format)) in (0..count).zip(formats.into_iter().cycle()) {
        let file = folder.join(format!("{direction}-{number}.{extension}"));
        stripes(down, number).save_with_format(&file, format)?;
        files.push(file);
    }
    Ok(files)
}

fn stripes(down: bool, number: u32) -> RgbImage {
    RgbImage::from_fn(60 + 7 * number, 48 + 3 * number, |x, y| {
        let along = if down { x } else { y };
        if (along / (3 + number % 3)).is_multiple_of(2) {
            Rgb([200, (40 * number % 256) as u8, 60])
        } else {
            Rgb([30, 40, (120 + 20 * number % 100) as u8])
        }
    })
}
