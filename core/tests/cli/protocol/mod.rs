//! `rsc protocol`, as somebody runs it who compares methods.
#![allow(clippy::unwrap_used, reason = "tests may panic")]

mod clusters;
mod digits;
mod going_on;
mod refusals;
mod sharing;
mod tables;

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use serde_json::Value;

/// Two methods, two held-out domains, two seeds; a cell takes a fraction of a second.
pub(crate) const TINY: &str = r#"name = "Tiny"
seeds = [3, 5]

[data]
preset = "styles"
held_out = ["sketch", "outline"]
image_size = 16
train_images = 96
test_images = 40

[settings.network]
backbone = { kind = "small_cnn", channels = [4, 8] }

[settings.training]
epochs = 8
batch_size = 16
learning_rate = 0.02

[[methods]]
name = "erm"

[[methods]]
name = "rsc"
challenge = { b = 0.5 }
"#;

/// The files that are made of all records.
pub(crate) const TABLES: [&str; 8] = [
    "table.txt",
    "table.md",
    "table.tex",
    "table.csv",
    "differences.csv",
    "results.csv",
    "results.parquet",
    "report.html",
];

/// A folder with a protocol in it.
pub(crate) struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    pub(crate) fn with(protocol: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("tiny.toml"), protocol).unwrap();
        Self { folder }
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.folder.path().join("tiny.toml")
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Where results lie unless another folder is named.
    pub(crate) fn out(&self) -> PathBuf {
        self.path("tiny")
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rsc"));
        command.arg("protocol").arg(self.file()).args(arguments);
        command.env("RSC_CACHE_DIR", self.path("cache"));
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Runs it and returns what it says.
    pub(crate) fn succeeds(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {said}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Runs it and returns the one sentence that it fails with.
    pub(crate) fn fails(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {said}");
        assert_eq!(said.trim_end().lines().count(), 1, "{said}");
        said
    }
}

/// The records in a folder, by file name.
pub(crate) fn record_paths(out: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(out.join("cells")).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let mut paths: Vec<PathBuf> = paths
        .filter(|path| path.extension().is_some_and(|it| it == "json"))
        .collect();
    paths.sort();
    paths
}

pub(crate) fn records(out: &Path) -> Vec<Value> {
    let texts = record_paths(out)
        .into_iter()
        .map(|path| fs::read(path).unwrap());
    texts
        .map(|text| serde_json::from_slice(&text).unwrap())
        .collect()
}

/// Everything in a folder that other runs give again, byte for byte.
pub(crate) fn tables(out: &Path) -> Vec<Vec<u8>> {
    TABLES.map(|name| fs::read(out.join(name)).unwrap()).into()
}

/// Files of a folder's cells that are no records.
pub(crate) fn leftovers(out: &Path) -> Vec<PathBuf> {
    let records = record_paths(out);
    let entries = fs::read_dir(out.join("cells")).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths.filter(|path| !records.contains(path)).collect()
}
