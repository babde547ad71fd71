//! `rsc train`: every seed and arm, with a progress bar, into a folder.

use std::sync::Arc;

use anyhow::{Context, Result};
use pollster::block_on;
use rsc_core::{
    config::Strategy,
    data::{Dataset, folder::FolderImages},
    device::{Opened, open},
    figure,
    protocol::{EvaluationRecord, ImageRef, Split},
    trainer::{Checkpoint, Pretrained, Run},
};

use crate::{
    backbone::{of_backbone, prepare},
    interrupt::{INTERRUPTED, Interrupt},
    output::{Metrics, write_summary},
    plan::Plan,
    results::{ImageNotes, ResultsFolder, RunNotes},
    train_args::TrainArgs,
    untested::UntestedClasses,
    work::{Saves, Work},
};

/// How many images get an overlay, per arm.
const OVERLAYS: usize = 8;

/// Runs `rsc train`.
pub(crate) fn run(arguments: &TrainArgs) -> Result<()> {
    let folder = ResultsFolder::new(&arguments.out);
    let plan = if arguments.resume {
        Plan::of(&folder)?
    } else {
        if !arguments.overwrite {
            folder.check_empty()?;
        }
        Plan::new(arguments)?
    };
    let all_images = plan.images()?;
    let opened = block_on(open(plan.device.preference()))?;
    say!("device: {}", opened.info.name);
    let weights = of_backbone(&plan.config.network.backbone, plan.weights.as_deref())?;
    let dataset = |seed| all_images.dataset(&plan.config.data, seed);
    let first = dataset(plan.seeds[0])?;
    let (images, untested) = (ImageNotes::of(&first), UntestedClasses::of(&first));
    drop(first);
    plan.check_images(&images, arguments.resume)?;

    // Nothing is written before everything that a run needs is there.
    let (mut work, mut checkpoint) = begin(arguments, &plan, folder, opened, images, &untested)?;
    let mut pretrained = None;
    for (i, &seed) in plan.seeds.iter().enumerate() {
        if work.notes.finished.iter().any(|it| it.seed == seed) {
            continue;
        }
        let mut config = plan.config.clone();
        config.training.seed = seed;
        let device = &work.opened.device;
        if let Some(weights) = &weights {
            let (network, size) = (&config.network, config.data.image_size);
            let before = pretrained.as_ref();
            pretrained = Some(Pretrained::new(weights, network, size, device, before)?);
        }
        let arms: Vec<usize> = (0..config.arms.len()).collect();
        let dataset = Arc::new(dataset(seed)?);
        let is_of = |it: &mut Checkpoint| it.config().training.seed == seed;
        let mut run = match checkpoint.take_if(is_of) {
            Some(saved) => {
                Run::resume_pretrained(saved, &arms, dataset, pretrained.as_ref(), device)?
            }
            None => Run::with_pretrained(config, &arms, dataset, pretrained.as_ref(), device)?,
        };
        prepare(&mut run)?;
        let Some(last) = work.train(&mut run, seed)? else {
            let (step, total) = (run.step(), run.total_steps());
            say!("stopped after step {step} of {total} of seed {seed}; to go on:");
            say!("rsc train --resume --out {}", arguments.out.display());
            std::process::exit(INTERRUPTED);
        };
        report(&run, seed, &last);
        if i == 0 {
            write_models(arguments, &run)?;
        }
        work.finish(&run, seed, last)?;
    }
    let names: Vec<_> = plan
        .config
        .arms
        .iter()
        .map(|arm| arm.name.clone())
        .collect();
    write_summary(
        &arguments.out,
        &names,
        &work.opened.info,
        &work.notes.finished,
    )?;
    for line in untested.lines() {
        say!("{line}");
    }
    say!("results: {}", arguments.out.display());
    Ok(())
}

/// Begins a run in its folder, or goes on with it, from its checkpoint if there is one.
fn begin(
    arguments: &TrainArgs,
    plan: &Plan,
    folder: ResultsFolder,
    opened: Opened,
    images: ImageNotes,
    untested: &UntestedClasses,
) -> Result<(Work, Option<Checkpoint>)> {
    let goes_on = plan.before.as_ref().filter(|_| arguments.resume);
    let (notes, checkpoint) = match goes_on {
        Some(notes) => (notes.clone(), folder.checkpoint()?),
        None => {
            folder.begin(&plan.config)?;
            let notes = RunNotes {
                untested: untested.clone(),
                ..notes_of(plan, &opened, images)
            };
            (notes, None)
        }
    };
    folder.write_notes(&notes)?;
    let finished: Vec<u64> = notes.finished.iter().map(|it| it.seed).collect();
    let checkpoint = checkpoint.filter(|it| !finished.contains(&it.config().training.seed));
    let at = checkpoint
        .as_ref()
        .map(|it| (it.config().training.seed, it.step()));
    let work = Work {
        metrics: Metrics::open(&arguments.out, &finished, at)?,
        saves: Saves::new(arguments.checkpoint_every),
        interrupt: Interrupt::listen()?,
        folder,
        notes,
        opened,
    };
    let names = || plan.config.arms.iter().map(|arm| arm.name.as_str());
    for &seed in plan.seeds.iter().filter(|seed| !finished.contains(seed)) {
        if at.is_some_and(|(at_work, _)| at_work == seed) {
            work.settle(seed, names())?;
        } else {
            work.forget(seed, names())?;
        }
    }
    Ok((work, checkpoint))
}

/// The notes of a run that begins.
fn notes_of(plan: &Plan, opened: &Opened, images: ImageNotes) -> RunNotes {
    RunNotes {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        device: plan.device,
        device_name: opened.info.name.clone(),
        seeds: plan.seeds.clone(),
        data: plan.data.clone(),
        files: (plan.files != FolderImages::default()).then(|| plan.files.clone()),
        weights: plan.weights.clone(),
        images,
        untested: UntestedClasses::default(),
        finished: Vec::new(),
    }
}

fn report(run: &Run, seed: u64, last: &EvaluationRecord) {
    for (arm, result) in run.arms().iter().zip(&last.arms) {
        let new = result.accuracy_new_domain.map_or_else(
            || "none held out".to_owned(),
            |it| format!("{:.1} %", it * 100.0),
        );
        say!(
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
