//! Pixels that were read once, kept on disk.
//!
//! A file begins with a line of JSON, [`Header`]; the pixels of the images that could be read follow it, one
//! image after the other. Its name has a hash of everything that the pixels depend on.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};

use super::listing::ListedImage;
use super::selection::FolderImages;
use crate::config::Fit;
use crate::hash::Fnv;

/// Raised when decoding or resizing changes.
const VERSION: u32 = 1;

/// What was made of an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cached {
    /// RGB bytes; `None` where it could not be read.
    pub(super) pixels: Option<Arc<[u8]>>,
    /// What is to be said of it.
    pub(super) warning: Option<String>,
}

/// The first line of a file.
#[derive(Serialize, Deserialize)]
struct Header {
    version: u32,
    /// Of each image whether it could be read, and what is to be said of it.
    images: Vec<(bool, Option<String>)>,
}

/// The file for these images: `images-HASH.rgb`.
pub(super) fn file(
    folder: &Path,
    of: &FolderImages,
    listed: &[ListedImage],
    size: usize,
    fit: Fit,
) -> PathBuf {
    let mut hash = Fnv::new();
    hash.text(&of.folder.display().to_string());
    hash.text(&format!("{VERSION} {size} {fit:?}"));
    for image in listed {
        hash.text(&image.shown);
        let facts = fs::metadata(&image.path).ok();
        let length = facts.as_ref().map_or(0, fs::Metadata::len);
        let changed = facts.and_then(|it| it.modified().ok());
        let changed = changed.and_then(|it| it.duration_since(UNIX_EPOCH).ok());
        hash.text(&format!(
            "{length} {}",
            changed.map_or(0, |it| it.as_nanos())
        ));
    }
    folder.join(format!("images-{:016x}.rgb", hash.finish()))
}

/// The files with pixels in a folder, with their lengths in bytes; those that were not finished too. None where
/// there is no such folder.
///
/// # Errors
/// Where the folder cannot be read.
pub fn kept_pixels(folder: &Path) -> io::Result<Vec<(PathBuf, u64)>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut kept = Vec::new();
    for entry in entries {
        let entry = entry?;
        let facts = entry.metadata()?;
        if facts.is_file() && entry.file_name().to_str().is_some_and(is_ours) {
            kept.push((entry.path(), facts.len()));
        }
    }
    kept.sort();
    Ok(kept)
}

/// Whether a file has the name of pixels that are kept: `images-HASH.rgb`, or `images-HASH.PROCESS.part`.
fn is_ours(name: &str) -> bool {
    let Some((hash, end)) = name
        .strip_prefix("images-")
        .and_then(|rest| rest.split_once('.'))
    else {
        return false;
    };
    let is_hash = hash.len() == 16 && hash.bytes().all(|it| it.is_ascii_hexdigit());
    let process = end.strip_suffix(".part");
    let is_part = process.is_some_and(|it| it.bytes().all(|it| it.is_ascii_digit()));
    is_hash && (end == "rgb" || is_part)
}

/// Pixels as they were kept; `None` where there are none, or the file is not whole.
pub(super) fn read(path: &Path, listed: &[ListedImage], size: usize) -> Option<Vec<Cached>> {
    let mut file = BufReader::new(File::open(path).ok()?);
    let mut line = String::new();
    file.read_line(&mut line).ok()?;
    let header: Header = serde_json::from_str(&line).ok()?;
    if header.version != VERSION || header.images.len() != listed.len() {
        return None;
    }
    let mut all = Vec::with_capacity(listed.len());
    let mut pixels = vec![0; 3 * size * size];
    for (is_read, warning) in header.images {
        if is_read {
            file.read_exact(&mut pixels).ok()?;
        }
        all.push(Cached {
            pixels: is_read.then(|| Arc::from(pixels.as_slice())),
            warning,
        });
    }
    // A file with more in it is another's.
    (file.read(&mut [0]).ok()? == 0).then_some(all)
}

/// Keeps pixels: the file is there as a whole, or not.
pub(super) fn write(path: &Path, images: &[Cached]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let part = path.with_extension(format!("{}.part", std::process::id()));
    let written = write_to(&part, images).and_then(|()| fs::rename(&part, path));
    if written.is_err() {
        let _ = fs::remove_file(&part);
    }
    written
}

fn write_to(path: &Path, images: &[Cached]) -> io::Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    let header = Header {
        version: VERSION,
        images: images
            .iter()
            .map(|image| (image.pixels.is_some(), image.warning.clone()))
            .collect(),
    };
    serde_json::to_writer(&mut file, &header)?;
    writeln!(file)?;
    for pixels in images.iter().filter_map(|image| image.pixels.as_ref()) {
        file.write_all(pixels)?;
    }
    file.into_inner()?.sync_all()
}
