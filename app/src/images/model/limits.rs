//! How much is taken in from outside, all in one place. What one image file may be is the engine's
//! to say too, so those numbers come from there.

pub(crate) use rsc_core::limits::{LONGEST_SIDE, MOST_IMAGE_BYTES, MOST_PIXELS};

use crate::ui::model::format;

/// Most images on the board, and files in a zip file of images.
pub(crate) const MOST_IMAGES: usize = 20_000;
/// Most bytes of all images on the board, as they are kept: decoded and scaled down.
pub(crate) const MOST_KEPT: u64 = 1 << 30;
/// Most bytes of all images of a zip file, unpacked.
pub(crate) const MOST_UNPACKED: u64 = 512 << 20;
/// How much of a zip file's end is looked at: far more than the directory of so many files takes.
pub(crate) const ZIP_TAIL: u64 = 16 << 20;

/// Largest project.zip that is read.
pub(crate) const MOST_PROJECT_BYTES: f64 = 512e6;
/// Most files in it: images, and what runs need.
pub(crate) const MOST_PROJECT_FILES: usize = MOST_IMAGES + 1000;
/// Most runs in it.
pub(crate) const MOST_RUNS: usize = 300;

/// Largest `config.json` that is read; a real one has some two kilobytes.
pub(crate) const MOST_CONFIG_BYTES: f64 = 1e6;

/// `64 MB`, of a power of two.
pub(crate) fn megabytes(bytes: u64) -> String {
    text!("board.megabytes", number = bytes >> 20)
}

/// What may be brought, as the panel says it.
pub(crate) fn in_words() -> String {
    text!(
        "own.limits",
        images = format::thousands(MOST_IMAGES),
        kept = megabytes(MOST_KEPT),
        file = megabytes(MOST_IMAGE_BYTES),
        pixels = MOST_PIXELS / 1_000_000,
        zip = megabytes(MOST_UNPACKED)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_panel_says_what_holds() {
        let words = in_words();
        for number in ["20,000", "1024 MB", "64 MB", "100 million", "512 MB"] {
            assert!(words.contains(number), "{number}: {words}");
        }
    }
}
