//! The options of `rsc train`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use rsc_core::{config::DataPreset, data::folder::SplitFolders};

use crate::{backbone::BackboneArgs, device::DeviceChoice};

/// Options of `rsc train`.
#[derive(Args)]
pub(crate) struct TrainArgs {
    /// Train on images in a folder: `class/*` or `domain/class/*`; `test-only.txt` in it may list
    /// images that are never trained on, a path in each line.
    #[arg(long, value_name = "DIR", conflicts_with = "preset")]
    pub(crate) data: Option<PathBuf>,
    /// Only the images that this list names: a path below --data and a number of the class in each line, as
    /// the published lists of PACS. Its name may say domain and split (`photo_train_kfold.txt`). May be
    /// given several times.
    #[arg(long, value_name = "FILE", requires = "data")]
    pub(crate) list: Vec<PathBuf>,
    /// How folders `train`, `val` and `test` are taken: as splits or as domains.
    #[arg(long, value_enum, default_value = "splits", requires = "data")]
    pub(crate) splits: SplitChoice,
    /// Keep no pixels of --data on disk for the next time.
    #[arg(long)]
    pub(crate) no_cache: bool,
    /// Train on built-in images: corner-cue, tint-cue, styles, rotated-digits, coloured-digits
    /// or emoji.
    #[arg(long, value_name = "NAME", value_parser = preset, required_unless_present_any = ["data", "config", "resume"])]
    pub(crate) preset: Option<DataPreset>,
    /// Settings as JSON (the `config.json` of another run, or a part of one). Beside the `run.json` of that
    /// run, also its seeds, images, weights and device, unless given.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Arms, separated by commas: those of the settings by name, or erm, rsc, channels (rsc over
    /// channels), paper, official, domainbed, replication, random, top_activation, mixup, vrex, irm,
    /// group_dro, coral, mmd, spectral_decoupling, and_mask, dropout, spatial_dropout, drop_block,
    /// random_erasing.
    #[arg(long, value_delimiter = ',', value_name = "NAMES")]
    pub(crate) arms: Vec<String>,
    /// Where to compute; on the processor unless the run of --config was elsewhere.
    #[arg(long, value_enum)]
    pub(crate) device: Option<DeviceChoice>,
    /// Seeds, separated by commas; the settings' own if none are given.
    #[arg(long, value_delimiter = ',', value_name = "SEEDS")]
    pub(crate) seeds: Vec<u64>,
    /// Epochs, instead of the settings' own.
    #[arg(long)]
    pub(crate) epochs: Option<u32>,
    /// The domain never trained on, instead of the settings' own.
    #[arg(long, value_name = "DOMAIN")]
    pub(crate) held_out: Option<String>,
    /// Hold no domain out: train on all of them as one.
    #[arg(long, conflicts_with = "held_out")]
    pub(crate) together: bool,
    #[command(flatten)]
    pub(crate) backbone: BackboneArgs,
    /// Folder for the results; made if missing. One that holds results is left alone.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Replace the results in the folder.
    #[arg(long)]
    pub(crate) overwrite: bool,
    /// Go on with the run in the folder, with its own settings.
    #[arg(long, conflicts_with_all = [
        "data", "list", "preset", "config", "arms", "device", "seeds", "epochs", "held_out", "together",
        "overwrite", "BackboneArgs",
    ])]
    pub(crate) resume: bool,
    /// Seconds between two checkpoints, from which --resume goes on.
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    pub(crate) checkpoint_every: u64,
}

/// How folders `train`, `val` and `test` are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SplitChoice {
    /// As a division into training and testing.
    Splits,
    /// As domains.
    Domains,
}

impl From<SplitChoice> for SplitFolders {
    fn from(choice: SplitChoice) -> Self {
        match choice {
            SplitChoice::Splits => Self::Splits,
            SplitChoice::Domains => Self::Domains,
        }
    }
}

pub(crate) fn preset(name: &str) -> Result<DataPreset, String> {
    DataPreset::from_name(name).ok_or_else(|| {
        let names: Vec<_> = DataPreset::ALL.iter().map(|preset| preset.name()).collect();
        format!("expected one of {}", names.join(", "))
    })
}
