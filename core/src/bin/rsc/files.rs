//! Files that are whole or not there.

use std::{
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use serde::Serialize;

/// End of the name of a file that is not whole yet.
pub(crate) const PART: &str = ".part";

/// Writes a file that is there as a whole or, if the program or the machine stops, as it was before.
pub(crate) fn write_whole(path: &Path, content: &[u8]) -> Result<()> {
    let part = part_of(path);
    let written = fs::write(&part, content).and_then(|()| fs::rename(&part, path));
    written.with_context(|| format!("{}: the file cannot be written", path.display()))
}

fn part_of(path: &Path) -> PathBuf {
    let mut part = path.as_os_str().to_owned();
    part.push(PART);
    part.into()
}

/// Refuses to replace a file, unless the option `--overwrite` was given.
pub(crate) fn check_new(option: &str, path: &Path, overwrite: bool) -> Result<()> {
    if path.exists() && !overwrite {
        bail!(
            "{option}: {} is there already: replace it with --overwrite, or name another file",
            path.display()
        );
    }
    Ok(())
}

/// Refuses a folder that has something in it.
pub(crate) fn check_new_folder(option: &str, path: &Path) -> Result<()> {
    let is_used = fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_some());
    if path.is_file() || is_used {
        bail!(
            "{option}: {} has something in it already: name an empty or a new folder, or write to it with \
             --overwrite",
            path.display()
        );
    }
    Ok(())
}

/// A file that is written bit by bit, and gets its name when it is whole.
pub(crate) struct GrowingFile {
    path: PathBuf,
    part: PathBuf,
    file: BufWriter<File>,
    whole: bool,
}

impl GrowingFile {
    /// Begins one.
    pub(crate) fn create(path: &Path) -> Result<Self> {
        let part = part_of(path);
        let file = File::create(&part)
            .with_context(|| format!("{}: the file cannot be written", path.display()))?;
        Ok(Self {
            path: path.to_owned(),
            part,
            file: BufWriter::new(file),
            whole: false,
        })
    }

    /// Gives it its name.
    pub(crate) fn finish(mut self) -> Result<()> {
        let renamed = self.file.flush();
        let renamed = renamed.and_then(|()| fs::rename(&self.part, &self.path));
        renamed.with_context(|| format!("{}: the file cannot be written", self.path.display()))?;
        self.whole = true;
        Ok(())
    }
}

impl Write for GrowingFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for GrowingFile {
    fn drop(&mut self) {
        if !self.whole {
            // What is left of it is of no use, and hurts nobody.
            let _ = fs::remove_file(&self.part);
        }
    }
}

/// A value as people read it.
pub(crate) fn json(value: &impl Serialize) -> Result<Vec<u8>> {
    let text = serde_json::to_string_pretty(value)?;
    Ok((text + "\n").into_bytes())
}
