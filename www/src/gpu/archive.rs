//! A folder as one archive (tar, its jumps made absolute, lzip) in parts of a limited size, and back.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::num::NonZeroU64;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use lzma_rust2::filter::bcj::{BcjReader, BcjWriter};
use lzma_rust2::{LzipOptions, LzipReader, LzipWriterMt};

/// Names of the parts, before their numbers.
const NAME: &str = "rsc-gpu.tar.lz.";
/// How hard the compressor tries, of 9.
const PRESET: u32 = 7;
/// Bytes that are compressed by one core at a time.
const MEMBER: u64 = 96 << 20;

/// Writes one stream into files, each as large as allowed.
struct Parts {
    folder: PathBuf,
    limit: u64,
    /// The open one, and the bytes that it still takes.
    open: Option<(BufWriter<File>, u64)>,
    written: Vec<PathBuf>,
}

impl Write for Parts {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.open.as_ref().is_none_or(|(_, left)| *left == 0) {
            self.flush()?;
            let number = self.written.len() + 1;
            let file = self.folder.join(format!("{NAME}{number:03}"));
            self.open = Some((BufWriter::new(File::create_new(&file)?), self.limit));
            self.written.push(file);
        }
        let Some((file, left)) = &mut self.open else {
            return Ok(0);
        };
        let count = bytes
            .len()
            .min(usize::try_from(*left).unwrap_or(usize::MAX));
        file.write_all(&bytes[..count])?;
        *left -= count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.open.as_mut().map_or(Ok(()), |(file, _)| file.flush())
    }
}

/// Packs a folder into parts of at most so many bytes in another one, and returns the parts.
pub(super) fn pack(folder: &Path, out: &Path, part_bytes: u64) -> Result<Vec<PathBuf>> {
    let parts = Parts {
        folder: out.to_path_buf(),
        limit: part_bytes.max(1),
        open: None,
        written: Vec::new(),
    };
    let mut options = LzipOptions::with_preset(PRESET);
    options.set_member_size(NonZeroU64::new(MEMBER));
    let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get() as u32);
    let packed = || -> io::Result<Vec<PathBuf>> {
        let compressed = LzipWriterMt::new(parts, options, cores)?;
        // Most of it is programs: absolute addresses repeat, distances to them do not.
        let mut archive = tar::Builder::new(BcjWriter::new_x86(compressed, 0));
        archive.mode(tar::HeaderMode::Deterministic);
        archive.append_dir_all(".", folder)?;
        let mut parts = archive.into_inner()?.finish()?.finish()?;
        parts.flush()?;
        Ok(parts.written)
    };
    packed().with_context(|| format!("cannot pack the bundle into {}", out.display()))
}

/// Unpacks the parts in a folder into another one.
pub(super) fn unpack(folder: &Path, into: &Path) -> Result<()> {
    let parts = parts(folder)?;
    ensure!(
        !parts.is_empty(),
        "{} has no part of a bundle ({NAME}001 and so on); copy all of them there",
        folder.display()
    );
    let mut all: Box<dyn Read> = Box::new(io::empty());
    for part in &parts {
        let file = File::open(part).with_context(|| format!("cannot read {}", part.display()))?;
        all = Box::new(all.chain(BufReader::new(file)));
    }
    tar::Archive::new(BcjReader::new_x86(LzipReader::new(all), 0))
        .unpack(into)
        .with_context(|| {
            format!(
                "the {} parts in {} do not unpack; one is missing or broken, so copy them again",
                parts.len(),
                folder.display()
            )
        })
}

/// The parts in a folder, in order.
fn parts(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder)
        .with_context(|| format!("cannot list the folder {}", folder.display()))?;
    let mut parts: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    let is_part = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str());
        name.is_some_and(|name| name.starts_with(NAME))
    };
    parts.retain(is_part);
    parts.sort();
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_folder_comes_out_of_its_parts_again() {
        let scratch = tempfile::tempdir().expect("a temporary folder");
        let place = |name: &str| scratch.path().join(name);
        let (folder, out, again) = (place("folder"), place("out"), place("again"));
        fs::create_dir_all(folder.join("in/side")).expect("creates");
        fs::create_dir(&out).expect("creates");
        // Bytes that do not become smaller.
        let noise: Vec<u8> = (0..40_000_u64)
            .map(|i| (i.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 56) as u8 ^ (i >> 3) as u8)
            .collect();
        fs::write(folder.join("in/side/noise"), &noise).expect("writes");
        fs::write(folder.join("empty"), "").expect("writes");
        let written = pack(&folder, &out, 3_000).expect("packs");
        assert!(written.len() > 1, "{written:?}");
        for part in &written {
            let bytes = fs::metadata(part).expect("it is there").len();
            assert!((1..=3_000).contains(&bytes), "{bytes}");
        }
        assert_eq!(parts(&out).expect("lists"), written);
        unpack(&out, &again).expect("unpacks");
        assert_eq!(fs::read(again.join("in/side/noise")).expect("reads"), noise);
        assert!(again.join("empty").is_file());

        fs::remove_file(&written[1]).expect("removes");
        let error = unpack(&out, &place("broken")).expect_err("a part is missing");
        assert!(error.to_string().contains("copy them again"), "{error:#}");
        let error = unpack(&again, &place("none")).expect_err("there is no part");
        assert!(
            error.to_string().contains("no part of a bundle"),
            "{error:#}"
        );
    }
}
