//! Which images of a folder are meant.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::listing::{self, ListedImage};
use super::lists;
use super::problem::file_error;
use crate::error::Result;
use crate::image_layout::SplitFolders;

/// Which images of a folder are meant.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct FolderImages {
    /// The folder; not written, since whoever writes it down has it already.
    #[serde(skip)]
    pub folder: PathBuf,
    /// Lists of images, a path below the folder and a label in each line; without any, all images count.
    pub lists: Vec<PathBuf>,
    /// How folders called `train` and `test` are taken.
    pub splits: SplitFolders,
}

impl FolderImages {
    /// All images of a folder.
    pub fn all(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
            ..Self::default()
        }
    }

    /// Lists the images without reading them, in a stable order, and says what is left out or taken in some
    /// way.
    ///
    /// # Errors
    /// As [`super::read_folder`]; a folder without images gives an empty list.
    pub fn list(&self) -> Result<(Vec<ListedImage>, Vec<String>)> {
        let root = self.folder.as_path();
        if !root.is_dir() {
            let problem = if root.exists() {
                "is a file: expected a folder that has one folder for each class"
            } else {
                "there is no such folder"
            };
            return Err(file_error(root, problem));
        }
        if self.lists.is_empty() {
            return listing::list(root, self.splits);
        }
        lists::list(root, &self.lists)
    }
}
