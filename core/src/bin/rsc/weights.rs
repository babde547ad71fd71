//! The weights that a run keeps of every arm and seed, in the folder `weights` of its results.
//!
//! Those of the best evaluation are written when it happens, under a name with its step, and get their own
//! name after the next checkpoint only. So whatever happens, weights with that name belong to the best
//! evaluation up to the checkpoint, from which a run goes on.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use clap::ValueEnum;
use serde::Serialize;

use crate::files::{PART, write_whole};

const FOLDER: &str = "weights";
const END: &str = "safetensors";

/// Which weights of an arm and a seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kept {
    /// Those after the last step.
    Last,
    /// Those of the evaluation that training-domain validation selects.
    Best,
}

impl Kept {
    /// Its name in options and files.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Last => "last",
            Self::Best => "best",
        }
    }
}

/// The folder of the weights in that of the results.
#[derive(Debug, Clone)]
pub(crate) struct WeightsFolder(PathBuf);

impl WeightsFolder {
    /// That of these results, whether it is there or not.
    pub(crate) fn of(results: &Path) -> Self {
        Self(results.join(FOLDER))
    }

    /// The file of some weights: `rsc.3.best.safetensors`.
    pub(crate) fn file(&self, arm: &str, seed: u64, kept: Kept) -> PathBuf {
        self.0.join(format!("{arm}.{seed}.{}.{END}", kept.name()))
    }

    /// The best weights after a step before the next checkpoint: `rsc.3.best.640.safetensors`.
    fn pending(&self, arm: &str, seed: u64, step: u64) -> PathBuf {
        let best = Kept::Best.name();
        self.0.join(format!("{arm}.{seed}.{best}.{step}.{END}"))
    }

    /// Writes the weights after the last step.
    pub(crate) fn write_last(&self, arm: &str, seed: u64, content: &[u8]) -> Result<()> {
        self.write(&self.file(arm, seed, Kept::Last), content)
    }

    /// Writes the weights of the best evaluation so far, for [`Self::settle`] to keep.
    pub(crate) fn write_best(&self, arm: &str, seed: u64, step: u64, content: &[u8]) -> Result<()> {
        let path = self.pending(arm, seed, step);
        self.write(&path, content)?;
        for (other, _) in self.all_pending(arm, seed).filter(|it| it.0 != path) {
            remove(&other)?;
        }
        Ok(())
    }

    /// Keeps the weights of the best evaluation up to a checkpoint, which was after `best` steps, and
    /// removes those of later ones; all where there was no evaluation.
    pub(crate) fn settle(&self, arm: &str, seed: u64, best: Option<u64>) -> Result<()> {
        let kept = self.file(arm, seed, Kept::Best);
        for (pending, step) in self.all_pending(arm, seed) {
            if best == Some(step) {
                fs::rename(&pending, &kept)
                    .with_context(|| format!("{}: the file cannot be written", kept.display()))?;
            } else {
                remove(&pending)?;
            }
        }
        if best.is_none() && kept.is_file() {
            remove(&kept)?;
        }
        Ok(())
    }

    /// All files of weights here, without files that are somebody else's.
    pub(crate) fn written(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(&self.0).into_iter().flatten().flatten();
        let names = entries.filter(|entry| entry.file_name().to_str().is_some_and(is_ours));
        names.map(|entry| entry.path()).collect()
    }

    /// Removes the folder if nothing is left in it.
    pub(crate) fn remove_if_empty(&self) {
        // Where something is left, it is somebody else's.
        let _ = fs::remove_dir(&self.0);
    }

    fn all_pending(&self, arm: &str, seed: u64) -> impl Iterator<Item = (PathBuf, u64)> {
        let start = format!("{arm}.{seed}.{}.", Kept::Best.name());
        let entries = fs::read_dir(&self.0).into_iter().flatten().flatten();
        entries.filter_map(move |entry| {
            let name = entry.file_name();
            let rest = name.to_str()?.strip_prefix(&start)?;
            let step = rest.strip_suffix(END)?.strip_suffix('.')?.parse().ok()?;
            Some((entry.path(), step))
        })
    }

    fn write(&self, path: &Path, content: &[u8]) -> Result<()> {
        fs::create_dir_all(&self.0)
            .with_context(|| format!("{}: the folder cannot be made", self.0.display()))?;
        write_whole(path, content)
    }
}

fn remove(path: &Path) -> Result<()> {
    fs::remove_file(path).with_context(|| format!("{}: the file cannot be removed", path.display()))
}

/// Whether a file has a name that is given here, whole or not. Names of arms have no dots.
fn is_ours(name: &str) -> bool {
    let name = name.strip_suffix(PART).unwrap_or(name);
    let parts: Vec<&str> = name.split('.').collect();
    let number = |text: &str| text.parse::<u64>().is_ok();
    match parts[..] {
        [_, seed, "last" | "best", END] => number(seed),
        [_, seed, "best", step, END] => number(seed) && number(step),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(path: &Path) -> Option<String> {
        fs::read_to_string(path).ok()
    }

    #[test]
    fn the_best_weights_are_those_up_to_the_checkpoint() {
        let scratch = tempfile::tempdir().unwrap();
        let folder = WeightsFolder::of(scratch.path());
        let best = folder.file("rsc", 3, Kept::Best);
        folder.write_best("rsc", 3, 10, b"ten").unwrap();
        assert_eq!(text(&best), None);
        folder.settle("rsc", 3, Some(10)).unwrap();
        assert_eq!(text(&best).as_deref(), Some("ten"));

        // Stopped before the next checkpoint: what came after the last one is forgotten.
        folder.write_best("rsc", 3, 20, b"twenty").unwrap();
        folder.write_best("rsc", 3, 30, b"thirty").unwrap();
        folder.write_best("rsc", 33, 20, b"other seed").unwrap();
        assert_eq!(folder.all_pending("rsc", 3).count(), 1);
        folder.settle("rsc", 3, Some(10)).unwrap();
        assert_eq!(text(&best).as_deref(), Some("ten"));

        // Stopped between a checkpoint and the renaming.
        folder.write_best("rsc", 3, 40, b"forty").unwrap();
        folder.settle("rsc", 3, Some(40)).unwrap();
        assert_eq!(text(&best).as_deref(), Some("forty"));
        assert_eq!(folder.all_pending("rsc", 3).count(), 0);
        assert_eq!(folder.all_pending("rsc", 33).count(), 1);

        // Begun anew.
        folder.settle("rsc", 3, None).unwrap();
        assert_eq!(text(&best), None);
    }

    #[test]
    fn files_of_others_are_not_ours() {
        for name in [
            "rsc.3.last.safetensors",
            "my-arm.12.best.safetensors.part",
            "rsc.3.best.640.safetensors",
        ] {
            assert!(is_ours(name), "{name}");
        }
        for name in [
            "notes.txt",
            "model.safetensors",
            "rsc.x.best.safetensors",
            "rsc.3.last.640.safetensors",
            "rsc.3.worst.safetensors",
        ] {
            assert!(!is_ours(name), "{name}");
        }
    }
}
