//! The corpus of images, and what a decoder would not say of a damaged one.

use std::fs;
use std::io::Cursor;
use std::path::Path;

use super::*;

fn corpus(path: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/corpus/images");
    fs::read(folder.join(path)).unwrap_or_default()
}

fn seen(bytes: &[u8]) -> Result<ImageFile, Problem> {
    look(Cursor::new(bytes))
}

#[test]
fn what_is_to_be_taken_is_known() {
    for (path, animated) in [
        ("taken/a-png-in-truth.jpg", false),
        ("taken/bitmap.bmp", false),
        ("taken/cmyk.jpg", false),
        ("taken/modern.avif", false),
        ("taken/moving.gif", true),
        ("taken/moving.png", true),
        ("taken/moving.webp", true),
        ("taken/sixteen-bit.png", false),
    ] {
        let expected = ImageFile {
            width: 24,
            height: 16,
            animated,
            common: true,
        };
        assert_eq!(seen(&corpus(path)), Ok(expected), "{path}");
    }
    let print = seen(&corpus("taken/print.tiff"));
    assert!(print.is_ok_and(|file| !file.common && file.width == 24));
}

#[test]
fn what_is_wrong_with_the_others_is_known() {
    let too_many = |side| Problem::TooManyPixels {
        width: side,
        height: side,
    };
    for (path, problem) in [
        ("refused/empty.png", Problem::Empty),
        ("refused/notes.png", Problem::NoImage),
        ("refused/drawing.svg", Problem::Drawing),
        ("refused/damaged.png", Problem::Damaged),
        ("refused/cut-off.jpg", Problem::CutOff),
        ("refused/cut-off.png", Problem::CutOff),
        ("refused/cut-off.webp", Problem::CutOff),
        ("refused/bomb.png", too_many(60_000)),
        ("refused/bomb.gif", too_many(65_535)),
    ] {
        assert_eq!(seen(&corpus(path)), Err(problem), "{path}");
    }
}

/// Wherever a file is cut, it is noticed; but of an animation the first picture is enough, and a
/// bitmap has no end to look for.
#[test]
fn every_cut_is_noticed() {
    for path in [
        "taken/cmyk.jpg",
        "taken/sixteen-bit.png",
        "taken/moving.png",
        "taken/moving.webp",
    ] {
        let whole = corpus(path);
        for length in 0..whole.len() {
            let cut = seen(&whole[..length]);
            assert!(cut.is_err(), "{path} of {length} bytes: {cut:?}");
        }
    }
}

#[test]
fn limits_are_limits() {
    let sized = |width: u32, height: u32| {
        let mut png = corpus("taken/sixteen-bit.png");
        png[16..20].copy_from_slice(&width.to_be_bytes());
        png[20..24].copy_from_slice(&height.to_be_bytes());
        seen(&png)
    };
    assert!(sized(10_000, 10_000).is_ok());
    assert!(matches!(
        sized(10_000, 10_001),
        Err(Problem::TooManyPixels { .. })
    ));
    assert!(sized(LONGEST_SIDE, 3).is_ok());
    assert!(sized(LONGEST_SIDE + 1, 3).is_err());
    assert!(sized(u32::MAX, u32::MAX).is_err());
    assert_eq!(sized(0, 16), Err(Problem::Damaged));
    let mut heavy = corpus("taken/sixteen-bit.png");
    heavy.resize(MOST_IMAGE_BYTES as usize + 1, 0);
    assert_eq!(seen(&heavy), Err(Problem::TooManyBytes));
    // What lies behind the end of an image is nobody's business.
    heavy.truncate(5000);
    assert!(seen(&heavy).is_ok());
}

#[test]
fn drawings_are_told_from_other_texts() {
    for (text, problem) in [
        ("<svg/>", Problem::Drawing),
        ("\u{feff}\n<?xml version=\"1.0\"?><svg/>", Problem::Drawing),
        ("<html><p>no drawing</p></html>", Problem::NoImage),
        ("to draw, write <svg/>", Problem::NoImage),
    ] {
        assert_eq!(seen(text.as_bytes()), Err(problem), "{text}");
    }
}

#[test]
fn a_still_gif_may_lack_its_last_byte() {
    // One picture of one pixel.
    let gif = [
        b"GIF89a\x01\0\x01\0\0\0\0".as_slice(),
        b",\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0;",
    ]
    .concat();
    let still = seen(&gif);
    assert!(still.is_ok_and(|file| !file.animated));
    assert_eq!(seen(&gif[..gif.len() - 1]), still);
    assert_eq!(seen(&gif[..gif.len() - 3]), Err(Problem::CutOff));
}
