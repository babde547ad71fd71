//! Zip files, sound ones and such as no program writes.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Result;
use flate2::{Compression, write::DeflateEncoder};
use rawzip::{CompressionMethod, ZipArchiveWriter};

use super::images::gradient;

/// Offset of the flags in an entry of the central directory.
pub(crate) const FLAGS: usize = 8;
/// Offset of the uncompressed size in an entry of the central directory.
pub(crate) const UNCOMPRESSED_SIZE: usize = 24;

/// The bytes of a zip file, its entries compressed by these methods in turn.
pub(crate) fn zip(
    files: &[(impl AsRef<str>, impl AsRef<[u8]>)],
    methods: &[CompressionMethod],
) -> Result<Vec<u8>> {
    let mut packed = Vec::new();
    let mut archive = ZipArchiveWriter::new(&mut packed);
    for ((path, bytes), method) in files.iter().zip(methods.iter().cycle()) {
        let entry = archive.new_file(path.as_ref());
        let (mut entry, config) = entry.compression_method(*method).start()?;
        let descriptor = if *method == CompressionMethod::STORE {
            let mut writer = config.wrap(&mut entry);
            writer.write_all(bytes.as_ref())?;
            writer.finish()?.1
        } else {
            let encoder = DeflateEncoder::new(&mut entry, Compression::default());
            let mut writer = config.wrap(encoder);
            writer.write_all(bytes.as_ref())?;
            let (encoder, descriptor) = writer.finish()?;
            encoder.finish()?;
            descriptor
        };
        entry.finish(descriptor)?;
    }
    archive.finish()?;
    Ok(packed)
}

/// A zip file of stored entries, as the page saves projects.
pub(crate) fn zip_stored(files: &[(impl AsRef<str>, impl AsRef<[u8]>)]) -> Result<Vec<u8>> {
    zip(files, &[CompressionMethod::STORE])
}

/// A zip file of deflated entries.
pub(crate) fn zip_deflated(files: &[(impl AsRef<str>, impl AsRef<[u8]>)]) -> Result<Vec<u8>> {
    zip(files, &[CompressionMethod::DEFLATE])
}

/// Writes a zip file whose entries are stored and deflated by turns.
pub(crate) fn write_zip(folder: &Path, name: &str, files: &[(String, Vec<u8>)]) -> Result<PathBuf> {
    let methods = [CompressionMethod::STORE, CompressionMethod::DEFLATE];
    let path = folder.join(name);
    std::fs::write(&path, zip(files, &methods)?)?;
    Ok(path)
}

/// Writes a zip file of sixteen cats in two domains and three dogs, with the files that macOS adds
/// and a zip file within.
pub(crate) fn write_pets(folder: &Path) -> Result<PathBuf> {
    let mut files = Vec::new();
    for number in 0..12 {
        files.push((format!("pets/photo/cat/{number:02}.png"), gradient(number)?));
    }
    for number in 0..4 {
        files.push((format!("pets/sketch/cat/s{number}.png"), gradient(number)?));
    }
    for (number, domain) in ["photo", "photo", "sketch"].into_iter().enumerate() {
        files.push((format!("pets/{domain}/dog/d{number}.png"), gradient(9)?));
    }
    files.push(("__MACOSX/pets/photo/cat/._00.png".into(), vec![0; 9]));
    files.push(("pets/.DS_Store".into(), vec![0; 9]));
    files.push(("pets/photo/cat/inner.zip".into(), vec![0; 9]));
    write_zip(folder, "pets.zip", &files)
}

/// Renames the only entry that contains `from`, in its local header and in the central directory.
pub(crate) fn rename_entry(mut packed: Vec<u8>, from: &str, to: &str) -> Vec<u8> {
    assert_eq!(from.len(), to.len(), "nothing may move");
    let places = packed.windows(from.len()).enumerate();
    let found: Vec<usize> = places
        .filter(|(_, window)| *window == from.as_bytes())
        .map(|(at, _)| at)
        .collect();
    assert_eq!(found.len(), 2, "before the data, and in the directory");
    for at in found {
        packed[at..at + to.len()].copy_from_slice(to.as_bytes());
    }
    packed
}

/// Overwrites a field, given by its offset, in every entry of the central directory.
pub(crate) fn overwrite_in_directory(packed: &mut [u8], offset: usize, value: &[u8]) {
    let found: Vec<usize> = packed
        .windows(4)
        .enumerate()
        .filter(|(_, window)| window == b"PK\x01\x02")
        .map(|(at, _)| at + offset)
        .collect();
    for at in found {
        packed[at..at + value.len()].copy_from_slice(value);
    }
}
