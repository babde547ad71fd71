//! Files that several processes write.

use std::{
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
    time::{SystemTime, UNIX_EPOCH},
};

use anyhow::{Context, Result};

use crate::files::PART;

/// Writes a file that several processes and threads may write at once: the last one wins, and what is read is
/// always one of theirs, whole. It is on the disk before it takes the place of the one before.
pub(crate) fn write_shared(path: &Path, content: &[u8]) -> Result<()> {
    let mut file = SharedFile::create(path)?;
    let written = file.write_all(content);
    written.with_context(|| unwritten(path))?;
    file.finish()
}

/// What is said of a file that cannot be written.
pub(crate) fn unwritten(path: &Path) -> String {
    format!("{}: the file cannot be written", path.display())
}

/// A file as [`write_shared`] writes it, bit by bit.
pub(crate) struct SharedFile {
    path: PathBuf,
    part: PathBuf,
    file: BufWriter<File>,
    whole: bool,
}

impl SharedFile {
    /// Begins one, under a name of its own.
    ///
    /// # Errors
    /// Where it cannot be made.
    pub(crate) fn create(path: &Path) -> Result<Self> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let mut part = path.as_os_str().to_owned();
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        // Processes on different machines may have the same number.
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let now = now.unwrap_or_default().as_nanos();
        part.push(format!(".{}-{now}-{count}{PART}", std::process::id()));
        let file = File::create(&part).with_context(|| unwritten(path))?;
        Ok(Self {
            path: path.to_owned(),
            part: part.into(),
            file: BufWriter::new(file),
            whole: false,
        })
    }

    /// Brings it to the disk and gives it its name.
    ///
    /// # Errors
    /// Where that fails; what there was before is still there.
    pub(crate) fn finish(mut self) -> Result<()> {
        let named = self.file.flush().and_then(|()| {
            self.file.get_ref().sync_all()?;
            fs::rename(&self.part, &self.path)
        });
        named.with_context(|| unwritten(&self.path))?;
        self.whole = true;
        Ok(())
    }
}

impl Write for SharedFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for SharedFile {
    fn drop(&mut self) {
        if !self.whole {
            // It may be what fills the disk.
            fs::remove_file(&self.part).ok();
        }
    }
}
