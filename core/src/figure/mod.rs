//! Figures: what a run saw and learned, as pictures for a reader.
//!
//! [`overlay`] draws one image's heat map and mask as pixels; [`method`] and [`example`] draw, as
//! SVG, the method's overview and a real example, both from the [`study`] of a run.

use std::path::Path;

use crate::{
    error::{Error, Result},
    protocol::ImageInspection,
};

pub mod colour;
mod draw;
pub mod example;
pub mod method;
pub mod overlay;
pub mod study;

pub use overlay::{OverlayOptions, overlay, pair, png};
pub use study::Study;

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
        let picture = pair(rgba, size, inspection, grid, &options);
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
        best(probabilities).map_or(String::from("–"), |(index, probability)| {
            format!("{} {}", class(index), draw::percent(probability))
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

/// The most probable class and its probability.
fn best(probabilities: &[f32]) -> Option<(usize, f32)> {
    let all = probabilities.iter().copied().enumerate();
    all.max_by(|a, b| a.1.total_cmp(&b.1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        config::Axis,
        protocol::{ImageRef, Split},
    };

    /// An inspected image of class 1 whose importance is its heat.
    pub(super) fn inspection(heat: &[f32], muted: &[bool]) -> ImageInspection {
        ImageInspection {
            image: ImageRef {
                domain: 1,
                split: Split::Test,
                index: 0,
            },
            name: String::from("square 0"),
            label: 1,
            buffer: 0,
            axis: Axis::Spatial,
            importance: heat.to_vec(),
            muted: muted.to_vec(),
            heat: heat.to_vec(),
            degenerate: false,
            before: vec![0.7, 0.3],
            after: vec![0.1, 0.9],
            drop: -0.6,
        }
    }

    #[test]
    fn overlays_are_written_with_captions() -> anyhow::Result<()> {
        let dir = tempfile::tempdir()?;
        let seen = inspection(&[0.0, 1.0, 2.0, 3.0], &[false, false, true, true]);
        let images = vec![vec![90; 4 * 4 * 4]; 2];
        let classes = [String::from("disc"), String::from("square")];
        let captions = write_overlays(
            dir.path(),
            "rsc",
            &images,
            &[seen.clone(), seen],
            [2, 2],
            &classes,
        )?;
        let expected = "overlay.rsc.1.png: square 0 (square), predicted disc 70 % → square 90 %";
        assert_eq!(captions[1], expected);
        let picture = image::open(dir.path().join("overlay.rsc.1.png"))?;
        assert_eq!(picture.height(), 256);
        let missing = write_overlays(&dir.path().join("no"), "rsc", &images, &[], [2, 2], &[]);
        assert!(missing.is_ok_and(|captions| captions.is_empty()));
        assert!(write(&dir.path().join("no/file"), &[]).is_err());
        Ok(())
    }
}
