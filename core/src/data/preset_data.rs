//! The pictures that presets are made from, as far as they are loaded.

use super::digits::Digits;
use super::emoji::Emoji;
use crate::config::DataPreset;
#[cfg(all(feature = "cli", not(target_family = "wasm")))]
use crate::config::PresetFile;
use crate::error::{Error, Result};
use crate::protocol::PresetPictures;

/// The pictures that presets are made from; none at first.
#[derive(Debug, Clone, Default)]
pub struct PresetData {
    digits: Option<Digits>,
    emoji: Option<Emoji>,
}

impl PresetData {
    /// Takes in the pictures of one file, in place of those it had.
    ///
    /// # Errors
    /// [`Error::Data`] where the buffers are not what `pictures` says; nothing changes then.
    pub fn take(&mut self, pictures: PresetPictures, buffers: Vec<Vec<u8>>) -> Result<()> {
        match pictures {
            PresetPictures::Digits { width } => {
                let grey = buffers.first().map_or(&[][..], Vec::as_slice);
                self.digits = Some(Digits::from_sheet(grey, width as usize)?);
            }
            PresetPictures::Emoji { width, index } => {
                self.emoji = Some(Emoji::new(index, width, buffers)?);
            }
        }
        Ok(())
    }

    /// What comes with the program for a preset.
    ///
    /// # Errors
    /// [`Error::Data`] if its file is damaged.
    #[cfg(all(feature = "cli", not(target_family = "wasm")))]
    pub fn built_in(preset: DataPreset) -> Result<Self> {
        let mut data = Self::default();
        match preset.file() {
            None => {}
            Some(PresetFile::Digits) => data.digits = Some(Digits::built_in()?),
            Some(PresetFile::Emoji) => data.emoji = Some(Emoji::built_in()?),
        }
        Ok(data)
    }

    /// Digits of the user's own, in place of those that come with the program: the folders `0` to `9`, each with
    /// images of 28×28 px, white on black.
    ///
    /// # Errors
    /// [`Error::File`] with the first folder or file that is missing, cannot be read or is no digit.
    #[cfg(all(feature = "cli", not(target_family = "wasm")))]
    pub fn digits_of_folder(folder: &std::path::Path) -> Result<Self> {
        Ok(Self {
            digits: Some(Digits::from_folder(folder)?),
            ..Self::default()
        })
    }

    pub(super) fn digits(&self, preset: DataPreset) -> Result<&Digits> {
        let missing = || not_loaded("handwritten digits", preset);
        self.digits.as_ref().ok_or_else(missing)
    }

    pub(super) fn emoji(&self, preset: DataPreset) -> Result<&Emoji> {
        let missing = || not_loaded("icons", preset);
        self.emoji.as_ref().ok_or_else(missing)
    }
}

fn not_loaded(pictures: &str, preset: DataPreset) -> Error {
    Error::Data(format!(
        "the {pictures} of `{}` are not there yet: load them first",
        preset.name()
    ))
}
