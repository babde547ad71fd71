//! `rsc explain`: trains on `corner-cue` and draws the figures of the method and of a real example.

use std::{path::PathBuf, sync::Arc, time::Duration};

use anyhow::{Context, Result};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use pollster::block_on;
use rsc_core::{
    config::{DataPreset, RunConfig},
    data::Dataset,
    device::open,
    figure::{example, method, study, write_svg},
    protocol::DevicePreference,
    trainer::Run,
};

use crate::files::check_new;

/// The figure of the method.
const METHOD: &str = "method.svg";
/// The figure of a real example.
const EXAMPLE: &str = "example.svg";

/// Options of `rsc explain`.
#[derive(Args)]
pub(crate) struct ExplainArgs {
    /// Folder for the figures; made if missing.
    #[arg(long, default_value = "images", value_name = "DIR")]
    out: PathBuf,
    /// Replace figures that are there.
    #[arg(long)]
    overwrite: bool,
    /// Passes over the training images.
    #[arg(long, default_value_t = 20)]
    epochs: u32,
    /// Decides images, weights and batches.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Seeds whose results are shown, from `--seed` on: one alone says little.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=100))]
    repeats: u64,
}

/// Trains ERM and RSC side by side on the processor, which gives the same figures on each run, and
/// draws `method.svg` and `example.svg`.
pub(crate) fn run(arguments: &ExplainArgs) -> Result<()> {
    for name in [METHOD, EXAMPLE] {
        check_new("--out", &arguments.out.join(name), arguments.overwrite)?;
    }
    let first = trained(arguments, arguments.seed)?;
    let challenge = first.arms()[1].challenge.clone();
    let subject = block_on(study::subject(&first, 0, &challenge))?;
    let mut study = block_on(study::study(&first, subject))?;
    drop(first);
    for seed in arguments.seed + 1..arguments.seed + arguments.repeats {
        let run = trained(arguments, seed)?;
        study.repeats.push(block_on(study::arms(&run))?);
    }

    let folder = &arguments.out;
    std::fs::create_dir_all(folder)
        .with_context(|| format!("{}: the folder cannot be made", folder.display()))?;
    let figures = [
        (METHOD, method::draw(&study)?),
        (EXAMPLE, example::draw(&study)?),
    ];
    for (name, figure) in figures {
        let path = folder.join(name);
        write_svg(&path, &figure)?;
        say!("{}", path.display());
    }
    for (i, arms) in study.repeats.iter().enumerate() {
        for arm in arms {
            say!(
                "seed {}, {}: {:.1} % in the same domain, {:.1} % in the new one, effectively {:.1} \
                 channels in use",
                arguments.seed + i as u64,
                arm.name,
                arm.accuracy_same_domain * 100.0,
                arm.accuracy_new_domain * 100.0,
                arm.channels.effective_number(),
            );
        }
    }
    Ok(())
}

/// A run of `corner-cue`, trained to its end behind a progress bar.
fn trained(arguments: &ExplainArgs, seed: u64) -> Result<Run> {
    let preset = DataPreset::CornerCue;
    let mut config = RunConfig::for_preset(preset);
    config.training.epochs = arguments.epochs;
    config.training.seed = seed;
    let dataset = Dataset::generate(preset, &config.data, seed)?;
    let device = block_on(open(DevicePreference::Cpu))?.device;
    let mut run = Run::new(config, Arc::new(dataset), &device)?;

    let bar = ProgressBar::new(run.total_steps());
    bar.set_style(ProgressStyle::with_template(
        "{prefix}  {bar:30} step {pos}/{len}, {eta} left  {msg}",
    )?);
    bar.set_prefix(format!("seed {seed}"));
    bar.enable_steady_tick(Duration::from_millis(200));
    while !run.is_done() {
        run.advance();
        bar.inc(1);
        if run.at_epoch_end() {
            let records = block_on(run.read_steps())?;
            if let Some(last) = records.last() {
                let losses = run.arms().iter().zip(&last.arms);
                let losses = losses.map(|(arm, step)| format!("{} {:.3}", arm.name, step.loss));
                bar.set_message(losses.collect::<Vec<_>>().join(", "));
            }
        }
    }
    bar.finish_and_clear();
    Ok(run)
}
