//! The folder of a run: what stands in it already, and what a run needs to go on.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use rsc_core::{
    config::RunConfig,
    data::{Dataset, folder::FolderImages},
    protocol::DomainInfo,
    trainer::Checkpoint,
};
use serde::{Deserialize, Serialize};

use crate::{
    device::DeviceChoice,
    files::{PART, json, write_whole},
    output::SeedResult,
    untested::UntestedClasses,
    weights::WeightsFolder,
};

const CONFIG: &str = "config.json";
const NOTES: &str = "run.json";
const CHECKPOINT: &str = "checkpoint.safetensors";

/// What a run was made with besides its settings, and how far it has come: `run.json`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct RunNotes {
    /// Version of the program.
    pub(crate) version: String,
    /// Where it computes.
    pub(crate) device: DeviceChoice,
    /// What the device calls itself.
    pub(crate) device_name: String,
    /// All seeds.
    pub(crate) seeds: Vec<u64>,
    /// Folder of the images, unless they are built in.
    pub(crate) data: Option<PathBuf>,
    /// Which of the images in it, where not all of them or in another way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) files: Option<FolderImages>,
    /// File of a pretrained network's weights, unless they come with the program.
    pub(crate) weights: Option<PathBuf>,
    /// The images with the first seed.
    pub(crate) images: ImageNotes,
    /// Classes that its accuracies say nothing about.
    #[serde(default, skip_serializing_if = "UntestedClasses::is_empty")]
    pub(crate) untested: UntestedClasses,
    /// The seeds that have ended.
    pub(crate) finished: Vec<SeedResult>,
}

/// Which images a run sees.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ImageNotes {
    /// Names of the classes, in the order of the network's outputs.
    pub(crate) classes: Vec<String>,
    /// The domains, in the order of the data.
    pub(crate) domains: Vec<DomainInfo>,
    /// [`fingerprint`].
    pub(crate) fingerprint: String,
}

/// [`Dataset::fingerprint`] in hexadecimal.
pub(crate) fn fingerprint(dataset: &Dataset) -> String {
    format!("{:016x}", dataset.fingerprint())
}

impl RunNotes {
    /// The results of a seed that has ended.
    pub(crate) fn result(&self, seed: u64) -> Option<&SeedResult> {
        self.finished.iter().find(|it| it.seed == seed)
    }

    /// The fingerprint of the images as they are divided with a seed; `None` where an earlier version did
    /// not note it.
    pub(crate) fn fingerprint(&self, seed: u64) -> Option<&str> {
        let of_seed = self.result(seed).and_then(|it| it.images.as_deref());
        let is_first = self.seeds.first() == Some(&seed);
        of_seed.or_else(|| is_first.then_some(self.images.fingerprint.as_str()))
    }
}

impl ImageNotes {
    /// Of a data set.
    pub(crate) fn of(dataset: &Dataset) -> Self {
        let domains = dataset.domains.iter().map(|domain| DomainInfo {
            name: domain.name.clone(),
            held_out: domain.held_out,
            train: domain.train.len(),
            test: domain.test.len(),
        });
        Self {
            classes: dataset.classes.clone(),
            domains: domains.collect(),
            fingerprint: fingerprint(dataset),
        }
    }
}

/// The folder that `--out` names.
pub(crate) struct ResultsFolder(PathBuf);

impl ResultsFolder {
    /// The folder at this place, whether it is there or not.
    pub(crate) fn new(path: &Path) -> Self {
        Self(path.to_owned())
    }

    /// The weights of all arms and seeds.
    pub(crate) fn weights(&self) -> WeightsFolder {
        WeightsFolder::of(&self.0)
    }

    /// What a run has written here, without files that are somebody else's.
    fn written(&self) -> Vec<PathBuf> {
        let fixed = [CONFIG, NOTES, CHECKPOINT, "metrics.jsonl", "summary.json"];
        let is_ours = |name: &str| {
            let name = name.strip_suffix(PART).unwrap_or(name);
            let made = |start: &str, end: &str| name.starts_with(start) && name.ends_with(end);
            fixed.contains(&name) || made("model.", ".safetensors") || made("overlay.", ".png")
        };
        let entries = fs::read_dir(&self.0).into_iter().flatten().flatten();
        let ours = entries.filter(|entry| entry.file_name().to_str().is_some_and(is_ours));
        let ours = ours.map(|entry| entry.path());
        ours.chain(self.weights().written()).collect()
    }

    /// Refuses a folder that holds the results of a run.
    pub(crate) fn check_empty(&self) -> Result<()> {
        if self.written().is_empty() {
            return Ok(());
        }
        bail!(
            "--out: {} holds the results of a run: go on with --resume if it was interrupted, replace \
             them with --overwrite, or name another folder",
            self.0.display()
        )
    }

    /// Makes the folder; what a run before has written there is removed.
    pub(crate) fn begin(&self, config: &RunConfig) -> Result<()> {
        for file in self.written() {
            fs::remove_file(&file)
                .with_context(|| format!("{}: the file cannot be replaced", file.display()))?;
        }
        self.weights().remove_if_empty();
        fs::create_dir_all(&self.0)
            .with_context(|| format!("{}: the folder cannot be made", self.0.display()))?;
        self.write(CONFIG, &json(config)?)
    }

    /// Settings and notes of the run in it, which goes on.
    pub(crate) fn read(&self) -> Result<(RunConfig, RunNotes)> {
        let notes = notes_beside(&self.0.join(CONFIG))?.with_context(|| {
            format!(
                "--resume: {} has no {NOTES}, so no run can go on there: leave --resume out to start one",
                self.0.display()
            )
        })?;
        Ok((read_config(&self.0.join(CONFIG))?, notes))
    }

    /// Settings and notes of the run in it, of which at least one seed has ended.
    pub(crate) fn read_results(&self) -> Result<(RunConfig, RunNotes)> {
        let folder = self.0.display();
        if !self.0.is_dir() {
            bail!("{folder}: there is no such folder: name one that `rsc train --out` has written");
        }
        let notes = notes_beside(&self.0.join(CONFIG))?.with_context(|| {
            format!(
                "{folder}: there is no run in this folder (no {CONFIG} with a {NOTES}): name one that \
                 `rsc train --out` has written"
            )
        })?;
        if notes.finished.is_empty() {
            bail!(
                "{folder}: no seed of this run has ended: go on with `rsc train --resume --out {folder}`"
            );
        }
        Ok((read_config(&self.0.join(CONFIG))?, notes))
    }

    /// Writes the notes.
    pub(crate) fn write_notes(&self, notes: &RunNotes) -> Result<()> {
        self.write(NOTES, &json(notes)?)
    }

    /// Writes a checkpoint in place of the one before.
    pub(crate) fn write_checkpoint(&self, file: &[u8]) -> Result<()> {
        self.write(CHECKPOINT, file)
    }

    /// The checkpoint in it, if there is one.
    pub(crate) fn checkpoint(&self) -> Result<Option<Checkpoint>> {
        let path = self.0.join(CHECKPOINT);
        if !path.is_file() {
            return Ok(None);
        }
        let file = fs::read(&path)
            .with_context(|| format!("{}: the file cannot be read", path.display()))?;
        let read = Checkpoint::from_bytes(&file);
        read.map(Some).with_context(|| path.display().to_string())
    }

    fn write(&self, name: &str, content: &[u8]) -> Result<()> {
        write_whole(&self.0.join(name), content)
    }
}

/// Settings from a file.
pub(crate) fn read_config(path: &Path) -> Result<RunConfig> {
    let text = fs::read_to_string(path)
        .with_context(|| format!("{}: the settings cannot be read", path.display()))?;
    RunConfig::from_json(&text)
        .with_context(|| format!("{}: these settings are not valid", path.display()))
}

/// The notes of the run that a `config.json` is of, which lie beside it; none where it is of no run.
pub(crate) fn notes_beside(config: &Path) -> Result<Option<RunNotes>> {
    let path = config.with_file_name(NOTES);
    if config.file_name().is_none_or(|name| name != CONFIG) || !path.is_file() {
        return Ok(None);
    }
    let text = fs::read_to_string(&path)
        .with_context(|| format!("{}: the file cannot be read", path.display()))?;
    let notes = serde_json::from_str(&text)
        .with_context(|| format!("{}: these are not the notes of a run", path.display()))?;
    Ok(Some(notes))
}
