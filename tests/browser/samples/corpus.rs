//! Files of `tests/corpus`, which the fuzz tests use too.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// The files of a folder of the corpus, in the order of their names.
pub(crate) fn corpus(folder: &str) -> Result<Vec<PathBuf>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("corpus")
        .join(folder);
    let entries = std::fs::read_dir(&folder).with_context(|| folder.display().to_string())?;
    let mut files = Vec::new();
    for entry in entries {
        files.push(entry?.path());
    }
    files.sort();
    Ok(files)
}

/// The bytes of a valid image.
pub(crate) fn valid_image() -> Result<Vec<u8>> {
    let files = corpus("images/taken")?;
    let file = files.iter().find(|file| file.ends_with("sixteen-bit.png"));
    Ok(std::fs::read(file.context("no image in the corpus")?)?)
}
