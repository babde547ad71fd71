//! The folder of a protocol's results: `protocol.toml`, `protocol.json`, `images.json` and a record for each
//! cell. Any number of processes, on any machines, may share it.

use std::{
    fs::{self, File},
    io::{self, BufRead, BufReader, ErrorKind},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use super::{
    cells::{Cell, Protocol},
    images::ImageNotes,
    record::CellRecord,
    shared_file::write_shared,
};
use crate::files::{PART, json};

/// The files that are made of all records.
pub(crate) const TABLES: [&str; 8] = [
    "results.csv",
    "results.parquet",
    "table.txt",
    "table.md",
    "table.tex",
    "table.csv",
    "differences.csv",
    "report.html",
];

const COPY: &str = "protocol.toml";
const PROTOCOL: &str = "protocol.json";
const IMAGES: &str = "images.json";
const CELLS: &str = "cells";

/// What is read again of `protocol.json`.
#[derive(Deserialize)]
struct Before {
    name: String,
    hash: String,
    version: String,
}

/// The JSON of a protocol without its cells, which come last: with thousands of them they are megabytes, and each
/// task of a cluster asks.
fn head(file: impl BufRead) -> io::Result<String> {
    let mut text = String::new();
    for line in file.lines() {
        let line = line?;
        if line.trim_start().starts_with("\"cells\":") {
            text.push_str("\"cells\": []}");
            break;
        }
        text.push_str(&line);
    }
    Ok(text)
}

/// The folder that `--out` names.
#[derive(Debug, Clone)]
pub(crate) struct Folder {
    root: PathBuf,
}

impl Folder {
    /// The folder at this place, whether it is there or not.
    pub(crate) fn new(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
        }
    }

    /// Its path.
    pub(crate) fn path(&self) -> &Path {
        &self.root
    }

    /// Refuses a folder that holds the results of another protocol, or files that would be overwritten. `text`
    /// is that of the protocol.
    ///
    /// # Errors
    /// In these cases, and where `protocol.json` cannot be read.
    pub(crate) fn check(&self, protocol: &Protocol, text: &str) -> Result<()> {
        let path = self.root.join(PROTOCOL);
        let read = match File::open(&path).and_then(|file| head(BufReader::new(file))) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return self.check_foreign(protocol, text);
            }
            read => read.with_context(|| format!("{}: the file cannot be read", path.display()))?,
        };
        let before: Before = serde_json::from_str(&read).with_context(|| {
            format!(
                "{}: this is not what a protocol writes: name another folder with --out",
                path.display()
            )
        })?;
        if before.hash != protocol.hash {
            bail!(
                "--out: {} holds the results of another protocol (`{}`, {}, by version {}), and this one is \
                 {}: name another folder",
                self.root.display(),
                before.name,
                before.hash,
                before.version,
                protocol.hash
            );
        }
        Ok(())
    }

    /// Refuses a folder in which no protocol was begun and where files would be overwritten.
    fn check_foreign(&self, protocol: &Protocol, text: &str) -> Result<()> {
        let names = TABLES.into_iter().chain([IMAGES, CELLS]);
        let mut there: Vec<&str> = names.filter(|name| self.root.join(name).exists()).collect();
        // The copy is written first, so a process that was killed may have left it.
        let copy = fs::read_to_string(self.root.join(COPY));
        if copy.is_ok_and(|it| it != text) {
            there.push(COPY);
        }
        match there.first() {
            None => Ok(()),
            // Another process has begun it just now: what is in the folder is written after this file.
            Some(_) if self.root.join(PROTOCOL).exists() => self.check(protocol, text),
            Some(name) => bail!(
                "--out: {} has a `{name}` and no {PROTOCOL}, so it is not known what it holds: name another \
                 folder",
                self.root.display()
            ),
        }
    }

    /// Makes the folder and writes what the protocol is, unless that is there already.
    ///
    /// # Errors
    /// Where the folder is of another protocol or cannot be written to.
    pub(crate) fn begin(&self, protocol: &Protocol, text: &str) -> Result<()> {
        self.check(protocol, text)?;
        // The protocol first: a folder with cells alone is refused.
        for (folder, file) in [("", true), (CELLS, false)] {
            let folder = self.root.join(folder);
            fs::create_dir_all(&folder)
                .with_context(|| format!("{}: the folder cannot be made", folder.display()))?;
            if file && !self.root.join(PROTOCOL).exists() {
                write_shared(&self.root.join(COPY), text.as_bytes())?;
                write_shared(&self.root.join(PROTOCOL), &json(protocol)?)?;
            }
        }
        Ok(())
    }

    /// Compares the images with those that the protocol was begun with; notes them where it begins now.
    ///
    /// # Errors
    /// Where they have changed, with what has.
    pub(crate) fn check_images(&self, notes: &ImageNotes, images: &str) -> Result<()> {
        let path = self.root.join(IMAGES);
        if !path.exists() {
            write_shared(&path, &json(notes)?)?;
        }
        let text = fs::read_to_string(&path)
            .with_context(|| format!("{}: the file cannot be read", path.display()))?;
        let before: ImageNotes = serde_json::from_str(&text).with_context(|| {
            format!("{}: these are not the images of a protocol", path.display())
        })?;
        if let Some(changes) = before.changes(notes) {
            bail!(
                "the images ({images}) are no longer those that the protocol began with: {changes}; bring them \
                 back as they were, or begin anew in another folder (--out)"
            );
        }
        Ok(())
    }

    fn file(&self, cell: &Cell, end: &str) -> PathBuf {
        let name = format!("{:05}-{}.{end}", cell.index, cell.hash);
        self.root.join(CELLS).join(name)
    }

    /// Where a cell's record lies.
    pub(crate) fn record_path(&self, cell: &Cell) -> PathBuf {
        self.file(cell, "json")
    }

    /// Where a cell's claim lies.
    pub(crate) fn claim_path(&self, cell: &Cell) -> PathBuf {
        self.file(cell, "claim")
    }

    /// Where a cell under way is saved: its checkpoint, and its evaluations.
    pub(crate) fn way_paths(&self, cell: &Cell) -> [PathBuf; 2] {
        ["safetensors", "way"].map(|end| self.file(cell, end))
    }

    /// The record of a cell; `None` where it is missing, cut off or of another cell.
    pub(crate) fn record(&self, cell: &Cell) -> Option<CellRecord> {
        let text = fs::read_to_string(self.record_path(cell)).ok()?;
        let record: CellRecord = serde_json::from_str(&text).ok()?;
        record.is_of(cell).then_some(record)
    }

    /// Whether the record of a cell is there.
    pub(crate) fn has(&self, cell: &Cell) -> bool {
        self.record(cell).is_some()
    }

    /// How many cells have no record yet.
    pub(crate) fn missing(&self, protocol: &Protocol) -> usize {
        let cells = protocol.cells.iter();
        cells.filter(|cell| !self.has(cell)).count()
    }

    /// Writes the record of a cell.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub(crate) fn write(&self, cell: &Cell, record: &CellRecord) -> Result<()> {
        write_shared(&self.record_path(cell), &json(record)?)
    }

    /// Removes what processes that were killed have left, once all cells are there.
    pub(crate) fn tidy(&self) {
        const ENDS: [&str; 4] = [PART, ".claim", ".safetensors", ".way"];
        let entries = fs::read_dir(self.root.join(CELLS)).into_iter().flatten();
        for entry in entries.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if ENDS.iter().any(|end| name.ends_with(end)) {
                // Nothing needs them any more, and nothing is lost where they stay.
                fs::remove_file(entry.path()).ok();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_protocol_the_head_is_read() {
        let start =
            "{\n  \"name\": \"\\\"cells\\\": [\",\n  \"hash\": \"ab\",\n  \"version\": \"1\",\n";
        for end in ["{}\n  ]\n}\n", "{\n      \"ind"] {
            let text = format!("{start}  \"cells\": [\n    {end}");
            let read = head(text.as_bytes()).unwrap();
            let before: Before = serde_json::from_str(&read).unwrap();
            assert_eq!(before.name, "\"cells\": [");
            assert_eq!([before.hash, before.version], ["ab", "1"]);
        }
        // However it is laid out.
        let line = "{\"cells\": [], \"name\": \"a\", \"hash\": \"b\", \"version\": \"c\"}";
        let before: Before = serde_json::from_str(&head(line.as_bytes()).unwrap()).unwrap();
        assert_eq!(before.hash, "b");
    }
}
