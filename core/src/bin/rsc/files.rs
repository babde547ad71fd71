//! Files that are whole or not there.

use std::{fs, path::Path};

use anyhow::{Context, Result};
use serde::Serialize;

/// End of the name of a file that is not whole yet.
pub(crate) const PART: &str = ".part";

/// Writes a file that is there as a whole or, if the program or the machine stops, as it was before.
pub(crate) fn write_whole(path: &Path, content: &[u8]) -> Result<()> {
    let mut part = path.as_os_str().to_owned();
    part.push(PART);
    let written = fs::write(&part, content).and_then(|()| fs::rename(&part, path));
    written.with_context(|| format!("{}: the file cannot be written", path.display()))
}

/// A value as people read it.
pub(crate) fn json(value: &impl Serialize) -> Result<Vec<u8>> {
    let text = serde_json::to_string_pretty(value)?;
    Ok((text + "\n").into_bytes())
}
