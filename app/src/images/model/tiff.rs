//! Pictures in TIFF files, which most browsers do not show: the first picture of a file, in 8 or 16 bits, plain or
//! compressed without loss.

use std::io::Cursor;

use rsc_core::limits::MOST_PIXELS;
use tiff::ColorType;
use tiff::decoder::{Decoder, DecodingResult, Limits};
use tiff::tags::Tag;

use crate::images::model::limits::MOST_IMAGE_BYTES;

/// Most bytes that a picture may unpack to: four channels of 16 bits.
const MOST_UNPACKED: usize = 8 * MOST_PIXELS as usize;

/// RGBA pixels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Picture {
    /// Width in pixels.
    pub(crate) width: u32,
    /// Height in pixels.
    pub(crate) height: u32,
    /// Row by row, four bytes each.
    pub(crate) pixels: Vec<u8>,
}

/// Whether a file begins as a TIFF does.
pub(crate) fn is_tiff(head: &[u8]) -> bool {
    head.starts_with(b"II*\0") || head.starts_with(b"MM\0*")
}

/// The upright picture of a file; `None` where it is damaged or of a rarer kind.
pub(crate) fn decode(file: &[u8]) -> Option<Picture> {
    if file.len() as u64 > MOST_IMAGE_BYTES {
        return None;
    }
    let mut limits = Limits::default();
    limits.decoding_buffer_size = MOST_UNPACKED;
    let mut decoder = Decoder::new(Cursor::new(file)).ok()?.with_limits(limits);
    let (width, height) = decoder.dimensions().ok()?;
    if u64::from(width) * u64::from(height) > MOST_PIXELS {
        return None;
    }
    let colours = decoder.colortype().ok()?;
    let planes: Option<u16> = decoder.find_tag_unsigned(Tag::PlanarConfiguration).ok()?;
    let orientation: Option<u16> = decoder.find_tag_unsigned(Tag::Orientation).ok()?;
    let (channels, deep) = match colours {
        ColorType::Gray(bits @ (8 | 16)) => (1, bits),
        ColorType::GrayA(bits @ (8 | 16)) => (2, bits),
        ColorType::RGB(bits @ (8 | 16)) => (3, bits),
        ColorType::RGBA(bits @ (8 | 16)) | ColorType::CMYK(bits @ (8 | 16)) => (4, bits),
        ColorType::Gray(1) => (1, 1),
        _ => return None,
    };
    if channels > 1 && planes.is_some_and(|planes| planes != 1) {
        return None;
    }
    let values = match decoder.read_image().ok()? {
        DecodingResult::U8(bytes) if deep == 1 => bits(&bytes, width as usize),
        DecodingResult::U8(bytes) => bytes,
        DecodingResult::U16(words) => words.into_iter().map(|word| (word >> 8) as u8).collect(),
        _ => return None,
    };
    let count = (width as usize).checked_mul(height as usize)?;
    if count == 0 || values.len() < count.checked_mul(channels)? {
        return None;
    }
    let pixels = values
        .chunks_exact(channels)
        .take(count)
        .map(|at| rgba(colours, at));
    Some(upright(
        width,
        height,
        &pixels.collect::<Vec<_>>(),
        orientation.unwrap_or(1),
    ))
}

/// A pixel of these colours.
fn rgba(colours: ColorType, at: &[u8]) -> [u8; 4] {
    let ink = |colour: u8, black: u8| {
        let left = u32::from(u8::MAX - colour) * u32::from(u8::MAX - black);
        (left / u32::from(u8::MAX)) as u8
    };
    match (colours, at) {
        (ColorType::CMYK(_), &[c, m, y, k]) => [ink(c, k), ink(m, k), ink(y, k), u8::MAX],
        (_, &[gray]) => [gray, gray, gray, u8::MAX],
        (_, &[gray, alpha]) => [gray, gray, gray, alpha],
        (_, &[r, g, b]) => [r, g, b, u8::MAX],
        (_, &[r, g, b, alpha]) => [r, g, b, alpha],
        _ => [0; 4],
    }
}

/// Rows of bits, each beginning with a byte of its own, as bytes.
fn bits(bytes: &[u8], width: usize) -> Vec<u8> {
    let row = width.div_ceil(8).max(1);
    let values = |row: &[u8]| {
        let bit = |x: usize| {
            row.get(x / 8)
                .is_some_and(|byte| (byte >> (7 - x % 8)) & 1 == 1)
        };
        let values = (0..width).map(|x| if bit(x) { u8::MAX } else { 0 });
        values.collect::<Vec<u8>>()
    };
    bytes.chunks(row).flat_map(values).collect()
}

/// A picture as its orientation (1 to 8, as in EXIF) wants it shown.
fn upright(width: u32, height: u32, pixels: &[[u8; 4]], orientation: u16) -> Picture {
    let (w, h) = (width as usize, height as usize);
    let turned = (5..=8).contains(&orientation);
    let (new_w, new_h) = if turned { (h, w) } else { (w, h) };
    let mut shown = Vec::with_capacity(4 * pixels.len());
    for y in 0..new_h {
        for x in 0..new_w {
            let (from_x, from_y) = match orientation {
                2 => (w - 1 - x, y),
                3 => (w - 1 - x, h - 1 - y),
                4 => (x, h - 1 - y),
                5 => (y, x),
                6 => (y, h - 1 - x),
                7 => (w - 1 - y, h - 1 - x),
                8 => (w - 1 - y, x),
                _ => (x, y),
            };
            shown.extend(pixels[from_y * w + from_x]);
        }
    }
    Picture {
        width: new_w as u32,
        height: new_h as u32,
        pixels: shown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file of gray values without compression, by hand.
    fn file(size: [u16; 2], more: &[[u16; 2]], values: &[u8]) -> Vec<u8> {
        let mut tags = vec![
            [256, size[0]],
            [257, size[1]],
            [258, 8],
            [259, 1],
            [262, 1],
            [277, 1],
            [278, size[1]],
            [279, values.len() as u16],
        ];
        tags.extend(more);
        let start = (8 + 2 + 12 * (tags.len() + 1) + 4) as u16;
        tags.push([273, start]);
        tags.sort_unstable();
        let mut file = b"II*\0\x08\0\0\0".to_vec();
        file.extend((tags.len() as u16).to_le_bytes());
        for [tag, value] in tags {
            for part in [tag, 3, 1, 0, value, 0] {
                file.extend(part.to_le_bytes());
            }
        }
        file.extend([0; 4]);
        file.extend(values);
        file
    }

    #[test]
    fn a_picture_of_the_corpus_is_read() {
        let bytes = include_bytes!("../../../../tests/corpus/images/taken/print.tiff");
        assert!(is_tiff(bytes) && !is_tiff(b"II"));
        let picture = decode(bytes).expect("a picture");
        assert_eq!((picture.width, picture.height), (24, 16));
        let pixel = |x: usize| &picture.pixels[4 * (8 * 24 + x)..][..4];
        assert!(pixel(4)[0] > 180 && pixel(4)[2] < 80, "{:?}", pixel(4));
        assert!(pixel(20)[2] > 180 && pixel(20)[0] < 80, "{:?}", pixel(20));
        for end in [4, 60, 120, bytes.len() - 9] {
            assert_eq!(decode(&bytes[..end]), None, "{end}");
        }
    }

    #[test]
    fn colours_and_orientations() {
        let gray = decode(&file([2, 1], &[], &[10, 200]));
        let gray = gray.expect("a picture").pixels;
        assert_eq!(gray, [10, 10, 10, 255, 200, 200, 200, 255]);
        // A quarter of cyan, and black alone.
        let ink = |at: [u8; 4]| rgba(ColorType::CMYK(8), &at);
        assert_eq!(ink([64, 0, 0, 0]), [191, 255, 255, 255]);
        assert_eq!(ink([0, 0, 0, 255]), [0, 0, 0, 255]);
        let turned = decode(&file([2, 1], &[[274, 6]], &[10, 200]));
        let turned = turned.expect("a picture");
        assert_eq!((turned.width, turned.height), (1, 2));
        assert_eq!(turned.pixels[0], 10);
        let mirrored = decode(&file([2, 1], &[[274, 2]], &[10, 200]));
        assert_eq!(mirrored.expect("a picture").pixels[0], 200);
        assert_eq!(
            bits(&[0b1010_0000, 0b0100_0000], 3),
            [255, 0, 255, 0, 255, 0]
        );
    }

    #[test]
    fn every_orientation_keeps_every_pixel() {
        let pixels: Vec<[u8; 4]> = (0..6).map(|value| [value; 4]).collect();
        for orientation in 0..=9 {
            let shown = upright(3, 2, &pixels, orientation);
            let mut values: Vec<u8> = shown.pixels.iter().step_by(4).copied().collect();
            values.sort_unstable();
            assert_eq!(values, [0, 1, 2, 3, 4, 5], "{orientation}");
        }
    }
}
