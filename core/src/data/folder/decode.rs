//! Reading one image file.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek};
use std::path::Path;

use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};

use crate::image_file::look;
use crate::limits::LONGEST_SIDE;

/// Images with a longer shorter side are shrunk when they are read: four times the largest input of a
/// network is enough, and a folder of photographs would not fit into memory.
const LONGEST_SHORTER_SIDE: u32 = 512;
/// Bytes that one decoder may use.
const MAX_DECODER_BYTES: u64 = 1 << 30;

/// Whether a file is an image by its first bytes or by its name, so that damaged images are reported as
/// damaged.
pub fn looks_like_an_image(path: &Path) -> bool {
    let mut start = Vec::new();
    let read = File::open(path).and_then(|file| file.take(32).read_to_end(&mut start));
    let by_content = read.is_ok() && image::guess_format(&start).is_ok();
    let drawing = path
        .extension()
        .is_some_and(|end| end.eq_ignore_ascii_case("svg"));
    by_content || drawing || image::ImageFormat::from_path(path).is_ok()
}

/// The image as [`decode_upright`] gives it, and whether it is animated.
pub(super) fn decode(path: &Path) -> Result<(DynamicImage, bool), String> {
    let file = File::open(path).map_err(|error| format!("cannot be opened: {error}"))?;
    let mut file = BufReader::new(file);
    let seen = look(&mut file).map_err(|problem| problem.to_string())?;
    let again = |error: std::io::Error| format!("cannot be read: {error}");
    file.rewind().map_err(again)?;
    Ok((decode_upright(file)?, seen.animated))
}

/// The image in its EXIF orientation, at most [`LONGEST_SHORTER_SIDE`] on its shorter side.
pub(super) fn decode_upright(file: impl BufRead + Seek) -> Result<DynamicImage, String> {
    let damaged = |error: image::ImageError| format!("damaged or not supported: {error}");
    let mut limits = Limits::default();
    limits.max_image_width = Some(LONGEST_SIDE);
    limits.max_image_height = Some(LONGEST_SIDE);
    limits.max_alloc = Some(MAX_DECODER_BYTES);
    let mut reader = ImageReader::new(file)
        .with_guessed_format()
        .map_err(|error| format!("cannot be read: {error}"))?;
    if reader.format() == Some(ImageFormat::Avif) {
        return Err("an AVIF picture, which only browsers read: save it as PNG or JPEG".into());
    }
    reader.limits(limits.clone());
    let mut decoder = reader.into_decoder().map_err(damaged)?;
    let (width, height) = decoder.dimensions();
    if width == 0 || height == 0 {
        return Err(format!("empty ({width}×{height} px)"));
    }
    limits.reserve(decoder.total_bytes()).map_err(damaged)?;
    // Damaged metadata is no reason to refuse a sound picture.
    let orientation = decoder.orientation().ok();
    let mut image = DynamicImage::from_decoder(decoder).map_err(damaged)?;
    let shorter = width.min(height);
    if shorter > LONGEST_SHORTER_SIDE {
        let scaled = |side: u32| {
            let scaled = u64::from(side) * u64::from(LONGEST_SHORTER_SIDE) / u64::from(shorter);
            scaled as u32
        };
        image = image.thumbnail_exact(scaled(width), scaled(height));
    }
    if let Some(orientation) = orientation {
        image.apply_orientation(orientation);
    }
    Ok(image)
}
