//! `rsc train`: every seed and arm, with a progress bar, into a folder.

use std::{
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use pollster::block_on;
use rsc_core::{
    config::{
        ArmConfig, Axis, ChallengeConfig, DataPreset, DataSource, MethodPreset, RunConfig, Strategy,
    },
    data::{Dataset, PresetData, SourceImage, folder::read_folder},
    device::{Opened, open},
    figure,
    protocol::{DevicePreference, EvaluationRecord, ImageRef, Split},
    trainer::{Pretrained, Run},
};

use crate::{
    backbone::{BackboneArgs, prepare},
    output::{Metrics, SeedResult, write_config, write_summary},
};

/// How many images get an overlay, per arm.
const OVERLAYS: usize = 8;

/// Where to compute.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum DeviceChoice {
    /// The processor.
    Cpu,
    /// A GPU through Vulkan, Metal or DirectX 12, a software one too.
    Gpu,
}

impl DeviceChoice {
    /// What the engine calls it.
    pub(crate) fn preference(self) -> DevicePreference {
        match self {
            Self::Cpu => DevicePreference::Cpu,
            Self::Gpu => DevicePreference::Webgpu,
        }
    }
}

/// Options of `rsc train`.
#[derive(Args)]
pub(crate) struct TrainArgs {
    /// Train on images in a folder: `class/*` or `domain/class/*`; `test-only.txt` in it may list
    /// images that are never trained on, a path in each line.
    #[arg(long, value_name = "DIR", conflicts_with = "preset")]
    data: Option<PathBuf>,
    /// Train on built-in images: corner-cue, tint-cue, styles, rotated-digits, coloured-digits
    /// or emoji.
    #[arg(long, value_name = "NAME", value_parser = preset, required_unless_present_any = ["data", "config"])]
    preset: Option<DataPreset>,
    /// Settings as JSON (the `config.json` of another run, or a part of one).
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Arms, separated by commas: those of the settings by name, or erm, rsc, channels (rsc over
    /// channels), paper, official, domainbed, replication, random, top_activation.
    #[arg(long, value_delimiter = ',', value_name = "NAMES")]
    arms: Vec<String>,
    /// Where to compute.
    #[arg(long, value_enum, default_value = "cpu")]
    device: DeviceChoice,
    /// Seeds, separated by commas; the settings' own if none are given.
    #[arg(long, value_delimiter = ',', value_name = "SEEDS")]
    seeds: Vec<u64>,
    /// Epochs, instead of the settings' own.
    #[arg(long)]
    epochs: Option<u32>,
    /// The domain never trained on, instead of the settings' own.
    #[arg(long, value_name = "DOMAIN")]
    held_out: Option<String>,
    /// Hold no domain out: train on all of them as one.
    #[arg(long, conflicts_with = "held_out")]
    together: bool,
    #[command(flatten)]
    backbone: BackboneArgs,
    /// Folder for the results; made if missing.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

pub(crate) fn preset(name: &str) -> Result<DataPreset, String> {
    DataPreset::from_name(name).ok_or_else(|| {
        let names: Vec<_> = DataPreset::ALL.iter().map(|preset| preset.name()).collect();
        format!("expected one of {}", names.join(", "))
    })
}

/// Runs `rsc train`.
pub(crate) fn run(arguments: &TrainArgs) -> Result<()> {
    let mut config = settings(arguments)?;
    let seeds = if arguments.seeds.is_empty() {
        vec![config.training.seed]
    } else {
        arguments.seeds.clone()
    };
    config.training.seed = seeds[0];
    config.validate()?;

    let own = own_images(arguments, &config)?;
    let presets = match config.data.source {
        DataSource::Preset { preset } => PresetData::built_in(preset)?,
        DataSource::Own => PresetData::default(),
    };
    let opened = block_on(open(arguments.device.preference()))?;
    println!("device: {}", opened.info.name);
    let weights = arguments.backbone.weights(&config.network.backbone)?;
    let mut pretrained = None;

    std::fs::create_dir_all(&arguments.out)
        .with_context(|| format!("{}: the folder cannot be made", arguments.out.display()))?;
    write_config(&arguments.out, &config)?;
    let mut metrics = Metrics::create(&arguments.out)?;
    let mut results = Vec::new();
    for (i, &seed) in seeds.iter().enumerate() {
        let mut config = config.clone();
        config.training.seed = seed;
        let dataset = Dataset::make(&config.data, &own, &presets, seed)?;
        if let Some(weights) = &weights {
            pretrained = Some(Pretrained::new(
                weights,
                &config.network,
                config.data.image_size,
                &opened.device,
                pretrained.as_ref(),
            )?);
        }
        let arms: Vec<usize> = (0..config.arms.len()).collect();
        let (dataset, device) = (Arc::new(dataset), &opened.device);
        let mut run = Run::with_pretrained(config, &arms, dataset, pretrained.as_ref(), device)?;
        prepare(&mut run)?;
        let last = train(&mut run, &opened, seed, &mut metrics)?;
        report(&run, seed, &last);
        if i == 0 {
            write_models(arguments, &run)?;
        }
        results.push(SeedResult { seed, last });
    }
    let names: Vec<_> = config.arms.iter().map(|arm| arm.name.clone()).collect();
    write_summary(&arguments.out, &names, &opened.info, &results)?;
    println!("results: {}", arguments.out.display());
    Ok(())
}

fn settings(arguments: &TrainArgs) -> Result<RunConfig> {
    let mut config = match &arguments.config {
        Some(path) => {
            let text = std::fs::read_to_string(path)
                .with_context(|| format!("{}: the settings cannot be read", path.display()))?;
            RunConfig::from_json(&text)
                .with_context(|| format!("{}: these settings are not valid", path.display()))?
        }
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
            None => bail!(
                "--arms: there is no arm `{name}`: use one of the settings' own, erm, rsc, channels, \
                 paper, official, domainbed, replication, random or top_activation"
            ),
        },
    };
    Ok(ArmConfig {
        name: name.to_owned(),
        challenge,
    })
}

fn own_images(arguments: &TrainArgs, config: &RunConfig) -> Result<Vec<SourceImage>> {
    match (&arguments.data, &config.data.source) {
        (Some(folder), _) => {
            let (images, warnings) = read_folder(folder)?;
            for warning in warnings {
                eprintln!("warning: {warning}");
            }
            println!("images: {}", images.len());
            Ok(images)
        }
        (None, DataSource::Own) => bail!("these settings want own images: add --data DIR"),
        (None, DataSource::Preset { .. }) => Ok(Vec::new()),
    }
}

fn train(
    run: &mut Run,
    opened: &Opened,
    seed: u64,
    metrics: &mut Metrics,
) -> Result<EvaluationRecord> {
    let style = ProgressStyle::with_template(
        "seed {prefix} {bar:32} {pos}/{len} steps, {per_sec}, {eta} left  {msg}",
    )?;
    let bar = ProgressBar::new(run.total_steps())
        .with_style(style)
        .with_prefix(seed.to_string());
    bar.enable_steady_tick(Duration::from_millis(250));
    let names: Vec<_> = run.arms().iter().map(|arm| arm.name.clone()).collect();
    let mut last = None;
    let mut since = Instant::now();
    while !run.is_done() {
        run.advance();
        if run.at_epoch_end() || run.unread() >= 16 {
            let records = block_on(run.read_steps())?;
            if let Some(record) = records.last() {
                let losses: Vec<_> = names
                    .iter()
                    .zip(&record.arms)
                    .map(|(name, arm)| format!("{name} {:.3}", arm.loss))
                    .collect();
                bar.set_message(format!("loss {}", losses.join(", ")));
            }
            let step_ms = since.elapsed().as_secs_f64() * 1e3 / records.len().max(1) as f64;
            metrics.steps(seed, &names, &records, step_ms)?;
            since = Instant::now();
            bar.set_position(run.step());
        }
        if let Some(fault) = opened.faults.take().into_iter().next() {
            bail!("{fault}");
        }
        if run.at_epoch_end() {
            let record = block_on(run.evaluate(async || ()))?.record;
            metrics.evaluation(seed, &names, &record)?;
            last = Some(record);
            since = Instant::now();
        }
    }
    bar.finish_and_clear();
    last.context("the run has no epoch to evaluate")
}

fn report(run: &Run, seed: u64, last: &EvaluationRecord) {
    for (arm, result) in run.arms().iter().zip(&last.arms) {
        let new = result.accuracy_new_domain.map_or_else(
            || "none held out".to_owned(),
            |it| format!("{:.1} %", it * 100.0),
        );
        println!(
            "seed {seed}, {}: same domain {:.1} %, new domain {new}",
            arm.name,
            result.accuracy_same_domain * 100.0
        );
    }
}

fn write_models(arguments: &TrainArgs, run: &Run) -> Result<()> {
    let images: Vec<_> = overlay_images(run);
    let [_, height, width] = run.info().features;
    let pixels = images
        .iter()
        .map(|&image| run.item(image).map(Dataset::rgba))
        .collect::<rsc_core::Result<Vec<_>>>()?;
    // One challenge for all arms, so that their overlays compare.
    let challenge = run
        .arms()
        .iter()
        .map(|arm| &arm.challenge)
        .find(|challenge| challenge.strategy != Strategy::Off)
        .cloned()
        .unwrap_or_default();
    for (i, arm) in run.arms().iter().enumerate() {
        let file = arguments
            .out
            .join(format!("model.{}.safetensors", arm.name));
        std::fs::write(&file, block_on(run.export(i))?)
            .with_context(|| format!("{}: the weights cannot be written", file.display()))?;
        let inspected = block_on(run.inspect(i, &challenge, &images))?;
        figure::write_overlays(
            &arguments.out,
            &arm.name,
            &pixels,
            &inspected,
            [height, width],
            &run.info().classes,
        )?;
    }
    Ok(())
}

/// The first images of the held-out domain, or of the first domain where none is held out.
fn overlay_images(run: &Run) -> Vec<ImageRef> {
    let domains = &run.dataset().domains;
    let domain = domains.iter().position(|it| it.held_out).unwrap_or(0);
    (0..domains[domain].test.len().min(OVERLAYS))
        .map(|index| ImageRef {
            domain,
            split: Split::Test,
            index,
        })
        .collect()
}
