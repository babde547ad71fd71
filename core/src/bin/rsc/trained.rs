//! A run that was trained, as other commands find it in its folder: its settings, and its networks to be
//! asked.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context, Result, bail};
use clap::Args;
use pollster::block_on;
use rsc_core::{
    config::{ChallengeConfig, RunConfig, Strategy},
    data::{Dataset, Domain, Item},
    device::{Opened, open},
    trainer::{Pretrained, Run},
};

use crate::{
    backbone::of_backbone,
    device::DeviceChoice,
    results::{ResultsFolder, RunNotes},
    weights::{Kept, WeightsFolder},
};

/// Which run, and how its networks are asked.
#[derive(Args)]
pub(crate) struct RunArgs {
    /// Folder of the run: what `rsc train --out` has written.
    #[arg(long, value_name = "DIR")]
    pub(crate) run: PathBuf,
    /// Which weights: those after the last step, or those that training-domain validation selects.
    #[arg(long, value_enum, default_value = "last")]
    pub(crate) weights: Kept,
    /// Where to compute, instead of where the run did.
    #[arg(long, value_enum)]
    pub(crate) device: Option<DeviceChoice>,
    /// The weights that a pretrained network started from, if they have been moved since.
    #[arg(long, value_name = "FILE")]
    pub(crate) backbone_weights: Option<PathBuf>,
}

/// Which of a run's networks is asked, where it is one of them.
#[derive(Args)]
pub(crate) struct NetworkArgs {
    #[command(flatten)]
    pub(crate) run: RunArgs,
    /// The arm that is asked: the first with a challenge, or the first of all, unless named.
    #[arg(long, value_name = "NAME")]
    arm: Option<String>,
    /// The seed whose weights are taken: the first that has ended, unless named.
    #[arg(long, value_name = "SEED")]
    seed: Option<u64>,
}

impl NetworkArgs {
    /// Index of the arm, and the seed.
    pub(crate) fn arm_and_seed(&self, run: &TrainedRun) -> Result<(usize, u64)> {
        let arm = run.arm_or_challenged(self.arm.as_deref())?;
        Ok((arm, run.seeds(self.seed)?[0]))
    }
}

/// A run that was trained, with at least one seed that has ended.
pub(crate) struct TrainedRun {
    pub(crate) folder: PathBuf,
    pub(crate) config: RunConfig,
    pub(crate) notes: RunNotes,
}

impl TrainedRun {
    /// The run in a folder. Says so where not all of its seeds have ended.
    pub(crate) fn open(folder: &Path) -> Result<Self> {
        let (config, notes) = ResultsFolder::new(folder).read_results()?;
        let (ended, all) = (notes.finished.len(), notes.seeds.len());
        if ended < all {
            note!(
                "warning: {}: {ended} of {all} seeds have ended, and these alone count",
                folder.display()
            );
        }
        Ok(Self {
            folder: folder.to_owned(),
            config,
            notes,
        })
    }

    /// Index of the arm with this name.
    pub(crate) fn arm(&self, name: &str) -> Result<usize> {
        let position = self.config.arms.iter().position(|arm| arm.name == name);
        position.with_context(|| {
            let names: Vec<_> = self.config.arms.iter().map(|arm| &*arm.name).collect();
            format!(
                "--arm: there is no arm `{name}` in {}: it has {}",
                self.folder.display(),
                names.join(", ")
            )
        })
    }

    /// Index of the named arm or, where none is named, of the first with a challenge, or of the first.
    pub(crate) fn arm_or_challenged(&self, name: Option<&str>) -> Result<usize> {
        match name {
            Some(name) => self.arm(name),
            None => {
                let mut arms = self.config.arms.iter();
                let challenged = arms.position(|arm| arm.challenge.strategy != Strategy::Off);
                Ok(challenged.unwrap_or(0))
            }
        }
    }

    /// The challenge of an arm; of a plain one that of the first arm which has one.
    pub(crate) fn challenge(&self, arm: usize) -> ChallengeConfig {
        let own = self.config.arms.get(arm);
        let all = own.into_iter().chain(&self.config.arms);
        let mut challenges = all.map(|arm| &arm.challenge);
        let challenged = challenges.find(|challenge| challenge.strategy != Strategy::Off);
        challenged.cloned().unwrap_or_default()
    }

    /// The seeds that have ended, or the named one of them.
    pub(crate) fn seeds(&self, named: Option<u64>) -> Result<Vec<u64>> {
        let ended: Vec<u64> = self.notes.finished.iter().map(|it| it.seed).collect();
        match named {
            None => Ok(ended),
            Some(seed) if ended.contains(&seed) => Ok(vec![seed]),
            Some(seed) => {
                let ended: Vec<_> = ended.iter().map(u64::to_string).collect();
                bail!(
                    "--seed: the run in {} has no seed {seed} that has ended: there are {}",
                    self.folder.display(),
                    ended.join(", ")
                )
            }
        }
    }

    /// Names of the classes.
    pub(crate) fn classes(&self) -> &[String] {
        &self.notes.images.classes
    }

    fn weights_file(&self, arm: &str, seed: u64, kept: Kept) -> Result<PathBuf> {
        let file = WeightsFolder::of(&self.folder).file(arm, seed, kept);
        let first = self.notes.seeds.first() == Some(&seed);
        let older = self.folder.join(format!("model.{arm}.safetensors"));
        if file.is_file() {
            Ok(file)
        } else if kept == Kept::Last && first && older.is_file() {
            Ok(older)
        } else {
            bail!(
                "{}: there are no such weights (earlier versions kept only the last ones of the first \
                 seed): train again, or name others with --seed and --weights",
                file.display()
            )
        }
    }

    /// Data in place of the run's own, for a network that is asked and not trained: the same classes and
    /// domains, with blank images.
    fn stand_in(&self) -> Dataset {
        let size = self.config.data.image_size;
        let blank = Item {
            name: String::new(),
            label: 0,
            pixels: vec![0; size * size * 3].into(),
        };
        let domains = self.notes.images.domains.iter().map(|domain| Domain {
            name: domain.name.clone(),
            held_out: domain.held_out,
            train: vec![blank.clone(); if domain.held_out { 0 } else { 2 }],
            test: Vec::new(),
        });
        Dataset {
            size,
            classes: self.classes().to_vec(),
            domains: domains.collect(),
        }
    }
}

/// The networks of a run, on a device.
pub(crate) struct Networks {
    pub(crate) run: TrainedRun,
    pub(crate) kept: Kept,
    pub(crate) opened: Opened,
    pretrained: Option<Pretrained>,
}

impl Networks {
    /// Finds the run and opens the device.
    pub(crate) fn open(arguments: &RunArgs) -> Result<Self> {
        let run = TrainedRun::open(&arguments.run)?;
        let device = arguments.device.unwrap_or(run.notes.device);
        let opened = block_on(open(device.preference()))?;
        let named = arguments.backbone_weights.as_ref();
        let network = &run.config.network;
        let file = named.or(run.notes.weights.as_ref()).map(PathBuf::as_path);
        let backbone = of_backbone(&network.backbone, file)?;
        let size = run.config.data.image_size;
        let pretrained = backbone
            .map(|weights| Pretrained::new(&weights, network, size, &opened.device, None))
            .transpose()?;
        Ok(Self {
            run,
            kept: arguments.weights,
            opened,
            pretrained,
        })
    }

    /// The network of an arm and a seed, as a run of this arm alone that can be asked about images: its own
    /// are not there.
    pub(crate) fn load(&self, arm: usize, seed: u64) -> Result<Run> {
        let mut config = self.run.config.clone();
        config.training.seed = seed;
        let path = self
            .run
            .weights_file(&config.arms[arm].name, seed, self.kept)?;
        let file = fs::read(&path)
            .with_context(|| format!("{}: the weights cannot be read", path.display()))?;
        let data = Arc::new(self.run.stand_in());
        let (pretrained, device) = (self.pretrained.as_ref(), &self.opened.device);
        let mut network = Run::with_pretrained(config, &[arm], data, pretrained, device)?;
        network
            .load(arm, &file)
            .with_context(|| path.display().to_string())?;
        Ok(network)
    }

    /// After how many steps these weights are; `None` where an earlier version did not note it.
    pub(crate) fn step(&self, arm: usize, seed: u64) -> Option<u64> {
        let result = self.run.notes.result(seed)?;
        match self.kept {
            Kept::Last => Some(result.last.step),
            Kept::Best => result.best_steps.get(arm).copied(),
        }
    }

    /// What is asked, in words: `arm rsc, seed 0, best weights (step 640)`.
    pub(crate) fn title(&self, arm: usize, seed: u64) -> String {
        let name = &self.run.config.arms[arm].name;
        let step = self.step(arm, seed);
        let step = step.map_or_else(String::new, |step| format!(" (step {step})"));
        format!(
            "arm {name}, seed {seed}, {} weights{step}",
            self.kept.name()
        )
    }
}
