//! A project as one zip: which file lies where, and what a foreign zip may not do. Nothing is
//! compressed, because nearly all of it is PNG.

use std::collections::BTreeSet;
use std::io::Write;

use rawzip::{CompressionMethod, ZipArchive, ZipArchiveWriter};

use crate::images::model::limits::{MOST_IMAGE_BYTES, MOST_PROJECT_FILES};
use crate::images::model::zip::is_zip;

/// The settings.
pub(crate) const CONFIG: &str = "config.json";
/// The runs.
pub(crate) const RUNS: &str = "runs.json";
/// What is known of the images beside their pixels: a board.
pub(crate) const BOARD: &str = "board.json";
/// The sweep: a `SavedSweep`.
pub(crate) const SWEEP: &str = "sweep.json";
/// Images lie in here.
pub(crate) const IMAGES: &str = "images/";
/// Those that are for testing only, a path within [`IMAGES`] in each line, as `rsc train` reads it.
pub(crate) const TEST_ONLY: &str = "images/test-only.txt";
/// Those from a folder for training, likewise.
pub(crate) const TRAIN_ONLY: &str = "images/train-only.txt";
/// Checkpoints of runs lie in here, in a folder for each, counted as in [`RUNS`].
const CHECKPOINTS: &str = "runs/";

/// The parts of a run's checkpoint.
pub(crate) mod part {
    /// The engine's part.
    pub(crate) const CHECKPOINT: &str = "checkpoint.safetensors";
    /// Every step's metrics.
    pub(crate) const HISTORY: &str = "history.bin";
    /// After which step, and the evaluations.
    pub(crate) const COURSE: &str = "course.json";
    /// What each arm made of each test image; earlier pages wrote none.
    pub(crate) const PREDICTIONS: &str = "predictions.bin";
}

/// Where a part of what the run at this place needs lies.
pub(crate) fn checkpoint_path(run: usize, part: &str) -> String {
    format!("{CHECKPOINTS}{run}/{part}")
}

/// A file within a zip.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Where it lies.
    pub(crate) path: String,
    /// What is in it.
    pub(crate) bytes: Vec<u8>,
}

impl Entry {
    /// Whether it lies where images do, or in a folder of a zip that was made by hand.
    pub(crate) fn is_image(&self) -> bool {
        let is_list = [TEST_ONLY, TRAIN_ONLY].contains(&self.path.as_str());
        self.path.contains('/') && !is_list && self.checkpoint_part().is_none()
    }

    /// Which run it belongs to, and which part of it it is, if it is one.
    pub(crate) fn checkpoint_part(&self) -> Option<(usize, &str)> {
        let (run, part) = self.path.strip_prefix(CHECKPOINTS)?.split_once('/')?;
        let parts = [
            part::CHECKPOINT,
            part::HISTORY,
            part::COURSE,
            part::PREDICTIONS,
        ];
        let known = parts.contains(&part);
        Some((run.parse().ok().filter(|_| known)?, part))
    }
}

/// A name as part of a path, on any system.
fn path_part(name: &str) -> String {
    let forbidden = |c: char| c.is_control() || "/\\:*?\"<>|".contains(c);
    let clean: String = name
        .chars()
        .map(|c| if forbidden(c) { '_' } else { c })
        .collect();
    let clean = clean.trim().trim_end_matches('.').to_owned();
    if clean.is_empty() {
        String::from("unnamed")
    } else {
        clean
    }
}

/// Where an image lies: `images/domain/class/name.png`, without the domain where there is none.
/// Two images of one name get numbers.
pub(crate) fn image_path(
    domain: &str,
    class: &str,
    name: &str,
    taken: &mut BTreeSet<String>,
) -> String {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let folder = if domain.is_empty() {
        path_part(class)
    } else {
        format!("{}/{}", path_part(domain), path_part(class))
    };
    let stem = path_part(stem);
    let numbered = (2..).map(|number| format!("{IMAGES}{folder}/{stem}-{number}.png"));
    let first = format!("{IMAGES}{folder}/{stem}.png");
    let mut names = std::iter::once(first).chain(numbered);
    // Some systems take two names for one that differ in case only.
    let free = names.find(|path| taken.insert(path.to_lowercase()));
    free.unwrap_or_default()
}

/// Packs files.
///
/// # Errors
/// What the format does not allow.
pub(crate) fn pack(entries: &[Entry]) -> Result<Vec<u8>, String> {
    let packed = || -> Result<Vec<u8>, rawzip::Error> {
        let mut packed = Vec::new();
        let mut archive = ZipArchiveWriter::new(&mut packed);
        for entry in entries {
            let (mut file, config) = archive
                .new_file(entry.path.as_str())
                .compression_method(CompressionMethod::STORE)
                .start()?;
            let mut writer = config.wrap(&mut file);
            writer
                .write_all(&entry.bytes)
                .map_err(rawzip::Error::from)?;
            let (_, descriptor) = writer.finish()?;
            file.finish(descriptor)?;
        }
        archive.finish()?;
        Ok(packed)
    };
    packed().map_err(|error| error.to_string())
}

/// Unpacks a zip, all of it or nothing.
///
/// # Errors
/// What is wrong, as a clause.
pub(crate) fn unpack(bytes: &[u8]) -> Result<Vec<Entry>, String> {
    let damaged = |error: rawzip::Error| text!("kept.zip.damaged", error = error);
    let archive = ZipArchive::from_slice(bytes).map_err(damaged)?;
    let mut headers = archive.entries();
    let mut entries: Vec<Entry> = Vec::new();
    let mut total = 0;
    while let Some(header) = headers.next_entry().map_err(damaged)? {
        if header.is_dir() {
            continue;
        }
        let raw = header.file_path();
        let path = std::str::from_utf8(raw.as_bytes())
            .map_err(|_| text!("kept.zip.name").to_owned())?
            .to_owned();
        let climbs = path.split(['/', '\\']).any(|part| part == "..");
        if climbs || path.starts_with(['/', '\\']) || path.contains(':') {
            return Err(text!("kept.zip.outside", path = path));
        }
        let method = header.compression_method();
        if header.flags().is_encrypted() || method == CompressionMethod::AES {
            return Err(text!("kept.zip.locked", path = path));
        }
        if is_zip(&path) {
            return Err(text!("kept.zip.nested", path = path));
        }
        if method != CompressionMethod::STORE {
            return Err(text!("kept.zip.compressed", path = path));
        }
        if entries.len() == MOST_PROJECT_FILES {
            return Err(text!("kept.zip.many", most = MOST_PROJECT_FILES));
        }
        let entry = archive.get_entry(header.wayfinder()).map_err(damaged)?;
        let data = entry.data();
        total += data.len();
        // Entries that overlap could claim more than there is.
        if data.len() as u64 > MOST_IMAGE_BYTES || total > bytes.len() {
            return Err(text!("kept.zip.large", path = path));
        }
        let claim = entry.claim_verifier();
        if claim.uncompressed_size != data.len() as u64 || claim.crc != rawzip::crc32(data) {
            return Err(text!("kept.zip.file-damaged", path = path));
        }
        entries.push(Entry {
            path,
            bytes: data.to_vec(),
        });
    }
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(path: &str, bytes: &[u8]) -> Entry {
        Entry {
            path: path.to_owned(),
            bytes: bytes.to_vec(),
        }
    }

    #[test]
    fn what_is_packed_is_unpacked() {
        let entries = [
            entry(CONFIG, b"{}"),
            entry("images/photo/Hündin/1.png", &[0; 1000]),
            entry("images/empty.png", b""),
        ];
        let packed = pack(&entries).unwrap_or_default();
        assert_eq!(unpack(&packed), Ok(entries.to_vec()));
        let mut broken = packed.clone();
        if let Some(at) = packed.windows(2).position(|two| two == b"{}") {
            broken[at] = b'[';
        }
        assert!(unpack(&broken).is_err_and(|text| text.contains("damaged")));
        assert!(unpack(&packed[..packed.len() / 2]).is_err());
        assert!(unpack(b"hello").is_err_and(|text| text.contains("no zip")));
    }

    #[test]
    fn parts_of_runs_are_no_images() {
        let part = entry(&checkpoint_path(3, part::HISTORY), b"");
        assert_eq!(part.checkpoint_part(), Some((3, "history.bin")));
        assert!(!part.is_image());
        for path in [
            "runs/3/photo.png",
            "runs/x/history.bin",
            "cats/runs/3/history.bin",
        ] {
            let image = entry(path, b"");
            assert_eq!(image.checkpoint_part(), None);
            assert!(image.is_image());
        }
    }

    #[test]
    fn nothing_climbs_out() {
        for path in ["../up.png", "a/../../up.png"] {
            let name = "x".repeat(path.len());
            let mut packed = pack(&[entry(&name, b"x y")]).unwrap_or_default();
            while let Some(at) = packed
                .windows(name.len())
                .position(|found| found == name.as_bytes())
            {
                packed[at..at + path.len()].copy_from_slice(path.as_bytes());
            }
            assert!(
                unpack(&packed).is_err_and(|text| text.contains("outside")),
                "{path}"
            );
        }
    }

    /// Where each entry's flags are, in the directory and before its data.
    fn flags_of(packed: &[u8]) -> Vec<usize> {
        let at = |signature: &[u8], behind: usize| {
            let found = packed.windows(4).enumerate();
            found
                .filter(|(_, window)| *window == signature)
                .map(|(at, _)| at + behind)
                .collect::<Vec<_>>()
        };
        [at(b"PK\x01\x02", 8), at(b"PK\x03\x04", 6)].concat()
    }

    #[test]
    fn locked_and_nested_files_are_named() {
        let entries = [entry(CONFIG, b"{}"), entry("images/cat/1.png", b"abc")];
        let mut locked = pack(&entries).unwrap_or_default();
        for at in flags_of(&locked) {
            locked[at] |= 1;
        }
        assert!(unpack(&locked).is_err_and(|text| text.contains("password")));
        let nested = pack(&[entry("images/cat/more.ZIP", b"PK")]).unwrap_or_default();
        assert!(
            unpack(&nested).is_err_and(|text| {
                text.contains("more.ZIP") && text.contains("unpack it first")
            })
        );
    }

    /// An entry that claims to be larger or smaller than it is, in the directory or before its data.
    #[test]
    fn lying_sizes_are_found_out() {
        let entries = [entry(CONFIG, b"{}"), entry("images/cat/1.png", &[7; 300])];
        let packed = pack(&entries).unwrap_or_default();
        let directory = flags_of(&packed)[..2].to_vec();
        for claimed in [0_u32, 1, 299, 301, 1 << 20, u32::MAX - 1, u32::MAX] {
            for field in [12, 16] {
                let mut lying = packed.clone();
                let at = directory[1] + field;
                lying[at..at + 4].copy_from_slice(&claimed.to_le_bytes());
                let read = unpack(&lying);
                assert!(read.is_err(), "{claimed} at {field}: {read:?}");
            }
        }
        // Two entries that are one and the same place hold more than there is.
        let mut overlapping = packed.clone();
        let first = directory[0] + 34;
        let offset = packed[first..first + 4].to_vec();
        let second = directory[1] + 34;
        overlapping[second..second + 4].copy_from_slice(&offset);
        assert!(unpack(&overlapping).is_err());
    }

    #[test]
    fn images_have_paths_of_their_own() {
        let mut taken = BTreeSet::new();
        let mut path = |domain, class, name| image_path(domain, class, name, &mut taken);
        assert_eq!(path("", "cat", "a.jpg"), "images/cat/a.png");
        assert_eq!(path("", "cat", "A.webp"), "images/cat/A-2.png");
        assert_eq!(path("photo", "cat", "a.jpg"), "images/photo/cat/a.png");
        assert_eq!(path("", "a/b", "..png"), "images/a_b/unnamed.png");
        assert_eq!(path("..", " ", ""), "images/unnamed/unnamed/unnamed.png");
    }
}
