//! What is said of files that are left out, and of folders that cannot be read.

use std::path::Path;

use crate::error::Error;

/// What is said of an animated image.
pub(super) fn animated_warning(shown: &str) -> String {
    format!("{shown}: animated, its first picture was taken")
}

/// What is said of an image that could not be read.
pub(super) fn left_out(shown: &str, error: Error) -> String {
    match error {
        Error::File { problem, .. } => format!("{shown}: left out: {problem}"),
        other => format!("{shown}: left out: {other}"),
    }
}

/// A folder without an image that could be read.
pub(super) fn no_image(root: &Path, warnings: &[String]) -> Error {
    let mut problem = String::from(
        "has no image to train on: expected PNG, JPEG, WebP, GIF, BMP or TIFF files in one folder \
         for each class (`class/*` or `domain/class/*`)",
    );
    if let Some(first) = warnings.first() {
        problem.push_str(&format!("; {} left out, as {first}", warnings.len()));
    }
    file_error(root, problem)
}

/// An error about a file or folder.
pub(super) fn file_error(path: &Path, problem: impl Into<String>) -> Error {
    Error::File {
        path: path.display().to_string(),
        problem: problem.into(),
    }
}
