//! Images that a network is asked about: files and folders of any layout, read a few at a time.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use rayon::prelude::*;
use rsc_core::{
    config::DataConfig,
    data::{
        Item,
        folder::{looks_like_an_image, read_image},
        square,
    },
};
use walkdir::WalkDir;

/// Images that are in memory at once.
pub(crate) const AT_ONCE: usize = 32;

/// An image file that is not read yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Picture {
    /// The file.
    pub(crate) path: PathBuf,
    /// Its path within the folder that was named; its name where it was named itself.
    pub(crate) within: PathBuf,
}

impl Picture {
    /// The folder that it lies in, if that is within the folder that was named.
    pub(crate) fn folder(&self) -> Option<&str> {
        self.within.parent()?.file_name()?.to_str()
    }
}

/// The files that were named, and the images in the folders that were named, folder by folder in the
/// order of their names. Files and folders in them whose name begins with a dot are passed over, as is
/// what is no image.
pub(crate) fn list(named: &[PathBuf]) -> Result<Vec<Picture>> {
    let mut pictures = Vec::new();
    for path in named {
        if !path.is_dir() {
            let within = path.file_name().map(PathBuf::from).unwrap_or_default();
            let path = path.clone();
            pictures.push(Picture { path, within });
            continue;
        }
        let hidden = |path: &Path| {
            let name = path.file_name().and_then(|name| name.to_str());
            name.is_some_and(|name| name.starts_with('.'))
        };
        let entries = WalkDir::new(path).follow_links(true).sort_by_file_name();
        let entries = entries.into_iter();
        for entry in entries.filter_entry(|entry| entry.depth() == 0 || !hidden(entry.path())) {
            let entry = entry
                .with_context(|| format!("{}: the folder cannot be searched", path.display()))?;
            if entry.file_type().is_file() && looks_like_an_image(entry.path()) {
                let within = entry.path().strip_prefix(path).unwrap_or(entry.path());
                pictures.push(Picture {
                    within: within.to_owned(),
                    path: entry.into_path(),
                });
            }
        }
    }
    if pictures.is_empty() {
        let named: Vec<_> = named.iter().map(|it| it.display().to_string()).collect();
        bail!(
            "{}: there is no image here: name image files (PNG, JPEG, WebP, GIF, BMP, TIFF) or folders of them",
            named.join(", ")
        );
    }
    Ok(pictures)
}

/// Reads pictures as a run's data are, and counts those that cannot be read.
pub(crate) struct Reader<'a> {
    config: &'a DataConfig,
    failed: usize,
}

impl<'a> Reader<'a> {
    /// For pictures as these settings want them.
    pub(crate) fn new(config: &'a DataConfig) -> Self {
        Self { config, failed: 0 }
    }

    /// Reads some pictures at once. Those that cannot be read are named on stderr and left out. Labels mean
    /// nothing.
    pub(crate) fn read<'p>(&mut self, pictures: &'p [Picture]) -> Vec<(&'p Picture, Item)> {
        let config = self.config;
        let read = pictures.par_iter().map(|picture| item(config, picture));
        let read: Vec<_> = read.collect();
        let mut items = Vec::with_capacity(read.len());
        for (picture, item) in pictures.iter().zip(read) {
            match item {
                Ok(item) => items.push((picture, item)),
                Err(error) => {
                    self.failed += 1;
                    note!("left out: {error:#}");
                }
            }
        }
        items
    }

    /// Fails if any of `all` pictures could not be read.
    pub(crate) fn check(&self, all: usize) -> Result<()> {
        if self.failed > 0 {
            bail!(
                "{} of {all} images could not be read and were left out: mend or remove those that are \
                 named above",
                self.failed
            );
        }
        Ok(())
    }
}

fn item(config: &DataConfig, picture: &Picture) -> Result<Item> {
    let (image, _) = read_image(&picture.path)?;
    let pixels = square(&image, config.image_size, config.fit)?;
    Ok(Item {
        name: image.name,
        label: 0,
        pixels: pixels.into(),
    })
}
