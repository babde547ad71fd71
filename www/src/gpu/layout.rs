//! What lies where in a bundle.

use std::path::{Path, PathBuf};

/// An unpacked bundle, or one that is being made.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    root: PathBuf,
}

impl Layout {
    /// The bundle in a folder.
    pub(super) fn new(root: &Path) -> Self {
        Self {
            root: root.to_path_buf(),
        }
    }

    /// The native program.
    pub(super) fn rsc(&self) -> PathBuf {
        self.root.join("bin").join("rsc")
    }

    /// The built site.
    pub(super) fn site(&self) -> PathBuf {
        self.root.join("site")
    }

    /// The same step in other libraries, with these beside it.
    pub(super) fn peers(&self) -> PathBuf {
        self.root.join("peers")
    }

    /// Chromium's own files.
    pub(super) fn chromium(&self) -> PathBuf {
        self.root.join("chromium")
    }

    /// Chromium's program.
    pub(super) fn chromium_program(&self) -> PathBuf {
        self.chromium().join("chromium")
    }

    /// Libraries that Chromium needs, under the names by which they are asked for.
    pub(super) fn libraries(&self) -> PathBuf {
        self.root.join("lib")
    }

    /// The library that finds drivers for Vulkan, alone in its folder.
    pub(super) fn vulkan(&self) -> PathBuf {
        self.root.join("vulkan")
    }

    /// Fonts for machines without any.
    pub(super) fn fonts(&self) -> PathBuf {
        self.root.join("fonts")
    }
}
