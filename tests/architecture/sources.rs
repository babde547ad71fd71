//! The Rust sources of a checkout, by their paths within it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Folders whose Rust files are read.
const FOLDERS: [&str; 6] = [
    "app/src",
    "core/src",
    "core/tests",
    "www/src",
    "tests",
    "app/build.rs",
];

/// Source texts by their paths, with `/` between the parts.
pub(crate) type Files = BTreeMap<String, String>;

/// What the checks look at.
pub(crate) struct Sources {
    /// All Rust files.
    pub(crate) files: Files,
    /// ARCHITECTURE.md.
    pub(crate) architecture: String,
}

/// The checkout that this test belongs to, or the one that `RSC_ROOT` names.
pub(crate) fn root() -> PathBuf {
    std::env::var_os("RSC_ROOT").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join(".."),
        PathBuf::from,
    )
}

impl Sources {
    /// Of [`root`].
    pub(crate) fn of_the_repository() -> Self {
        let root = root();
        let mut files = Files::new();
        for folder in FOLDERS {
            collect(&root, Path::new(folder), &mut files);
        }
        assert!(!files.is_empty(), "no sources in {}", root.display());
        let architecture = fs::read_to_string(root.join("ARCHITECTURE.md"));
        Self {
            files,
            architecture: architecture.expect("ARCHITECTURE.md can be read"),
        }
    }
}

fn collect(root: &Path, within: &Path, files: &mut Files) {
    let Ok(entries) = fs::read_dir(root.join(within)) else {
        return;
    };
    for entry in entries {
        let entry = entry.expect("a folder of sources can be read");
        let path = within.join(entry.file_name());
        if root.join(&path).is_dir() {
            collect(root, &path, files);
        } else if path.extension().is_some_and(|end| end == "rs") {
            let text = fs::read_to_string(root.join(&path)).expect("sources are text");
            let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
            files.insert(parts.join("/"), text);
        }
    }
}
