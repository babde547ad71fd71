//! Any decoded image to a square RGB one of the network's size.

use image::imageops::{self, FilterType};
use image::{Rgb, RgbImage};

use super::source_image::SourceImage;
use crate::config::Fit;
use crate::error::{Error, Result};

/// RGB bytes of `size` squared. Transparent parts become white.
///
/// # Errors
/// [`Error::Data`] for an image that is empty or whose bytes are not as many as its pixels need.
pub fn square(image: &SourceImage, size: usize, fit: Fit) -> Result<Vec<u8>> {
    let opaque = on_white(image)?;
    let size = size as u32;
    let fitted = match fit {
        Fit::CenterCrop => center_crop(&opaque, size),
        Fit::Contain => contain(&opaque, size),
    };
    Ok(fitted.into_raw())
}

/// The image composited on white.
fn on_white(image: &SourceImage) -> Result<RgbImage> {
    let SourceImage {
        name,
        width,
        height,
        rgba,
        ..
    } = image;
    if *width == 0 || *height == 0 {
        return Err(Error::Data(format!(
            "the image `{name}` is empty ({width}×{height} px): leave it out"
        )));
    }
    let (pixels, rest) = rgba.as_chunks::<4>();
    let expected = u64::from(*width) * u64::from(*height);
    if pixels.len() as u64 != expected || !rest.is_empty() {
        return Err(Error::Data(format!(
            "the image `{name}` of {width}×{height} px has {} bytes: expected {} (RGBA)",
            rgba.len(),
            expected.saturating_mul(4)
        )));
    }
    let mut opaque = RgbImage::new(*width, *height);
    for (target, &[red, green, blue, alpha]) in opaque.pixels_mut().zip(pixels) {
        *target = Rgb([red, green, blue].map(|channel| composite(channel, alpha)));
    }
    Ok(opaque)
}

fn composite(channel: u8, alpha: u8) -> u8 {
    let (channel, alpha) = (u32::from(channel), u32::from(alpha));
    // Rounded to nearest, and at most 255.
    ((channel * alpha + 255 * (255 - alpha) + 127) / 255) as u8
}

fn center_crop(image: &RgbImage, size: u32) -> RgbImage {
    let (width, height) = image.dimensions();
    let side = width.min(height);
    let middle = imageops::crop_imm(image, (width - side) / 2, (height - side) / 2, side, side);
    resize(&middle.to_image(), size, size)
}

fn contain(image: &RgbImage, size: u32) -> RgbImage {
    let (width, height) = image.dimensions();
    let longer = u64::from(width.max(height));
    let scaled = |side: u32| {
        let side = (u64::from(side) * u64::from(size) * 2 + longer) / (2 * longer);
        (side as u32).max(1)
    };
    let small = resize(image, scaled(width), scaled(height));
    let mut fitted = RgbImage::from_pixel(size, size, mean_color(image));
    let (left, top) = (size - small.width(), size - small.height());
    imageops::replace(&mut fitted, &small, i64::from(left / 2), i64::from(top / 2));
    fitted
}

/// With a triangle filter, which averages over all pixels that fall into one when shrinking, and
/// joins them linearly when enlarging.
fn resize(image: &RgbImage, width: u32, height: u32) -> RgbImage {
    if image.dimensions() == (width, height) {
        return image.clone();
    }
    imageops::resize(image, width, height, FilterType::Triangle)
}

fn mean_color(image: &RgbImage) -> Rgb<u8> {
    let mut sums = [0_u64; 3];
    for Rgb(pixel) in image.pixels() {
        for (sum, &channel) in sums.iter_mut().zip(pixel) {
            *sum += u64::from(channel);
        }
    }
    let count = u64::from(image.width()) * u64::from(image.height());
    Rgb(sums.map(|sum| ((sum + count / 2) / count) as u8))
}

#[cfg(test)]
mod tests {
    use super::*;

    const RED: [u8; 4] = [255, 0, 0, 255];
    const GREEN: [u8; 4] = [0, 255, 0, 255];
    const BLUE: [u8; 4] = [0, 0, 255, 255];

    fn image(width: u32, height: u32, pixel: impl Fn(u32, u32) -> [u8; 4]) -> SourceImage {
        let positions = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
        SourceImage {
            name: "test.png".into(),
            class: "a".into(),
            domain: String::new(),
            test_only: false,
            width,
            height,
            rgba: positions.flat_map(|(x, y)| pixel(x, y)).collect(),
        }
    }

    fn pixel(bytes: &[u8], size: usize, x: usize, y: usize) -> [u8; 3] {
        let start = 3 * (y * size + x);
        [bytes[start], bytes[start + 1], bytes[start + 2]]
    }

    /// 96×32: a red, a green and a blue square side by side.
    fn three_squares() -> SourceImage {
        image(96, 32, |x, _| [RED, GREEN, BLUE][x as usize / 32])
    }

    #[test]
    fn the_crop_keeps_the_middle() -> Result<()> {
        let bytes = square(&three_squares(), 16, Fit::CenterCrop)?;
        assert_eq!(bytes.len(), 16 * 16 * 3);
        assert!(bytes.chunks(3).all(|pixel| pixel == [0, 255, 0]));
        Ok(())
    }

    #[test]
    fn contain_keeps_everything_and_fills_with_the_mean() -> Result<()> {
        let size = 48;
        let bytes = square(&three_squares(), size, Fit::Contain)?;
        assert_eq!(bytes.len(), size * size * 3);
        // 48×16 in the middle, from row 16 to row 31.
        for (x, color) in [(8, RED), (24, GREEN), (40, BLUE)] {
            assert_eq!(pixel(&bytes, size, x, 16), color[..3]);
            assert_eq!(pixel(&bytes, size, x, 31), color[..3]);
            assert_eq!(pixel(&bytes, size, x, 15), [85, 85, 85]);
            assert_eq!(pixel(&bytes, size, x, 32), [85, 85, 85]);
        }
        Ok(())
    }

    #[test]
    fn tall_images_are_treated_as_wide_ones() -> Result<()> {
        let tall = image(10, 30, |_, y| [RED, GREEN, BLUE][y as usize / 10]);
        let cropped = square(&tall, 10, Fit::CenterCrop)?;
        assert!(cropped.chunks(3).all(|pixel| pixel == [0, 255, 0]));
        let contained = square(&tall, 30, Fit::Contain)?;
        assert_eq!(pixel(&contained, 30, 15, 2), [255, 0, 0]);
        assert_eq!(pixel(&contained, 30, 2, 2), [85, 85, 85]);
        Ok(())
    }

    #[test]
    fn transparent_parts_become_white() -> Result<()> {
        let alpha = |x: u32| [0, 128, 255][x as usize];
        let bytes = square(&image(3, 3, |x, _| [0, 0, 0, alpha(x)]), 3, Fit::CenterCrop)?;
        assert_eq!(bytes[..9], [255, 255, 255, 127, 127, 127, 0, 0, 0]);
        Ok(())
    }

    #[test]
    fn shrinking_averages_and_enlarging_stays_in_range() -> Result<()> {
        let checks = image(512, 512, |x, y| if (x + y) % 2 == 0 { RED } else { BLUE });
        let bytes = square(&checks, 16, Fit::CenterCrop)?;
        assert!(
            bytes.chunks(3).all(|pixel| {
                (126..=129).contains(&pixel[0]) && (126..=129).contains(&pixel[2])
            })
        );
        let tiny = square(&image(1, 1, |_, _| GREEN), 16, Fit::Contain)?;
        assert!(tiny.chunks(3).all(|pixel| pixel == [0, 255, 0]));
        let thread = square(&image(4000, 1, |_, _| GREEN), 16, Fit::Contain)?;
        assert!(thread.chunks(3).all(|pixel| pixel == [0, 255, 0]));
        Ok(())
    }

    #[test]
    fn wrong_buffers_are_named() {
        let mut wrong = three_squares();
        wrong.rgba.pop();
        let error = square(&wrong, 16, Fit::CenterCrop).map_err(|error| error.to_string());
        assert!(error.is_err_and(|error| error.contains("`test.png`") && error.contains("12287")));
        let empty = image(0, 3, |_, _| RED);
        let error = square(&empty, 16, Fit::Contain).map_err(|error| error.to_string());
        assert!(error.is_err_and(|error| error.contains("0×3")));
    }
}
