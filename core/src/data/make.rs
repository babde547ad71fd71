//! The data set that the settings ask for, whatever its source.

use super::dataset::Dataset;
use super::labelled::Labelled;
use super::preset_data::PresetData;
use super::source_image::SourceImage;
use super::{digits, emoji};
use crate::config::{DataConfig, DataSource, PresetFile};
use crate::error::Result;

impl Dataset {
    /// The data that `config` asks for: from the user's images, from the pictures of the preset, or
    /// drawn.
    ///
    /// # Errors
    /// [`Error::Data`](crate::Error::Data) where something is missing or does not fit.
    pub fn make(
        config: &DataConfig,
        images: &[SourceImage],
        presets: &PresetData,
        seed: u64,
    ) -> Result<Self> {
        Self::make_of(config, images, presets, seed)
    }

    /// As [`Self::make`], of images of any origin.
    ///
    /// # Errors
    /// As [`Self::make`].
    pub fn make_of<I: Labelled>(
        config: &DataConfig,
        images: &[I],
        presets: &PresetData,
        seed: u64,
    ) -> Result<Self> {
        let preset = match config.source {
            DataSource::Own => return Self::from_images(images, config, seed),
            DataSource::Preset { preset } => preset,
        };
        match preset.file() {
            None => Self::generate(preset, config, seed),
            Some(PresetFile::Digits) => {
                digits::domains(preset, presets.digits(preset)?, config, seed)
            }
            Some(PresetFile::Emoji) => emoji::domains(presets.emoji(preset)?, config, seed),
        }
    }
}
