//! The images of a run, read once for all its seeds.

use std::path::{Path, PathBuf};

use anyhow::Result;
use etcetera::{BaseStrategy, choose_base_strategy};
use indicatif::{ProgressBar, ProgressStyle};
use rsc_core::{
    config::{DataConfig, DataPreset},
    data::{
        Dataset, PresetData,
        folder::{FolderImages, SquareImage, read_squares},
    },
};

/// Images that are read without a word.
const FEW: usize = 500;

/// The images of a run.
pub(crate) enum RunImages {
    /// Pictures that presets are made from.
    BuiltIn(PresetData),
    /// Those of a folder, at the network's size.
    Own(Vec<SquareImage>),
}

impl RunImages {
    /// Of a preset.
    pub(crate) fn built_in(preset: DataPreset) -> Result<Self> {
        Ok(Self::BuiltIn(PresetData::built_in(preset)?))
    }

    /// Of a folder, with a progress bar where there are many; says what is left out, and how much memory the
    /// rest takes.
    pub(crate) fn read(
        images: &FolderImages,
        config: &DataConfig,
        cache: Option<&Path>,
    ) -> Result<Self> {
        let bar = ProgressBar::new(0);
        if let Ok(style) = ProgressStyle::with_template("reading images {bar:24} {pos}/{len} {eta}")
        {
            bar.set_style(style);
        }
        let done = |made: usize, all: usize| {
            if all > FEW {
                bar.set_length(all as u64);
                bar.set_position(made as u64);
            }
        };
        let (size, fit) = (config.image_size, config.fit);
        let squares = read_squares(images, size, fit, cache, &done)?;
        bar.finish_and_clear();
        for warning in &squares.warnings {
            note!("warning: {warning}");
        }
        let count = squares.images.len();
        let megabytes = (count * 3 * size * size) as f64 / 1e6;
        let from = if squares.from_cache {
            ", read before"
        } else {
            ""
        };
        say!("images: {count} ({megabytes:.0} MB at {size} px{from})");
        Ok(Self::Own(squares.images))
    }

    /// The data set of a seed. Data sets share their pixels.
    pub(crate) fn dataset(&self, config: &DataConfig, seed: u64) -> Result<Dataset> {
        Ok(match self {
            Self::BuiltIn(presets) => Dataset::make(config, &[], presets, seed)?,
            Self::Own(images) => Dataset::from_images(images, config, seed)?,
        })
    }
}

/// Where pixels are kept for the next time: `rsc-lab` in the system's folder for caches, or what
/// `RSC_CACHE_DIR` names; nowhere where there is neither, or where nobody wants it.
pub(crate) fn cache_folder(unwanted: bool) -> Option<PathBuf> {
    if unwanted {
        return None;
    }
    let named = std::env::var_os("RSC_CACHE_DIR").map(PathBuf::from);
    named.or_else(|| Some(choose_base_strategy().ok()?.cache_dir().join("rsc-lab")))
}
