//! Layouts, formats, orientation, and what is said about files that cannot be used.

use std::fs;
use std::io::Cursor;

use image::{ImageFormat, Rgb, RgbImage};

use std::path::{Path, PathBuf};

use super::decode::decode_upright;
use super::*;

mod layouts;

type Outcome = Result<(), Box<dyn std::error::Error>>;

/// A folder of the test's own, removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(test: &str) -> std::io::Result<Self> {
        let path = std::env::temp_dir().join(format!("rsc-folder-{test}-{}", std::process::id()));
        fs::create_dir_all(&path)?;
        Ok(Self(path))
    }

    fn write(&self, path: &str, bytes: impl AsRef<[u8]>) -> std::io::Result<()> {
        let path = self.0.join(path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(path, bytes)
    }

    fn problem(&self) -> String {
        match read_folder(&self.0) {
            Ok((images, _)) => format!("accepted {} images", images.len()),
            Err(error) => error.to_string(),
        }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // A leftover folder in the temporary one hurts nobody.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Left half red, right half blue.
fn encoded(width: u32, height: u32, format: ImageFormat) -> image::ImageResult<Vec<u8>> {
    let image = RgbImage::from_fn(width, height, |x, _| {
        if x < width / 2 {
            Rgb([255, 0, 0])
        } else {
            Rgb([0, 0, 255])
        }
    });
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, format)?;
    Ok(bytes.into_inner())
}

#[test]
fn classes_only_in_every_format_whatever_the_file_is_called() -> Outcome {
    let folder = Folder::new("classes")?;
    let formats = [
        ("cat/1.png", ImageFormat::Png),
        ("cat/2.jpg", ImageFormat::Jpeg),
        ("cat/misnamed.gif", ImageFormat::Png),
        ("dog/3.webp", ImageFormat::WebP),
        ("dog/4.gif", ImageFormat::Gif),
        ("dog/5", ImageFormat::Bmp),
    ];
    for (path, format) in formats {
        folder.write(path, encoded(8, 6, format)?)?;
    }
    folder.write("cat/.hidden.png", encoded(8, 6, ImageFormat::Png)?)?;
    folder.write(".cache/x.png", encoded(8, 6, ImageFormat::Png)?)?;
    let (images, warnings) = read_folder(&folder.0)?;
    assert_eq!(warnings, [""; 0]);
    let found: Vec<_> = images
        .iter()
        .map(|image| (image.class.as_str(), image.name.as_str()))
        .collect();
    assert_eq!(
        found,
        [
            ("cat", "1.png"),
            ("cat", "2.jpg"),
            ("cat", "misnamed.gif"),
            ("dog", "3.webp"),
            ("dog", "4.gif"),
            ("dog", "5"),
        ]
    );
    for image in &images {
        assert_eq!((image.width, image.height), (8, 6), "{}", image.name);
        assert_eq!(image.domain, "");
        assert_eq!(image.rgba.len(), 8 * 6 * 4);
        assert!(image.rgba[0] > 200 && image.rgba[2] < 60, "{}", image.name);
    }
    Ok(())
}

#[test]
fn domains_as_domainbed_lays_them_out() -> Outcome {
    let folder = Folder::new("domains")?;
    for path in ["photo/cat/1.png", "photo/dog/1.png", "sketch/cat/1.png"] {
        folder.write(path, encoded(4, 4, ImageFormat::Png)?)?;
    }
    let (images, _) = read_folder(&folder.0)?;
    let found: Vec<_> = images
        .iter()
        .map(|image| (image.domain.as_str(), image.class.as_str()))
        .collect();
    assert_eq!(
        found,
        [("photo", "cat"), ("photo", "dog"), ("sketch", "cat")]
    );
    Ok(())
}

#[test]
fn what_is_left_out_is_named() -> Outcome {
    let folder = Folder::new("broken")?;
    folder.write("cat/1.png", encoded(4, 4, ImageFormat::Png)?)?;
    folder.write("cat/broken.png", "not a PNG at all")?;
    let mut cut = encoded(64, 64, ImageFormat::Png)?;
    cut.truncate(cut.len() / 2);
    folder.write("cat/cut.png", cut)?;
    folder.write("cat/notes.txt", "nothing to see")?;
    folder.write("lonely.png", encoded(4, 4, ImageFormat::Png)?)?;
    folder.write("README.md", "# Cats")?;
    let (images, warnings) = read_folder(&folder.0)?;
    assert_eq!(images.len(), 1);
    for name in [
        "cat/broken.png: left out: not an image",
        "cat/cut.png: left out: cut off",
        "cat/notes.txt: left out: not an image",
        "lonely.png: left out, since it lies in no class's folder",
        "README.md: left out: not an image",
    ] {
        let count = warnings.iter().filter(|text| text.contains(name)).count();
        assert_eq!(count, 1, "`{name}` in {warnings:#?}");
    }
    assert_eq!(warnings.len(), 5);
    Ok(())
}

#[test]
fn a_list_says_which_images_are_for_testing_only() -> Outcome {
    let folder = Folder::new("test-only")?;
    for path in ["photo/cat/1.png", "photo/cat/2.png", "photo/dog/1.png"] {
        folder.write(path, encoded(4, 4, ImageFormat::Png)?)?;
    }
    folder.write(
        "test-only.txt",
        "\u{feff}photo/cat/2.png\r\n\nphoto\\dog\\1.png\nphoto/cat/9.png\n",
    )?;
    let (images, warnings) = read_folder(&folder.0)?;
    let marked: Vec<bool> = images.iter().map(|image| image.test_only).collect();
    assert_eq!(marked, [false, true, true]);
    let [warning] = &warnings[..] else {
        panic!("{warnings:#?}");
    };
    assert!(warning.contains("`photo/cat/9.png`"), "{warning}");
    Ok(())
}

#[test]
fn unusable_folders_are_explained() -> Outcome {
    let folder = Folder::new("unusable")?;
    assert!(folder.problem().contains("has no image"));
    folder.write("cat/broken.png", "no")?;
    let problem = folder.problem();
    assert!(problem.contains("has no image") && problem.contains("cat/broken.png"));

    let missing = read_folder(folder.0.join("nowhere")).map_err(|error| error.to_string());
    assert!(missing.is_err_and(|text| text.contains("nowhere: there is no such folder")));
    let file = read_folder(folder.0.join("cat/broken.png")).map_err(|error| error.to_string());
    assert!(file.is_err_and(|text| text.contains("is a file")));

    folder.write("cat/1.png", encoded(4, 4, ImageFormat::Png)?)?;
    folder.write("photo/dog/2.png", encoded(4, 4, ImageFormat::Png)?)?;
    let problem = folder.problem();
    assert!(problem.contains("different depths"), "{problem}");
    assert!(problem.contains("`photo/dog/2.png`"), "{problem}");
    let folder = Folder::new("deep")?;
    folder.write("a/b/c/3.png", encoded(4, 4, ImageFormat::Png)?)?;
    folder.write("d/e/f/4.png", encoded(4, 4, ImageFormat::Png)?)?;
    let problem = folder.problem();
    assert!(problem.contains("`a/b/c/3.png` lies too deep"), "{problem}");
    Ok(())
}

/// Puts an Exif segment with this orientation behind a JPEG's first marker.
fn oriented(jpeg: &[u8], orientation: u8) -> Vec<u8> {
    let exif: &[u8] = &[
        b'E',
        b'x',
        b'i',
        b'f',
        0,
        0, // segment's name
        b'M',
        b'M',
        0,
        42,
        0,
        0,
        0,
        8, // big-endian TIFF, first directory at 8
        0,
        1, // one entry
        0x01,
        0x12,
        0,
        3,
        0,
        0,
        0,
        1,
        0,
        orientation,
        0,
        0, // orientation, one short
        0,
        0,
        0,
        0, // no further directory
    ];
    let length = (exif.len() + 2) as u16;
    let marker = [0xFF, 0xE1];
    [&jpeg[..2], &marker, &length.to_be_bytes(), exif, &jpeg[2..]].concat()
}

#[test]
fn photographs_are_turned_upright() -> Outcome {
    let jpeg = encoded(64, 32, ImageFormat::Jpeg)?;
    let plain = decode_upright(Cursor::new(jpeg.clone()))?.to_rgb8();
    assert_eq!(plain.dimensions(), (64, 32));
    // 6: turn by 90° clockwise. The red left half comes to the top.
    let turned = decode_upright(Cursor::new(oriented(&jpeg, 6)))?.to_rgb8();
    assert_eq!(turned.dimensions(), (32, 64));
    let (top, bottom) = (turned.get_pixel(16, 8), turned.get_pixel(16, 56));
    assert!(top[0] > 200 && top[2] < 60, "{top:?}");
    assert!(bottom[2] > 200 && bottom[0] < 60, "{bottom:?}");
    Ok(())
}

#[test]
fn large_images_are_shrunk_and_turned_all_the_same() -> Outcome {
    let jpeg = oriented(&encoded(1600, 1024, ImageFormat::Jpeg)?, 6);
    let image = decode_upright(Cursor::new(jpeg))?;
    assert_eq!((image.width(), image.height()), (512, 800));
    Ok(())
}

#[test]
fn absurd_sizes_are_refused_before_they_are_allocated() -> Outcome {
    // A sound header of 60000×60000 px and nothing behind it.
    let mut bomb = encoded(1, 1, ImageFormat::Bmp)?;
    bomb[18..22].copy_from_slice(&60_000_u32.to_le_bytes());
    bomb[22..26].copy_from_slice(&60_000_u32.to_le_bytes());
    let problem = decode_upright(Cursor::new(bomb)).map(|_| ());
    assert!(problem.is_err_and(|text| text.contains("damaged or not supported")));
    Ok(())
}

/// What the corpus shows is to be read is read, its colours right; the rest is named with a reason.
#[test]
fn the_corpus_of_images_is_sorted_out() -> Outcome {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/corpus/images");
    let (images, warnings) = read_folder(&corpus)?;
    // Only `taken` and `refused` lie beside each other, as if they were classes.
    let mut images = images;
    images.sort_by(|a, b| (&b.class, &a.name).cmp(&(&a.class, &b.name)));
    let names: Vec<_> = images.iter().map(|image| image.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "a-png-in-truth.jpg",
            "bitmap.bmp",
            "cmyk.jpg",
            "moving.gif",
            "moving.png",
            "moving.webp",
            "print.tiff",
            "sixteen-bit.png",
        ]
    );
    for image in &images {
        assert_eq!(image.class, "taken");
        assert_eq!((image.width, image.height), (24, 16), "{}", image.name);
        let pixel = |x: usize| &image.rgba[4 * (8 * 24 + x)..][..3];
        let (left, right) = (pixel(4), pixel(20));
        assert!(left[0] > 180 && left[2] < 80, "{}: {left:?}", image.name);
        assert!(right[2] > 180 && right[0] < 80, "{}: {right:?}", image.name);
    }
    for (file, why) in [
        (
            "refused/bomb.gif",
            "65535×65535 px: at most 100 million pixels",
        ),
        (
            "refused/bomb.png",
            "60000×60000 px: at most 100 million pixels",
        ),
        ("refused/cut-off.jpg", "cut off"),
        ("refused/cut-off.png", "cut off"),
        ("refused/cut-off.webp", "cut off"),
        ("refused/damaged.png", "damaged"),
        ("refused/drawing.svg", "save it as PNG"),
        ("refused/empty.png", "an empty file"),
        ("refused/notes.png", "not an image"),
        ("taken/modern.avif", "an AVIF picture"),
        ("taken/moving.gif", "its first picture was taken"),
        ("taken/moving.png", "its first picture was taken"),
        ("taken/moving.webp", "its first picture was taken"),
    ] {
        let said = warnings
            .iter()
            .filter(|text| text.starts_with(file) && text.contains(why));
        assert_eq!(said.count(), 1, "{file}: {why} in {warnings:#?}");
    }
    Ok(())
}
