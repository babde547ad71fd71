//! What is in a zip file: which entries are images to take in, where they belong, and what is
//! refused and why. Only the directory at the file's end is read here; the browser unpacks.

use rawzip::{CompressionMethod, ReaderAt, ZipArchive};

use crate::images::model::folder::{self, OtherWay, Placement};
use crate::images::model::limits::{MOST_IMAGE_BYTES, MOST_IMAGES, ZIP_TAIL, megabytes};
use crate::ui::model::{format, naming};

/// The end of a file.
pub(crate) struct ZipTail {
    /// Where in the file it begins.
    pub(crate) start: u64,
    /// Its bytes, to the end of the file.
    pub(crate) bytes: Vec<u8>,
}

/// What comes before reads as zeros, which are no part of any directory.
impl ReaderAt for ZipTail {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> std::io::Result<usize> {
        let Some(from) = offset.checked_sub(self.start) else {
            let before = usize::try_from(self.start - offset).unwrap_or(usize::MAX);
            let count = before.min(buffer.len());
            buffer[..count].fill(0);
            return Ok(count);
        };
        let rest = usize::try_from(from)
            .ok()
            .and_then(|from| self.bytes.get(from..))
            .unwrap_or_default();
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        Ok(count)
    }
}

/// One file within a zip file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// File name without its folders.
    pub(crate) name: String,
    /// Class and domain by its folders; the zip file's own name where none has any; `None` where it lies
    /// beside the others' folders.
    pub(crate) placement: Option<Placement>,
    /// Where its local header begins.
    pub(crate) header: u64,
    /// Bytes as they are stored.
    pub(crate) stored: u64,
    /// Whether they are deflated.
    pub(crate) deflated: bool,
}

/// What a zip file has to offer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Listing {
    /// What to take in.
    pub(crate) entries: Vec<Entry>,
    /// What not and why, in whole sentences.
    pub(crate) refused: Vec<String>,
    /// What was taken in some way, in whole sentences.
    pub(crate) remarks: Vec<String>,
    /// What its folders could be taken for as well.
    pub(crate) other_ways: Vec<OtherWay>,
}

/// Whether a file's name is that of a zip file.
pub(crate) fn is_zip(name: &str) -> bool {
    name.to_ascii_lowercase().ends_with(".zip")
}

/// Lists the zip file called `name` from its end; `composed` gives a text in Unicode's composed form. An
/// error is a whole sentence.
pub(crate) fn list(
    name: &str,
    tail: ZipTail,
    composed: impl Fn(&str) -> String,
) -> Result<Listing, String> {
    let broken = |_| text!("board.zip.broken", name = name);
    let mut buffer = vec![0; rawzip::RECOMMENDED_BUFFER_SIZE];
    let end = tail.start + tail.bytes.len() as u64;
    let archive = ZipArchive::with_max_search_space(ZIP_TAIL)
        .locate_in_reader(tail, &mut buffer, end)
        .map_err(|(_, error)| broken(error))?;

    let too_many = || {
        text!(
            "board.zip.too-many",
            name = name,
            most = format::thousands(MOST_IMAGES)
        )
    };
    if archive.entries_hint() > MOST_IMAGES as u64 {
        return Err(too_many());
    }
    let mut found = Vec::new();
    let mut sorted_out = RefusedEntries::default();
    let mut seen = 0;
    let mut records = archive.entries(&mut buffer);
    while let Some(record) = records.next_entry().map_err(broken)? {
        seen += 1;
        // The hint may lie.
        if seen > MOST_IMAGES {
            return Err(too_many());
        }
        if record.is_dir() {
            continue;
        }
        let path = path_of(record.file_path().as_bytes());
        let Some(file) = path.last().map(|file| naming::clean(file)) else {
            continue;
        };
        let hidden = |part: &String| part == "__MACOSX" || folder::is_clutter(part);
        if path.iter().any(hidden) {
            continue;
        }
        let method = record.compression_method();
        if record.flags().is_encrypted() || method == CompressionMethod::AES {
            sorted_out.encrypted.push(file);
        } else if is_zip(&file) {
            sorted_out.nested.push(file);
        } else if ![CompressionMethod::STORE, CompressionMethod::DEFLATE].contains(&method) {
            sorted_out.packed.push(file);
        } else if record.uncompressed_size_hint() > MOST_IMAGE_BYTES {
            sorted_out.large.push(file);
        } else {
            let entry = Entry {
                name: file,
                placement: None,
                header: record.local_header_offset(),
                stored: record.compressed_size_hint(),
                deflated: method == CompressionMethod::DEFLATE,
            };
            found.push((composed(&path.join("/")), entry));
        }
    }
    found.sort_by(|(a, _), (b, _)| a.cmp(b));
    let (paths, mut entries): (Vec<String>, Vec<Entry>) = found.into_iter().unzip();
    let placed = folder::place_folder(&paths);
    let loose = placed.placements.iter().all(Option::is_none);
    let of_zip = || Placement {
        class: stem(name),
        ..Placement::nowhere()
    };
    for (entry, placement) in entries.iter_mut().zip(placed.placements) {
        entry.placement = placement.or_else(|| loose.then(of_zip));
    }
    Ok(Listing {
        remarks: placed.remarks,
        other_ways: placed.other_ways,
        entries,
        refused: sorted_out.sentences(name),
    })
}

/// Names of what is not taken.
#[derive(Default)]
struct RefusedEntries {
    encrypted: Vec<String>,
    nested: Vec<String>,
    packed: Vec<String>,
    large: Vec<String>,
}

impl RefusedEntries {
    fn sentences(&self, zip: &str) -> Vec<String> {
        let kinds = [
            (&self.encrypted, "encrypted"),
            (&self.nested, "nested"),
            (&self.packed, "packed"),
            (&self.large, "large"),
        ];
        kinds
            .into_iter()
            .filter(|(names, _)| !names.is_empty())
            .map(|(names, why)| {
                text_with!(
                    &format!("board.zip.{why}"),
                    zip = zip,
                    most = megabytes(MOST_IMAGE_BYTES),
                    files = format::listing(names, 5)
                )
            })
            .collect()
    }
}

/// The parts of an entry's path. Nothing is ever written anywhere, so a path that climbs can do no
/// harm; its dots just name no folder.
fn path_of(raw: &[u8]) -> Vec<String> {
    String::from_utf8_lossy(raw)
        .split(['/', '\\'])
        .filter(|part| !matches!(*part, "" | "." | ".."))
        .map(str::to_owned)
        .collect()
}

fn stem(zip: &str) -> String {
    let end = zip.len() - if is_zip(zip) { 4 } else { 0 };
    zip[..end].to_owned()
}

/// How long a local header is, from its first bytes; `None` where they are none.
pub(crate) fn header_length(bytes: &[u8]) -> Option<u64> {
    let number = |at: usize| {
        let bytes = bytes.get(at..at + 2)?;
        Some(u64::from(u16::from_le_bytes([bytes[0], bytes[1]])))
    };
    let signed = bytes.starts_with(b"PK\x03\x04");
    signed.then_some(HEADER + number(26)? + number(28)?)
}

/// Length of a local header without name and extra fields.
pub(crate) const HEADER: u64 = 30;

#[cfg(test)]
mod tests {
    use super::*;

    fn le(value: usize, bytes: usize) -> Vec<u8> {
        value.to_le_bytes()[..bytes].to_vec()
    }

    /// A zip file by hand: paths, general purpose flags, method and size as said.
    fn zip(entries: &[(&str, usize, usize, usize)]) -> Vec<u8> {
        let mut file = Vec::new();
        let mut directory = Vec::new();
        for (path, flags, method, size) in entries {
            let offset = file.len();
            let middle = [
                le(20, 2),
                le(*flags, 2),
                le(*method, 2),
                le(0, 8),
                le(3, 4),
                le(*size, 4),
                le(path.len(), 2),
                le(0, 2),
            ]
            .concat();
            file.extend([b"PK\x03\x04".as_slice(), &middle, path.as_bytes(), b"abc"].concat());
            directory.extend(
                [
                    b"PK\x01\x02".as_slice(),
                    &le(20, 2),
                    &middle,
                    &[0; 10],
                    &le(offset, 4),
                    path.as_bytes(),
                ]
                .concat(),
            );
        }
        let start = file.len();
        file.extend(&directory);
        let end = [
            b"PK\x05\x06".as_slice(),
            &le(0, 4),
            &le(entries.len(), 2),
            &le(entries.len(), 2),
            &le(directory.len(), 4),
            &le(start, 4),
            &le(0, 2),
        ];
        file.extend(end.concat());
        file
    }

    fn listed(name: &str, bytes: Vec<u8>) -> Result<Listing, String> {
        list(name, ZipTail { start: 0, bytes }, str::to_owned)
    }

    fn places(listing: &Listing) -> Vec<(&str, &str, &str)> {
        let entries = listing.entries.iter();
        entries
            .map(|e| match &e.placement {
                Some(it) => (&*it.domain, &*it.class, &*e.name),
                None => ("nowhere", "", &*e.name),
            })
            .collect()
    }

    #[test]
    fn folders_are_classes_and_domains() -> Result<(), String> {
        let plain = |path| (path, 0, 0, 3);
        let bytes = zip(&[
            plain("PACS/photo/dog/1.png"),
            plain("PACS/sketch/dog/2.png"),
            plain("__MACOSX/PACS/photo/dog/._1.png"),
            plain("PACS/photo/.hidden/3.png"),
            plain("PACS/.DS_Store"),
            plain("PACS/photo/"),
        ]);
        let listing = listed("a.zip", bytes)?;
        assert_eq!(
            places(&listing),
            [("photo", "dog", "1.png"), ("sketch", "dog", "2.png")]
        );
        assert!(listing.refused.is_empty());
        Ok(())
    }

    #[test]
    fn loose_files_have_the_class_of_the_zip_file() -> Result<(), String> {
        let listing = listed("cat.ZIP", zip(&[("1.png", 0, 8, 3)]))?;
        assert_eq!(places(&listing), [("", "cat", "1.png")]);
        assert!(listing.entries[0].deflated);
        assert_eq!(listing.entries[0].stored, 3);
        Ok(())
    }

    #[test]
    fn climbing_paths_are_harmless() -> Result<(), String> {
        let bytes = zip(&[
            ("../../etc/cat/1.png", 0, 0, 3),
            ("..\\dog\\2.png", 0, 0, 3),
            ("/../..", 0, 0, 3),
        ]);
        let listing = listed("a.zip", bytes)?;
        assert_eq!(
            places(&listing),
            [("", "dog", "2.png"), ("etc", "cat", "1.png")]
        );
        Ok(())
    }

    #[test]
    fn what_is_refused_is_named() -> Result<(), String> {
        let bytes = zip(&[
            ("cat/locked.png", 1, 0, 3),
            ("cat/inner.zip", 0, 0, 3),
            ("cat/rare.png", 0, 14, 3),
            ("cat/bomb.png", 0, 8, 65 << 20),
            ("cat/good.png", 0, 8, 3),
        ]);
        let listing = listed("a.zip", bytes)?;
        assert_eq!(places(&listing), [("", "cat", "good.png")]);
        for (sentence, part) in
            listing
                .refused
                .iter()
                .zip(["locked.png", "inner.zip", "rare.png", "bomb.png"])
        {
            assert!(sentence.contains(part), "{sentence}");
        }
        assert_eq!(listing.refused.len(), 4);
        Ok(())
    }

    #[test]
    fn too_many_files_and_what_is_no_zip_file() {
        let one = ("a.png", 0, 0, 3);
        let many = listed("a.zip", zip(&vec![one; MOST_IMAGES + 1]));
        assert!(many.is_err_and(|text| text.contains("20,000")));
        let none = listed("a.zip", b"no zip file at all".to_vec());
        assert!(none.is_err_and(|text| text.contains("“a.zip”")));
        let cut = zip(&[one]);
        assert!(listed("a.zip", cut[..cut.len() - 30].to_vec()).is_err());
    }

    #[test]
    fn only_the_end_is_needed() -> Result<(), String> {
        let bytes = zip(&[("cat/1.png", 0, 0, 3), ("dog/2.png", 0, 0, 3)]);
        let whole = listed("a.zip", bytes.clone())?;
        let start = whole.entries[1].header;
        let tail = ZipTail {
            start,
            bytes: bytes[start as usize..].to_vec(),
        };
        assert_eq!(list("a.zip", tail, str::to_owned)?, whole);
        assert_eq!(header_length(&bytes), Some(30 + 9));
        assert_eq!(header_length(b"PK\x01\x02"), None);
        Ok(())
    }
}
