//! Presets made of digits of one's own.

use std::fs;
use std::path::Path;

use image::{GrayImage, Luma};

use crate::common::{rsc, succeeds};

/// A folder with digits that need not look like any, `2 + class % 3` of each.
fn write_digits(folder: &Path) {
    for class in 0..10_u8 {
        let folder = folder.join(class.to_string());
        fs::create_dir_all(&folder).unwrap();
        for number in 0..2 + class % 3 {
            let image = GrayImage::from_pixel(28, 28, Luma([20 * class + 10 + number]));
            image.save(folder.join(format!("{number}.png"))).unwrap();
        }
    }
}

#[test]
fn it_makes_domains_of_digits_of_ones_own() {
    let scratch = tempfile::tempdir().unwrap();
    let place = |name: &str| scratch.path().join(name).to_str().unwrap().to_owned();
    let digits = place("digits");
    write_digits(Path::new(&digits));
    for (preset, domains, classes) in [("rotated-digits", 6, 10), ("coloured-digits", 3, 2)] {
        let out = place(preset);
        succeeds(&[
            "images",
            "--preset",
            preset,
            "--digits",
            &digits,
            "--image-size",
            "28",
            "--out",
            &out,
        ]);
        let (images, warnings) = rsc_core::data::folder::read_folder(&out).unwrap();
        assert!(warnings.is_empty(), "{warnings:?}");
        assert_eq!(images.len(), 29);
        assert!(images.iter().all(|image| !image.test_only));
        let of = |name: fn(&rsc_core::data::SourceImage) -> &str| {
            let names: std::collections::BTreeSet<_> = images.iter().map(name).collect();
            names.len()
        };
        assert_eq!(of(|image| &image.domain), domains);
        assert_eq!(of(|image| &image.class), classes);
        // Each digit once; the middle is what it was, in whichever colour.
        let mut seen: Vec<u8> = images
            .iter()
            .map(|image| *image.rgba[4 * (14 * 28 + 14)..][..3].iter().max().unwrap())
            .collect();
        seen.sort_unstable();
        let all =
            (0..10_u8).flat_map(|class| (0..2 + class % 3).map(move |it| 20 * class + 10 + it));
        assert!(all.eq(seen));
    }
}

#[test]
fn what_is_no_folder_of_digits_is_refused() {
    let scratch = tempfile::tempdir().unwrap();
    let digits = scratch.path().join("digits");
    let out = scratch.path().join("out");
    write_digits(&digits);
    let refused = |preset: &str| {
        let (digits, out) = (digits.to_str().unwrap(), out.to_str().unwrap());
        let output = rsc(&[
            "images", "--preset", preset, "--digits", digits, "--out", out,
        ]);
        assert_eq!(output.status.code(), Some(1));
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(said.trim_end().lines().count(), 1, "{said}");
        said
    };
    let said = refused("styles");
    assert!(
        said.contains("`styles`") && said.contains("coloured-digits"),
        "{said}"
    );
    fs::write(digits.join("3/x.png"), "no image").unwrap();
    assert!(refused("rotated-digits").contains("x.png"));
    GrayImage::new(28, 30).save(digits.join("3/x.png")).unwrap();
    assert!(refused("rotated-digits").contains("28×30 px"));
    fs::remove_dir_all(digits.join("3")).unwrap();
    assert!(refused("coloured-digits").contains("no folder `3`"));
    assert!(!out.exists());
}
