//! The pictures of a file that presets are made from, decoded by the page.

use serde::{Deserialize, Serialize};

use crate::config::PresetFile;
use crate::image_pack::PackIndex;

/// Decoded pictures of a [`PresetFile`], as sheets of tiles, row by row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "file", rename_all = "snake_case")]
pub enum PresetPictures {
    /// Buffer 0 has the grey values of a sheet of 28×28 tiles.
    Digits {
        /// Width of the sheet in pixels.
        width: u32,
    },
    /// Buffer `d` has the RGBA values of the sheet of domain `d`, whose tiles of
    /// [`SIDE`](crate::image_pack::SIDE) pixels squared are in the order of the index.
    Emoji {
        /// Width of each sheet in pixels.
        width: u32,
        /// What the tiles show.
        index: PackIndex,
    },
}

impl PresetPictures {
    /// The file that they are from.
    pub fn file(&self) -> PresetFile {
        match self {
            Self::Digits { .. } => PresetFile::Digits,
            Self::Emoji { .. } => PresetFile::Emoji,
        }
    }
}
