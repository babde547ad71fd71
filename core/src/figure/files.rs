//! Writing figures and overlays to files.

use std::path::Path;

use super::{
    elements,
    overlay::{OverlayOptions, png, side_by_side},
    study::most_probable,
};
use crate::{
    error::{Error, Result},
    protocol::ImageInspection,
};

/// Writes `overlay.<arm>.<k>.png` into `dir` for each image: the image beside its overlay.
///
/// `rgba` holds the bytes of each image, square, in the order of `inspections`. Returns a caption
/// for each file: `overlay.rsc.0.png: disc 3 (disc), predicted disc 97 % → square 58 %`.
///
/// # Errors
/// [`Error::File`] if a file cannot be written, [`Error::Data`] for an image without pixels.
pub fn write_overlays(
    dir: &Path,
    arm: &str,
    rgba: &[Vec<u8>],
    inspections: &[ImageInspection],
    grid: [usize; 2],
    classes: &[String],
) -> Result<Vec<String>> {
    let mut captions = Vec::with_capacity(inspections.len());
    for (k, (rgba, inspection)) in rgba.iter().zip(inspections).enumerate() {
        let size = (rgba.len() / 4).isqrt();
        // About 256 px a side, whatever the image's own size.
        let options = OverlayOptions {
            scale: (256 / size.max(1)).max(1) as u32,
            ..OverlayOptions::default()
        };
        let file = format!("overlay.{arm}.{k}.png");
        let picture = side_by_side(rgba, size, inspection, grid, &options);
        write(&dir.join(&file), &png(&picture)?)?;
        captions.push(format!("{file}: {}", caption(inspection, classes)));
    }
    Ok(captions)
}

/// Writes a figure.
///
/// # Errors
/// [`Error::File`] if it cannot be written.
pub fn write_svg(path: &Path, figure: &svg::Document) -> Result<()> {
    write(path, format!("{figure}\n").as_bytes())
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    std::fs::write(path, bytes).map_err(|error| Error::File {
        path: path.display().to_string(),
        problem: format!("cannot be written: {error}"),
    })
}

fn caption(inspection: &ImageInspection, classes: &[String]) -> String {
    let class = |index: usize| classes.get(index).map_or("?", String::as_str);
    let predicted = |probabilities: &[f32]| {
        most_probable(probabilities).map_or(String::from("–"), |(index, probability)| {
            format!("{} {}", class(index), elements::percent(probability))
        })
    };
    format!(
        "{} ({}), predicted {} → {}",
        inspection.name,
        class(inspection.label),
        predicted(&inspection.before),
        predicted(&inspection.after),
    )
}
