//! The data set that the settings ask for, whatever its source.

use super::dataset::Dataset;
use super::digits::{self, Digits};
use super::source_image::SourceImage;
use crate::config::{DataConfig, DataSource};
use crate::error::{Error, Result};

impl Dataset {
    /// The data that `config` asks for, from the user's images, from the digits if they are loaded, or
    /// drawn.
    ///
    /// # Errors
    /// [`Error::Data`] where something is missing or does not fit.
    pub fn make(
        config: &DataConfig,
        images: &[SourceImage],
        digits: Option<&Digits>,
        seed: u64,
    ) -> Result<Self> {
        match config.source {
            DataSource::Own => Self::from_images(images, config, seed),
            DataSource::Preset { preset } if preset.needs_digits() => {
                let digits = digits.ok_or_else(|| {
                    Error::Data(format!(
                        "the handwritten digits of `{}` are not there yet: load them first",
                        preset.name()
                    ))
                })?;
                digits::domains(preset, digits, config, seed)
            }
            DataSource::Preset { preset } => Self::generate(preset, config, seed),
        }
    }
}
