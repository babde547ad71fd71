//! `rsc evaluate`: how the networks of a run do on images that they were not trained on.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use pollster::block_on;
use rsc_core::{data::Item, trainer::Run};
use serde::Serialize;

use crate::{
    evaluation::{ArmReport, SeedReport, text},
    files::{check_new, json, write_whole},
    measures::{Answered, BINS, Section},
    test_images::{OwnImages, TestSection, of_folder},
    trained::{Networks, RunArgs},
    weights::Kept,
};

/// Options of `rsc evaluate`.
#[derive(Args)]
pub(crate) struct EvaluateArgs {
    #[command(flatten)]
    run: RunArgs,
    /// Test on all images of a folder, `class/*` or `domain/class/*`, instead of the run's own test images.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Keep no pixels of --data on disk for the next time.
    #[arg(long)]
    no_cache: bool,
    /// Test this arm only.
    #[arg(long, value_name = "NAME")]
    arm: Option<String>,
    /// Test this seed only.
    #[arg(long, value_name = "SEED")]
    seed: Option<u64>,
    /// Write everything, each seed's numbers too, as JSON.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Replace the file.
    #[arg(long, requires = "json")]
    overwrite: bool,
}

/// What `--json` writes.
#[derive(Serialize)]
struct Report<'a> {
    version: &'static str,
    device: &'a str,
    run: String,
    weights: Kept,
    /// The folder of the images; none where they are the run's own test images.
    data: Option<String>,
    /// In the order of rows and columns of the confusion.
    classes: &'a [String],
    calibration_bins: usize,
    arms: &'a [ArmReport],
}

/// Runs `rsc evaluate`.
pub(crate) fn run(arguments: &EvaluateArgs) -> Result<()> {
    if let Some(file) = &arguments.json {
        check_new("--json", file, arguments.overwrite)?;
    }
    let networks = Networks::open(&arguments.run)?;
    let run = &networks.run;
    let arms = match &arguments.arm {
        Some(name) => vec![run.arm(name)?],
        None => (0..run.config.arms.len()).collect(),
    };
    let seeds = run.seeds(arguments.seed)?;
    let given = arguments.data.as_deref();
    let given = given.map(|folder| of_folder(run, folder, arguments.no_cache));
    let given = given.transpose()?;
    let own = match &given {
        Some(_) => None,
        None => Some(OwnImages::of(run)?),
    };
    say!("device: {}", networks.opened.info.name);

    let mut reports: Vec<Vec<SeedReport>> = arms.iter().map(|_| Vec::new()).collect();
    for &seed in &seeds {
        let of_seed = own.as_ref().map(|own| own.sections(seed)).transpose()?;
        let images = of_seed.as_ref().or(given.as_ref());
        let images = images.map_or(&[][..], Vec::as_slice);
        for (&arm, reports) in arms.iter().zip(&mut reports) {
            let network = networks.load(arm, seed)?;
            reports.push(SeedReport {
                seed,
                step: networks.step(arm, seed),
                sections: judge(&network, arm, run.classes(), images)?,
            });
        }
    }
    let reports = arms.iter().zip(reports).map(|(&arm, seeds)| {
        let name = run.config.arms[arm].name.clone();
        ArmReport::of(name, seeds)
    });
    let reports: Vec<ArmReport> = reports.collect();
    for report in &reports {
        crate::terminal::show(&text(report, networks.kept, run.classes()));
    }
    if let Some(file) = &arguments.json {
        let report = Report {
            version: env!("CARGO_PKG_VERSION"),
            device: &networks.opened.info.name,
            run: run.folder.display().to_string(),
            weights: networks.kept,
            data: arguments.data.as_ref().map(|it| it.display().to_string()),
            classes: run.classes(),
            calibration_bins: BINS,
            arms: &reports,
        };
        write_whole(file, &json(&report)?)?;
        say!("\nreport: {}", file.display());
    }
    Ok(())
}

/// Asks a network about all images.
fn judge(
    network: &Run,
    arm: usize,
    classes: &[String],
    images: &[TestSection],
) -> Result<Vec<Section>> {
    let mut sections = Vec::with_capacity(images.len());
    for (name, domains) in images {
        let mut answered = Vec::with_capacity(domains.len());
        for domain in domains {
            let items: Vec<&Item> = domain.items.iter().collect();
            answered.push(Answered {
                domain: &domain.name,
                items: &domain.items,
                answers: block_on(network.answers(arm, &items))?,
            });
        }
        sections.push(Section::of(name, classes, &answered));
    }
    Ok(sections)
}
