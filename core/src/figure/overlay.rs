//! A challenge of one image as pixels: the image, the heat map over it, and what was muted.

use image::{
    DynamicImage, Rgba, RgbaImage,
    codecs::png::{CompressionType, FilterType, PngEncoder},
};

use super::colour::{MUTED, heat, mix, normalise, opaque};
use crate::{
    config::Axis,
    error::{Error, Result},
    protocol::ImageInspection,
};

/// How an overlay is drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OverlayOptions {
    /// Pixels drawn for each pixel of the image, at least 1.
    pub scale: u32,
    /// How much of the heat map covers the image, from 0 (none) to 1.
    pub opacity: f32,
    /// Whether to mark muted cells.
    pub mark_muted: bool,
}

impl Default for OverlayOptions {
    fn default() -> Self {
        Self {
            scale: 8,
            opacity: 0.6,
            mark_muted: true,
        }
    }
}

/// Pixels between two lines of the hatching.
const HATCH: u32 = 7;
/// Smallest side of a channel's cell in pixels.
const CELL: u32 = 8;
/// Pixels between two images, and between an image and its channels.
const GAP: u32 = 6;

/// The image with its heat map over it, `scale` times as large.
///
/// Along positions, muted cells are darkened and hatched; along channels, a strip below holds one
/// cell per channel, coloured by importance, the muted ones in the muted hue. A value that is not
/// finite leaves the image bare; a map without contrast is drawn at the low end of the scale.
///
/// `rgba` are the bytes of a `size × size` image (what is missing is drawn transparent), `grid` the
/// feature map's `[height, width]`.
pub fn overlay(
    rgba: &[u8],
    size: usize,
    inspection: &ImageInspection,
    grid: [usize; 2],
    options: &OverlayOptions,
) -> RgbaImage {
    let mut picture = enlarged(rgba, size, options.scale);
    let (width, height) = picture.dimensions();
    let scaled = normalise(&inspection.heat);
    let marks = options.mark_muted && inspection.axis != Axis::Channel;
    let opacity = if options.opacity.is_nan() {
        0.0
    } else {
        options.opacity.clamp(0.0, 1.0)
    };
    for (x, y, pixel) in picture.enumerate_pixels_mut() {
        // Place in the grid, in cells.
        let row = (y as f32 + 0.5) / height as f32 * grid[0] as f32;
        let column = (x as f32 + 0.5) / width as f32 * grid[1] as f32;
        if let Some(value) = bilinear(&scaled, grid, row - 0.5, column - 0.5) {
            blend(pixel, heat(value), opacity);
        }
        let cell = row as usize * grid[1] + column as usize;
        if marks && inspection.muted.get(cell) == Some(&true) {
            hatch(pixel, x, y);
        }
    }
    if options.mark_muted && inspection.axis == Axis::Channel {
        picture = stacked(&picture, &channels(inspection, width));
    }
    picture
}

/// The image beside its [`overlay`].
pub fn side_by_side(
    rgba: &[u8],
    size: usize,
    inspection: &ImageInspection,
    grid: [usize; 2],
    options: &OverlayOptions,
) -> RgbaImage {
    let left = enlarged(rgba, size, options.scale);
    let right = overlay(rgba, size, inspection, grid, options);
    let mut both = RgbaImage::new(left.width() + GAP + right.width(), right.height());
    paste(&mut both, &left, 0, 0);
    paste(&mut both, &right, left.width() + GAP, 0);
    both
}

/// An image `scale` times as large, pixel by pixel.
pub fn enlarged(rgba: &[u8], size: usize, scale: u32) -> RgbaImage {
    let scale = scale.max(1);
    let side = size as u32 * scale;
    let pixels = rgba.as_chunks::<4>().0;
    RgbaImage::from_fn(side, side, |x, y| {
        let at = (y / scale) as usize * size + (x / scale) as usize;
        Rgba(pixels.get(at).copied().unwrap_or_default())
    })
}

/// A map of `grid` cells, each a square of `cell` pixels in `colour` of its scaled value, hatched
/// where `muted` says so.
pub fn cell_map(
    values: &[f32],
    muted: &[bool],
    grid: [usize; 2],
    cell: u32,
    colour: fn(f32) -> [u8; 3],
) -> RgbaImage {
    let cell = cell.max(1);
    let scaled = normalise(values);
    let (width, height) = (grid[1] as u32 * cell, grid[0] as u32 * cell);
    RgbaImage::from_fn(width, height, |x, y| {
        let at = (y / cell) as usize * grid[1] + (x / cell) as usize;
        let value = scaled.get(at).copied().flatten();
        let mut pixel = value.map_or(Rgba([0; 4]), |value| opaque(colour(value)));
        if muted.get(at) == Some(&true) {
            hatch(&mut pixel, x, y);
        }
        pixel
    })
}

/// An image as the bytes of a PNG file.
///
/// # Errors
/// [`Error::Data`] for an image without pixels.
pub fn png(image: &RgbaImage) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let encoder = PngEncoder::new_with_quality(&mut bytes, CompressionType::Best, FilterType::Up);
    let whole = DynamicImage::from(image.clone());
    let opaque = image.pixels().all(|pixel| pixel.0[3] == u8::MAX);
    let smallest = if opaque {
        whole.to_rgb8().into()
    } else {
        whole
    };
    smallest.write_with_encoder(encoder).map_err(|error| {
        let (width, height) = image.dimensions();
        Error::Data(format!(
            "an image of {width} × {height} pixels cannot be written as PNG: {error}"
        ))
    })?;
    Ok(bytes)
}

/// One cell per channel, in rows as wide as the picture above it.
fn channels(inspection: &ImageInspection, width: u32) -> RgbaImage {
    let n = inspection.importance.len();
    let columns = ((width / CELL) as usize).clamp(1, n.max(1));
    let cell = (width / columns as u32).max(1);
    let rows = n.div_ceil(columns);
    let scaled = normalise(&inspection.importance);
    RgbaImage::from_fn(width, rows as u32 * cell, |x, y| {
        let column = (x / cell) as usize;
        let at = (y / cell) as usize * columns + column;
        let between = x % cell == cell - 1 || y % cell == cell - 1;
        if column >= columns || at >= n || between {
            return Rgba([0; 4]);
        }
        let muted = inspection.muted.get(at) == Some(&true);
        match scaled[at] {
            _ if muted => opaque(MUTED),
            Some(value) => opaque(heat(value)),
            None => Rgba([0; 4]),
        }
    })
}

fn stacked(above: &RgbaImage, below: &RgbaImage) -> RgbaImage {
    let height = above.height() + GAP + below.height();
    let mut both = RgbaImage::new(above.width().max(below.width()), height);
    paste(&mut both, above, 0, 0);
    paste(&mut both, below, 0, above.height() + GAP);
    both
}

fn paste(onto: &mut RgbaImage, image: &RgbaImage, x: u32, y: u32) {
    image::imageops::replace(onto, image, i64::from(x), i64::from(y));
}

fn blend(pixel: &mut Rgba<u8>, colour: [u8; 3], opacity: f32) {
    let [r, g, b, a] = pixel.0;
    let [r, g, b] = mix([r, g, b], colour, opacity);
    *pixel = Rgba([r, g, b, a]);
}

/// Darkens a pixel of a muted cell and lays the hatching over it.
fn hatch(pixel: &mut Rgba<u8>, x: u32, y: u32) {
    let line = (x + y) % HATCH < 2;
    let (colour, strength) = if line {
        (MUTED, 0.95)
    } else {
        (mix(MUTED, [0; 3], 0.7), 0.7)
    };
    blend(pixel, colour, strength);
    pixel.0[3] = u8::MAX;
}

/// The map at a place between cell centres, from those of its four neighbours that have a value.
fn bilinear(values: &[Option<f32>], grid: [usize; 2], row: f32, column: f32) -> Option<f32> {
    let near = |at: f32, count: usize| {
        let at = at.clamp(0.0, count.saturating_sub(1) as f32);
        let low = at.floor() as usize;
        let share = at - low as f32;
        [(low, 1.0 - share), (low + 1, share)]
    };
    let mut sum = 0.0;
    let mut weight = 0.0;
    for (i, down) in near(row, grid[0]) {
        for (j, across) in near(column, grid[1]) {
            let share = down * across;
            if i >= grid[0] || j >= grid[1] || share <= 0.0 {
                continue;
            }
            if let Some(Some(value)) = values.get(i * grid[1] + j) {
                sum += value * share;
                weight += share;
            }
        }
    }
    (weight > 0.0).then(|| sum / weight)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::tests::inspection;

    const SIZE: usize = 4;
    const GRID: [usize; 2] = [2, 2];

    fn grey() -> Vec<u8> {
        let pixel = |i: usize| [40 + 10 * i as u8, 90, 120, 255];
        (0..SIZE * SIZE).flat_map(pixel).collect()
    }

    fn options(opacity: f32) -> OverlayOptions {
        OverlayOptions {
            scale: 8,
            opacity,
            ..OverlayOptions::default()
        }
    }

    #[test]
    fn only_muted_cells_are_marked() {
        let seen = inspection(&[0.0, 1.0, 2.0, 3.0], &[false, false, false, true]);
        let plain = enlarged(&grey(), SIZE, 8);
        let drawn = overlay(&grey(), SIZE, &seen, GRID, &options(0.0));
        assert_eq!(drawn.dimensions(), (32, 32));
        for (x, y, pixel) in drawn.enumerate_pixels() {
            let muted = x >= 16 && y >= 16;
            assert_eq!(pixel != plain.get_pixel(x, y), muted, "at {x}, {y}");
        }
    }

    #[test]
    fn full_opacity_shows_the_map_alone() {
        let seen = inspection(&[0.0, 1.0, 0.0, 1.0], &[false; 4]);
        let drawn = overlay(&grey(), SIZE, &seen, GRID, &options(1.0));
        assert_eq!(*drawn.get_pixel(0, 5), opaque(heat(0.0)));
        assert_eq!(*drawn.get_pixel(31, 20), opaque(heat(1.0)));
        // Between the cells' centres lies the mean.
        let middle = drawn.get_pixel(16, 3).0;
        let expected = heat(0.5 + 0.5 / 16.0);
        assert!((0..3).all(|i| middle[i].abs_diff(expected[i]) <= 2));
    }

    #[test]
    fn values_that_are_no_numbers_leave_the_image_bare() {
        let plain = enlarged(&grey(), SIZE, 8);
        let nothing = inspection(&[f32::NAN; 4], &[false; 4]);
        let drawn = overlay(&grey(), SIZE, &nothing, GRID, &options(1.0));
        assert_eq!(drawn, plain);
        let one = inspection(&[0.0, 1.0, 2.0, f32::NAN], &[false; 4]);
        let drawn = overlay(&grey(), SIZE, &one, GRID, &options(1.0));
        assert_eq!(drawn.get_pixel(31, 31), plain.get_pixel(31, 31));
        assert_eq!(*drawn.get_pixel(0, 0), opaque(heat(0.0)));
        let no_map = inspection(&[], &[]);
        assert_eq!(
            overlay(&grey(), SIZE, &no_map, [0, 0], &options(1.0)),
            plain
        );
    }

    #[test]
    fn flat_maps_are_the_low_end() {
        let flat = inspection(&[0.3; 4], &[false; 4]);
        let drawn = overlay(&grey(), SIZE, &flat, GRID, &options(1.0));
        assert!(drawn.pixels().all(|pixel| *pixel == opaque(heat(0.0))));
    }

    #[test]
    fn channels_stand_below_the_image() {
        let mut seen = inspection(&[0.0, 1.0, 2.0, 3.0], &[]);
        seen.axis = Axis::Channel;
        seen.importance = vec![0.5, f32::NAN, 0.1, 0.9, 0.2, 0.3];
        seen.muted = vec![false, false, false, true, false, false];
        let drawn = overlay(&grey(), SIZE, &seen, GRID, &options(0.0));
        // Four cells of 8 px to a row, so two rows.
        assert_eq!(drawn.dimensions(), (32, 32 + GAP + 16));
        let cell = |i: u32| *drawn.get_pixel(i % 4 * 8 + 2, 32 + GAP + i / 4 * 8 + 2);
        assert_eq!(cell(3), opaque(MUTED));
        assert_eq!(cell(2), opaque(heat(0.0)));
        assert_eq!(cell(1), Rgba([0; 4]));
        assert_eq!(cell(6), Rgba([0; 4]));
    }

    #[test]
    fn the_image_stands_beside_its_overlay() -> Result<()> {
        let seen = inspection(&[0.0, 1.0, 2.0, 3.0], &[true; 4]);
        let both = side_by_side(&grey(), SIZE, &seen, GRID, &options(0.5));
        assert_eq!(both.dimensions(), (64 + GAP, 32));
        let plain = enlarged(&grey(), SIZE, 8);
        assert_eq!(both.get_pixel(9, 9), plain.get_pixel(9, 9));
        assert_ne!(both.get_pixel(32 + GAP + 9, 9), plain.get_pixel(9, 9));
        assert!(png(&both)?.starts_with(b"\x89PNG"));
        Ok(())
    }

    #[test]
    fn missing_bytes_are_transparent() {
        assert_eq!(*enlarged(&[1, 2, 3], 1, 2).get_pixel(1, 1), Rgba([0; 4]));
        assert_eq!(enlarged(&[], 0, 8).dimensions(), (0, 0));
    }
}
