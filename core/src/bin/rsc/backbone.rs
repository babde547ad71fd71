//! The options of a pretrained network: which, what of it trains, where its weights are found.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use rsc_core::{
    config::{Activation, Backbone, Head, Normalization, PretrainedNetwork, RunConfig, Trains},
    model::BackboneWeights,
    trainer::Run,
    weights_file,
};

/// Images whose features are computed at once.
const PREPARED_AT_ONCE: usize = 32;
/// Side of the images of a pretrained network, unless the settings have them larger.
const PRETRAINED_IMAGE_SIZE: usize = 128;
/// Options of a pretrained network.
#[derive(Args)]
pub(crate) struct BackboneArgs {
    /// A network with ImageNet weights, instead of the settings' own: efficientnet_lite0, resnet18 or
    /// resnet50.
    #[arg(long, value_name = "NAME", value_parser = backbone)]
    backbone: Option<PretrainedNetwork>,
    /// Its weights, as `.safetensors` or PyTorch's `.pth`; those of efficientnet_lite0 come with the
    /// program.
    #[arg(long, value_name = "FILE")]
    weights: Option<PathBuf>,
    /// What of it is trained, instead of the settings' own.
    #[arg(long, value_enum)]
    trains: Option<TrainsChoice>,
    /// What turns its features into logits: gap, flatten, or conv:CHANNELS (a 1×1 convolution first).
    #[arg(long, value_name = "HEAD", value_parser = head)]
    head: Option<Head>,
    /// Side of the images in pixels, instead of the settings' own.
    #[arg(long, value_name = "PIXELS")]
    image_size: Option<usize>,
}

/// What of a pretrained network is trained.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum TrainsChoice {
    /// The head alone, on features that are computed once.
    Head,
    /// The last stage and the head.
    LastStage,
    /// Everything.
    All,
}

impl From<TrainsChoice> for Trains {
    fn from(choice: TrainsChoice) -> Self {
        match choice {
            TrainsChoice::Head => Self::Head,
            TrainsChoice::LastStage => Self::LastStage,
            TrainsChoice::All => Self::All,
        }
    }
}

/// Parses the name of a pretrained network.
pub(crate) fn backbone(name: &str) -> Result<PretrainedNetwork, String> {
    PretrainedNetwork::from_name(name).ok_or_else(|| {
        let names = PretrainedNetwork::ALL.map(PretrainedNetwork::name);
        format!("expected one of {}", names.join(", "))
    })
}

fn head(name: &str) -> Result<Head, String> {
    let channels = |text: &str| text.parse().ok();
    match name {
        "gap" => Ok(Head::GapLinear),
        "flatten" => Ok(Head::FlattenLinear),
        "conv" => Ok(Head::ConvGapLinear {
            channels: Head::CONV_CHANNELS,
        }),
        _ => name
            .strip_prefix("conv:")
            .and_then(channels)
            .map(|channels| Head::ConvGapLinear { channels })
            .ok_or_else(|| "expected gap, flatten, conv or conv:CHANNELS".to_owned()),
    }
}

impl BackboneArgs {
    /// Changes settings as the options say.
    pub(crate) fn apply(&self, config: &mut RunConfig) -> Result<()> {
        if let Some(network) = self.backbone {
            config.network.backbone = Backbone::Pretrained {
                network,
                trains: Trains::default(),
                batch_statistics: false,
            };
            config.network.activation = Activation::Relu;
            config.network.normalization = Normalization::None;
            config.network.challenge_after = None;
            let smallest = PretrainedNetwork::SMALLEST_IMAGE;
            if config.data.image_size < smallest {
                config.data.image_size = PRETRAINED_IMAGE_SIZE;
            }
        }
        match (&mut config.network.backbone, self.trains) {
            (Backbone::Pretrained { trains, .. }, Some(choice)) => *trains = choice.into(),
            (_, Some(_)) => {
                bail!("--trains: these settings have no pretrained network: add --backbone")
            }
            _ => {}
        }
        if config.network.backbone.pretrained().is_none() && self.weights.is_some() {
            bail!("--weights: these settings have no pretrained network: add --backbone");
        }
        if let Some(head) = self.head {
            config.network.head = head;
        }
        if let Some(size) = self.image_size {
            config.data.image_size = size;
        }
        Ok(())
    }

    /// The file of weights that was named.
    pub(crate) fn weights(&self) -> Option<&Path> {
        self.weights.as_deref()
    }
}

/// Computes the features of frozen stages.
pub(crate) fn prepare(run: &mut Run) -> Result<()> {
    let [total, _] = run.preparation();
    if total == 0 {
        return Ok(());
    }
    let style = ProgressStyle::with_template("features {bar:32} {pos}/{len} images, {eta} left")?;
    let bar = ProgressBar::new(total as u64).with_style(style);
    while !run.is_prepared() {
        run.prepare(PREPARED_AT_ONCE);
        let [total, left] = run.preparation();
        bar.set_position((total - left) as u64);
    }
    bar.finish_and_clear();
    Ok(())
}

/// The weights that a backbone needs, from the file that was named or from the program's own data.
pub(crate) fn of_backbone(
    backbone: &Backbone,
    named: Option<&Path>,
) -> Result<Option<Arc<BackboneWeights>>> {
    let network = backbone.pretrained();
    network.map(|it| weights_of(it, named)).transpose()
}

/// The weights of a network, from the file that was named or from the program's own data.
pub(crate) fn weights_of(
    network: PretrainedNetwork,
    named: Option<&Path>,
) -> Result<Arc<BackboneWeights>> {
    let path = match named {
        Some(path) => path.to_owned(),
        None => included(network)?,
    };
    let name = path.display().to_string();
    let unread = || format!("{name}: the weights cannot be read");
    let size = std::fs::metadata(&path).with_context(unread)?.len();
    weights_file::check_size(&name, size)?;
    let file = std::fs::read(&path).with_context(unread)?;
    let weights = BackboneWeights::read(network, &name, &file)?;
    Ok(Arc::new(weights))
}

/// The file that comes with the program: beside it in `models`, or in the sources it was built from.
fn included(network: PretrainedNetwork) -> Result<PathBuf> {
    if !network.is_included() {
        bail!(
            "the weights of {} do not come with this program: name a file with --weights \
             (torchvision's `{}` weights, saved as `.pth` or `.safetensors`)",
            network.title(),
            network.name()
        );
    }
    let file = "efficientnet-lite0.safetensors";
    let program = std::env::current_exe().ok();
    let beside = program.as_deref().and_then(Path::parent);
    let beside = beside.map(|folder| folder.join("models").join(file));
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("../www/site/models");
    let places = beside.into_iter().chain([sources.join(file)]);
    let places: Vec<PathBuf> = places.collect();
    match places.iter().find(|path| path.is_file()) {
        Some(found) => Ok(found.clone()),
        None => bail!(
            "the weights of {} are not at {}: name a file with --weights",
            network.title(),
            places[0].display()
        ),
    }
}
