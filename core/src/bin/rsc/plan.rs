//! What `rsc train` is to do: settings, seeds, images, weights and device, from options, from a file of
//! settings or from a run that goes on.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use rsc_core::{
    config::{
        ArmConfig, Axis, ChallengeConfig, DataPreset, DataSource, MethodPreset, Objective,
        Regularizer, RunConfig, Strategy,
    },
    data::folder::FolderImages,
};

use crate::{
    device::DeviceChoice,
    results::{ImageNotes, ResultsFolder, RunNotes, notes_beside, read_config},
    run_images::{RunImages, cache_folder},
    train_args::TrainArgs,
};

/// What is to be trained, and on what.
pub(crate) struct Plan {
    pub(crate) config: RunConfig,
    pub(crate) seeds: Vec<u64>,
    /// Folder of the images, unless they are built in.
    pub(crate) data: Option<PathBuf>,
    /// Which of the images in it.
    pub(crate) files: FolderImages,
    /// Where pixels are kept for the next time, if anywhere.
    pub(crate) cache: Option<PathBuf>,
    /// File of a pretrained network's weights, unless they come with the program.
    pub(crate) weights: Option<PathBuf>,
    pub(crate) device: DeviceChoice,
    /// Notes of the run that goes on or is made again.
    pub(crate) before: Option<RunNotes>,
}

impl Plan {
    /// As the options say; what they leave open is as in the run that `--config` is of, if it is of one.
    pub(crate) fn new(arguments: &TrainArgs) -> Result<Self> {
        let mut config = settings(arguments)?;
        let before = match &arguments.config {
            Some(file) => notes_beside(file)?,
            None => None,
        };
        let noted = before.as_ref();
        let mut seeds = arguments.seeds.clone();
        if seeds.is_empty() {
            seeds = noted.map_or_else(|| vec![config.training.seed], |it| it.seeds.clone());
        }
        config.training.seed = seeds[0];
        config.validate()?;
        let data = match config.data.source {
            DataSource::Own => arguments.data.clone().or_else(|| noted?.data.clone()),
            DataSource::Preset { .. } => None,
        };
        let absolute = |path: PathBuf| std::path::absolute(&path).unwrap_or(path);
        let named = FolderImages {
            lists: arguments.list.iter().cloned().map(absolute).collect(),
            splits: arguments.splits.into(),
            ..FolderImages::default()
        };
        let is_named = arguments.data.is_some() || named != FolderImages::default();
        let files = if is_named {
            Some(named)
        } else {
            noted.and_then(|it| it.files.clone())
        };
        let weights = arguments.backbone.weights().map(PathBuf::from);
        let device = arguments.device.or_else(|| Some(noted?.device));
        Ok(Self {
            config,
            seeds,
            data: data.map(absolute),
            files: files.unwrap_or_default(),
            cache: cache_folder(arguments.no_cache),
            weights: weights.or_else(|| noted?.weights.clone()).map(absolute),
            device: device.unwrap_or(DeviceChoice::Cpu),
            before,
        })
    }

    /// That of the run in a folder.
    pub(crate) fn of(folder: &ResultsFolder) -> Result<Self> {
        let (config, notes) = folder.read()?;
        Ok(Self {
            config,
            seeds: notes.seeds.clone(),
            data: notes.data.clone(),
            files: notes.files.clone().unwrap_or_default(),
            cache: cache_folder(false),
            weights: notes.weights.clone(),
            device: notes.device,
            before: Some(notes),
        })
    }

    /// Reads the images.
    pub(crate) fn images(&self) -> Result<RunImages> {
        match (&self.data, &self.config.data.source) {
            (_, DataSource::Preset { preset }) => RunImages::built_in(*preset),
            (Some(folder), DataSource::Own) => {
                let images = FolderImages {
                    folder: folder.clone(),
                    ..self.files.clone()
                };
                RunImages::read(&images, &self.config.data, self.cache.as_deref())
            }
            (None, DataSource::Own) => bail!("these settings want own images: add --data DIR"),
        }
    }

    /// Compares the images with those of the run that goes on or is made again.
    pub(crate) fn check_images(&self, images: &ImageNotes, goes_on: bool) -> Result<()> {
        let Some(before) = self.before.as_ref().filter(|it| it.images != *images) else {
            return Ok(());
        };
        let folder = self.data.as_deref().unwrap_or(Path::new("built in"));
        if goes_on {
            bail!(
                "the images ({}) are no longer those that the run began with: bring them back as they \
                 were, or train anew in another folder",
                folder.display()
            );
        }
        if before.data == self.data && before.seeds == self.seeds {
            note!(
                "warning: the images ({}) or how they are divided are not as in the run of these \
                 settings, so its numbers will not come again",
                folder.display()
            );
        }
        Ok(())
    }
}

fn settings(arguments: &TrainArgs) -> Result<RunConfig> {
    let mut config = match &arguments.config {
        Some(path) => read_config(path)?,
        None => RunConfig::for_preset(arguments.preset.unwrap_or(DataPreset::CornerCue)),
    };
    if let Some(preset) = arguments.preset {
        config.data.source = DataSource::Preset { preset };
    }
    if arguments.data.is_some() {
        config.data.source = DataSource::Own;
    }
    arguments.backbone.apply(&mut config)?;
    if let Some(epochs) = arguments.epochs {
        config.training.epochs = epochs;
    }
    if let Some(domain) = &arguments.held_out {
        config.data.held_out = Some(domain.clone());
        config.data.together = false;
    }
    if arguments.together {
        config.data.held_out = None;
        config.data.together = true;
    }
    if !arguments.arms.is_empty() {
        config.arms = arguments
            .arms
            .iter()
            .map(|name| arm(name, &config))
            .collect::<Result<_>>()?;
    }
    Ok(config)
}

/// An arm by name: one of the settings' own, a published method, or a baseline.
fn arm(name: &str, config: &RunConfig) -> Result<ArmConfig> {
    if let Some(own) = config.arms.iter().find(|arm| arm.name == name) {
        return Ok(own.clone());
    }
    let rsc = || {
        let own = config
            .arms
            .iter()
            .find(|arm| arm.challenge.strategy != Strategy::Off);
        own.map_or_else(ChallengeConfig::default, |arm| arm.challenge.clone())
    };
    let challenge = match name {
        "rsc" => rsc(),
        "channels" => ChallengeConfig {
            axis: Axis::Channel,
            ..rsc()
        },
        "random" => ChallengeConfig {
            strategy: Strategy::Random,
            ..rsc()
        },
        "top_activation" => ChallengeConfig {
            strategy: Strategy::TopActivation,
            ..rsc()
        },
        _ => match MethodPreset::from_name(name) {
            Some(method) => method.challenge(),
            None => return method(name),
        },
    };
    Ok(ArmConfig::challenged(name, challenge))
}

/// An arm without a challenge, by the name of its objective or of its regulariser, with their customary
/// hyperparameters.
fn method(name: &str) -> Result<ArmConfig> {
    let mut arm = ArmConfig::challenged(name, MethodPreset::Erm.challenge());
    match (Objective::from_name(name), Regularizer::from_name(name)) {
        (Some(objective), _) => arm.objective = objective,
        (None, Some(regularizer)) => arm.regularizer = regularizer,
        (None, None) => {
            let objectives = Objective::ALL.iter().skip(1).map(Objective::name);
            let regularizers = Regularizer::ALL.iter().skip(1).map(Regularizer::name);
            let names: Vec<_> = objectives.chain(regularizers).collect();
            bail!(
                "--arms: there is no arm `{name}`: use one of the settings' own, erm, rsc, channels, \
                 paper, official, domainbed, replication, random, top_activation, {}",
                names.join(", ")
            )
        }
    }
    Ok(arm)
}
