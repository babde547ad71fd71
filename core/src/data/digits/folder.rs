//! Digits of the user's own: a folder with the folders `0` to `9`, each with 28×28 images.

use std::fs;
use std::path::{Path, PathBuf};

use image::{DynamicImage, RgbaImage};
use rayon::prelude::*;

use super::{CLASSES, Digits, SIDE};
use crate::data::folder::read_image;
use crate::error::{Error, Result};

impl Digits {
    /// Reads `0/*` to `9/*` in the order of their names, any number of each. Every file in these folders must be
    /// an image of 28×28 px; names that begin with a dot are passed over.
    ///
    /// # Errors
    /// [`Error::File`] with the first folder or file that is missing, cannot be read or is no digit.
    pub(in crate::data) fn from_folder(root: &Path) -> Result<Self> {
        check_names(root)?;
        let mut pixels = Vec::new();
        let mut firsts = [0; CLASSES];
        for (class, first) in firsts.iter_mut().enumerate() {
            *first = pixels.len() / (SIDE * SIDE);
            let files = files_of(root, class)?;
            let read: Result<Vec<Vec<u8>>> = files.par_iter().map(|path| grey(path)).collect();
            pixels.extend(read?.into_iter().flatten());
        }
        let sum: u64 = pixels.iter().map(|&value| u64::from(value)).sum();
        if sum > 127 * pixels.len() as u64 {
            return Err(problem(
                root,
                "the images are bright on the whole: digits are white on black, so invert them",
            ));
        }
        Ok(Self { pixels, firsts })
    }
}

/// Refuses folders that are no class, since what is in them would be left out.
fn check_names(root: &Path) -> Result<()> {
    let entries = entries(root)?;
    let folders = entries.iter().filter(|path| path.is_dir());
    let is_class = |path: &&PathBuf| (0..CLASSES).any(|class| path.ends_with(class.to_string()));
    match folders.clone().find(|path| !is_class(path)) {
        Some(other) => Err(problem(
            other,
            "this folder is no class of digits: name a folder that has the folders 0 to 9 and no others",
        )),
        None => Ok(()),
    }
}

/// The files of a class, by name.
fn files_of(root: &Path, class: usize) -> Result<Vec<PathBuf>> {
    let folder = root.join(class.to_string());
    if !folder.is_dir() {
        return Err(problem(
            root,
            format!("there is no folder `{class}`: expected the folders 0 to 9, with 28×28 images"),
        ));
    }
    let files = entries(&folder)?;
    if files.is_empty() {
        return Err(problem(
            &folder,
            "there is no image: expected one at least of each digit",
        ));
    }
    Ok(files)
}

/// What is in a folder, by name.
fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let unreadable = |error: std::io::Error| problem(folder, format!("cannot be read: {error}"));
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        if !entry.file_name().to_string_lossy().starts_with('.') {
            paths.push(entry.path());
        }
    }
    paths.sort();
    Ok(paths)
}

/// The grey values of an image file.
fn grey(path: &Path) -> Result<Vec<u8>> {
    let (image, _) = read_image(path)?;
    let (width, height) = (image.width, image.height);
    let side = SIDE as u32;
    let of_a_digit = Some(image.rgba).filter(|_| (width, height) == (side, side));
    let Some(image) = of_a_digit.and_then(|rgba| RgbaImage::from_raw(side, side, rgba)) else {
        return Err(problem(
            path,
            format!(
                "{width}×{height} px: digits are {SIDE}×{SIDE} px, so scale it or leave it out"
            ),
        ));
    };
    Ok(DynamicImage::ImageRgba8(image).into_luma8().into_raw())
}

fn problem(path: &Path, problem: impl Into<String>) -> Error {
    Error::File {
        path: path.display().to_string(),
        problem: problem.into(),
    }
}

#[cfg(test)]
mod tests {
    use image::GrayImage;

    use super::super::domains;
    use super::*;
    use crate::config::{DataPreset, RunConfig};

    /// A folder with `count(class)` digits of each class; all pixels of number `n` are `20 * class + n`.
    fn folder(count: impl Fn(usize) -> usize) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for class in 0..CLASSES {
            let folder = root.path().join(class.to_string());
            fs::create_dir(&folder).unwrap();
            for number in 0..count(class) {
                let value = (20 * class + number) as u8;
                let image = GrayImage::from_pixel(28, 28, image::Luma([value]));
                image.save(folder.join(format!("{number:03}.png"))).unwrap();
            }
        }
        root
    }

    fn refused(root: &Path) -> String {
        Digits::from_folder(root).unwrap_err().to_string()
    }

    #[test]
    fn classes_may_have_any_number_of_digits() {
        let root = folder(|class| 1 + class % 3);
        fs::write(root.path().join("README"), "no digit").unwrap();
        fs::write(root.path().join("3/.hidden"), "no digit").unwrap();
        let digits = Digits::from_folder(root.path()).unwrap();
        assert_eq!(digits.count(), 19);
        let mut seen = Vec::new();
        for index in 0..digits.count() {
            let (class, number) = digits.class_and_number(index);
            assert_eq!(digits.digit(index), [(20 * class + number) as u8; 784]);
            seen.push((class, number));
        }
        let all = (0..CLASSES).flat_map(|class| (0..1 + class % 3).map(move |n| (class, n)));
        assert!(all.eq(seen));
    }

    #[test]
    fn a_whole_set_is_dealt_to_the_domains() {
        let root = folder(|class| 3 + class);
        let digits = Digits::from_folder(root.path()).unwrap();
        for preset in [DataPreset::RotatedDigits, DataPreset::ColouredDigits] {
            let mut config = RunConfig::for_preset(preset).data;
            (config.train_images, config.test_images) = (usize::MAX, usize::MAX);
            config.together = true;
            config.held_out = None;
            let data = domains(preset, &digits, &config, 0).unwrap();
            let sizes: Vec<usize> = data
                .domains
                .iter()
                .map(|domain| domain.train.len() + domain.test.len())
                .collect();
            assert_eq!(sizes.iter().sum::<usize>(), 75);
            assert!(sizes.iter().max().unwrap() - sizes.iter().min().unwrap() <= 1);
        }
    }

    #[test]
    fn what_is_no_folder_of_digits_is_named() {
        let root = folder(|_| 1);
        let path = root.path();
        let image = |side| GrayImage::from_pixel(side, 28, image::Luma([9]));

        image(27).save(path.join("4/b.png")).unwrap();
        let said = refused(path);
        assert!(said.contains("b.png") && said.contains("27×28"), "{said}");

        fs::write(path.join("4/b.png"), "no image").unwrap();
        let said = refused(path);
        assert!(
            said.contains("b.png") && said.contains("not an image"),
            "{said}"
        );

        fs::remove_file(path.join("4/b.png")).unwrap();
        fs::create_dir(path.join("10")).unwrap();
        assert!(refused(path).contains("no class of digits"));
        fs::remove_dir(path.join("10")).unwrap();

        fs::remove_file(path.join("7/000.png")).unwrap();
        let said = refused(path);
        assert!(said.contains('7') && said.contains("no image"), "{said}");
        fs::remove_dir(path.join("7")).unwrap();
        let said = refused(path);
        assert!(said.contains("no folder `7`"), "{said}");

        assert!(refused(&path.join("elsewhere")).contains("cannot be read"));
    }

    #[test]
    fn black_on_white_is_refused() {
        let root = folder(|_| 1);
        for class in 0..CLASSES {
            let image = GrayImage::from_pixel(28, 28, image::Luma([200]));
            let path = root.path().join(class.to_string()).join("000.png");
            image.save(path).unwrap();
        }
        assert!(refused(root.path()).contains("invert"));
    }
}
