//! Many images of a folder at the network's size: read several at once, kept as they are seen, and cached on
//! disk.

use std::path::Path;
use std::sync::Arc;

use rayon::prelude::*;

use super::cache::{self, Cached};
use super::listing::{ListedImage, file_name};
use super::problem::{animated_warning, left_out, no_image};
use super::selection::FolderImages;
use crate::config::Fit;
use crate::data::labelled::Labelled;
use crate::data::resize::square;
use crate::error::{Error, Result};
use crate::image_layout::Part;

/// An image at the network's size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SquareImage {
    /// File name.
    pub name: String,
    /// Its class.
    pub class: String,
    /// Its domain; empty where there is only one.
    pub domain: String,
    /// What it may be used for.
    pub part: Part,
    /// RGB bytes, row by row: `3 · size²`.
    pub pixels: Arc<[u8]>,
}

impl Labelled for SquareImage {
    fn name(&self) -> &str {
        &self.name
    }

    fn class(&self) -> &str {
        &self.class
    }

    fn domain(&self) -> &str {
        &self.domain
    }

    fn part(&self) -> Part {
        self.part
    }

    fn square(&self, size: usize, _: Fit) -> Result<Arc<[u8]>> {
        if self.pixels.len() != 3 * size * size {
            return Err(Error::Data(format!(
                "the image `{}` was read at another size than {size} px: read the folder anew",
                self.name
            )));
        }
        Ok(Arc::clone(&self.pixels))
    }
}

/// The images of a folder at one size.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Squares {
    /// The images: `3 · size²` bytes each.
    pub images: Vec<SquareImage>,
    /// What was left out, or taken in some way.
    pub warnings: Vec<String>,
    /// Whether pixels came from the cache.
    pub from_cache: bool,
}

/// Reads the images of a folder at `size`, as many at once as there are threads.
///
/// Beside the images' own `3 · size²` bytes each, memory holds one photograph for each thread while they are
/// read. With a `cache` folder pixels are kept there for the next time, in one file for each set of images,
/// size and fit, which counts as long as no file's length or time of change differs. `done` is called with
/// the number of images read and of all.
///
/// # Errors
/// As [`super::read_folder`]. A cache that cannot be read or written is no error, but a warning.
pub fn read_squares(
    of: &FolderImages,
    size: usize,
    fit: Fit,
    cache: Option<&Path>,
    done: &(dyn Fn(usize, usize) + Sync),
) -> Result<Squares> {
    let (listed, mut warnings) = of.list()?;
    let file = cache.map(|folder| cache::file(folder, of, &listed, size, fit));
    let known = file
        .as_deref()
        .and_then(|file| cache::read(file, &listed, size));
    let from_cache = known.is_some();
    let read = match known {
        Some(read) => read,
        None => {
            let read = read_all(&listed, size, fit, done);
            if let Some(file) = &file
                && let Err(error) = cache::write(file, &read)
            {
                warnings.push(format!(
                    "{}: not kept for the next time: {error}",
                    file.display()
                ));
            }
            read
        }
    };
    let mut images = Vec::with_capacity(read.len());
    for (read, listed) in read.into_iter().zip(&listed) {
        warnings.extend(read.warning);
        if let Some(pixels) = read.pixels {
            images.push(SquareImage {
                name: file_name(&listed.path),
                class: listed.place.class.clone(),
                domain: listed.place.domain.clone(),
                part: listed.place.part,
                pixels,
            });
        }
    }
    if images.is_empty() {
        return Err(no_image(&of.folder, &warnings));
    }
    Ok(Squares {
        images,
        warnings,
        from_cache,
    })
}

fn read_all(
    listed: &[ListedImage],
    size: usize,
    fit: Fit,
    done: &(dyn Fn(usize, usize) + Sync),
) -> Vec<Cached> {
    let count = std::sync::atomic::AtomicUsize::new(0);
    let read = listed.par_iter().map(|image| {
        let read = read_one(image, size, fit);
        let made = count.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1;
        done(made, listed.len());
        read
    });
    read.collect()
}

fn read_one(listed: &ListedImage, size: usize, fit: Fit) -> Cached {
    let read = listed.read().and_then(|(image, animated)| {
        let pixels = square(&image, size, fit)?;
        Ok((pixels, animated))
    });
    match read {
        Ok((pixels, animated)) => Cached {
            pixels: Some(pixels.into()),
            warning: animated.then(|| animated_warning(&listed.shown)),
        },
        Err(error) => Cached {
            pixels: None,
            warning: Some(left_out(&listed.shown, error)),
        },
    }
}
