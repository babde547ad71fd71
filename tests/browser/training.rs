//! Loading, training, pausing, stepping and resetting: on the CPU, and on WebGPU as far as an
//! emulated GPU gets in reasonable time.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use tokio::time::sleep;

use crate::lab::{LOAD, Lab, SOON, number, visit};
use crate::page_objects::losses::{Losses, losses};

/// Limit for a few epochs on one CPU core.
const TRAINED: Duration = Duration::from_secs(420);

#[tokio::test(flavor = "multi_thread")]
async fn opens_on_the_processor_and_says_so() -> Result<()> {
    visit("opens-cpu", "?device=cpu", async |lab| {
        lab.wait_until_ready().await?;
        let badge = lab.text("device-badge").await?;
        ensure!(badge.contains("CPU"), "the badge says `{badge}`");
        ensure!(!lab.has("engine-progress").await?, "still loading");
        ensure!(lab.step_count().await? == 0, "steps before the first");
        // One for each arm, as far as there are cores.
        let cores = lab.cores().await?;
        let workers = lab.monitor.workers() as u64;
        ensure!(
            cores.min(2) == workers,
            "{workers} workers are watched, on {cores} cores"
        );
        // They were started before the page, which has taken them over.
        ensure!(lab.holds("rscEarlyWorkers.length === 0").await?);
        Ok(())
    })
    .await
}

/// Clicks the step button once. Returns the losses of exactly one more step.
async fn step(lab: &Lab) -> Result<Losses> {
    let before = lab.step_count().await?;
    lab.click("step").await?;
    let made = |text: &str| number(text) > Some(before as f64);
    lab.wait_for_text("step-count", made, SOON).await?;
    lab.wait_for_status("paused", SOON).await?;
    let after = losses(lab).await?;
    ensure!(
        after.step == before + 1,
        "one press went from {before} to {}",
        after.step
    );
    Ok(after)
}

fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = values.len() as f64;
    values.sum::<f64>() / count
}

/// A paused run makes no steps.
async fn check_paused(lab: &Lab) -> Result<()> {
    let paused_at = lab.step_count().await?;
    sleep(Duration::from_secs(2)).await;
    ensure!(
        lab.step_count().await? == paused_at,
        "it went on while it was paused"
    );
    Ok(())
}

/// Appends the losses that the page shows until the run is done.
async fn losses_to_the_end(lab: &Lab, mut curve: Vec<Losses>) -> Result<Vec<Losses>> {
    let started = Instant::now();
    loop {
        let status = lab.text("status").await?;
        ensure!(!status.contains("failed"), "the run failed");
        let now = losses(lab).await?;
        if curve.last().is_none_or(|last| last.step < now.step) {
            curve.push(now);
        }
        if status.contains("done") {
            return Ok(curve);
        }
        ensure!(started.elapsed() < TRAINED, "not done after {TRAINED:?}");
        sleep(Duration::from_millis(100)).await;
    }
}

/// The last losses are lower than the first, in both arms.
fn check_fall(curve: &[Losses]) -> Result<()> {
    ensure!(curve.len() >= 6, "too few different losses: {curve:?}");
    let (first, last) = (curve[0], &curve[curve.len() - 3..]);
    for (arm, first, last) in [
        ("ERM", first.erm, mean(last.iter().map(|l| l.erm))),
        ("RSC", first.rsc, mean(last.iter().map(|l| l.rsc))),
    ] {
        ensure!(
            last < 0.9 * first,
            "the loss of {arm} did not fall: {curve:?}"
        );
    }
    Ok(())
}

/// Both arms are better than chance in the domain that was trained on.
async fn check_accuracies(lab: &Lab) -> Result<()> {
    for arm in ["erm", "rsc"] {
        for domain in ["same", "new"] {
            let testid = format!("accuracy-{domain}-{arm}");
            let known = |text: &str| number(text).is_some();
            let text = lab.wait_for_text(&testid, known, SOON).await?;
            let value = number(&text).unwrap_or(-1.0);
            ensure!((0.0..=100.0).contains(&value), "`{testid}` is `{text}`");
            // Chance is 25 %; three epochs are enough for the domain trained on.
            ensure!(domain == "new" || value > 35.0, "`{testid}` is `{text}`");
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn trains_on_the_processor() -> Result<()> {
    visit("trains-cpu", "?device=cpu", async |lab| {
        lab.wait_until_ready().await?;
        lab.set_value("epochs", "3").await?;
        // Three epochs at the default rate are too few to leave the plateau at the start.
        lab.set_value("learning-rate", "0.003").await?;
        lab.wait_until_ready().await?;
        let first = step(lab).await?;
        let second = step(lab).await?;
        ensure!(second.step == 2, "{second:?}");

        lab.train_until(6).await?;
        check_paused(lab).await?;
        let paused_at = lab.step_count().await?;
        let one_more = step(lab).await?;
        ensure!(one_more.step == paused_at + 1, "{one_more:?}");

        lab.click("play").await?;
        let curve = losses_to_the_end(lab, vec![first, second, one_more]).await?;
        check_fall(&curve)?;
        let total = curve.last().map_or(0, |last| last.step);
        ensure!(
            total == 96,
            "3 epochs of 1024 images by 32 are {total} steps"
        );
        check_accuracies(lab).await?;
        let pace = lab.number("step-ms").await?;
        ensure!(pace.is_some_and(|ms| ms > 0.0), "no time per step");

        // The same seed starts the same run again; another seed another.
        lab.reset().await?;
        let again = step(lab).await?;
        ensure!(
            (again.erm, again.rsc) == (first.erm, first.rsc),
            "the same seed gave {first:?}, then {again:?}"
        );
        lab.reset().await?;
        lab.set_value("seed", "7").await?;
        lab.wait_until_ready().await?;
        let other = step(lab).await?;
        ensure!(
            other.erm != first.erm,
            "another seed gave the same loss: {other:?}"
        );
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn trains_on_webgpu() -> Result<()> {
    // Its classes are told apart within a few steps.
    visit(
        "trains-webgpu",
        "?device=webgpu#v=1&data=tint-cue",
        async |lab| {
            lab.wait_until_ready().await?;
            let badge = lab.text("device-badge").await?;
            ensure!(badge.contains("GPU"), "the badge says `{badge}`");
            let mut curve = Vec::new();
            for _ in 0..3 {
                curve.push(step(lab).await?);
            }
            lab.click("play").await?;
            let enough = |text: &str| number(text) >= Some(10.0);
            lab.wait_for_text("step-count", enough, LOAD).await?;
            lab.click("play").await?;
            lab.wait_for_status("paused", SOON).await?;
            for _ in 0..3 {
                curve.push(step(lab).await?);
            }
            for loss in &curve {
                ensure!(
                    loss.erm.is_finite() && loss.rsc.is_finite() && loss.erm < 5.0,
                    "{curve:?}"
                );
            }
            let (early, late) = (&curve[..3], &curve[3..]);
            ensure!(
                mean(late.iter().map(|l| l.erm)) < mean(early.iter().map(|l| l.erm)),
                "the loss did not fall: {curve:?}"
            );
            lab.wait_for_picture("overlay-0", None).await?;

            lab.reset().await?;
            let again = step(lab).await?;
            // A GPU may add in another order each time.
            ensure!(
                (again.erm - curve[0].erm).abs() < 1e-3 && (again.rsc - curve[0].rsc).abs() < 1e-3,
                "the same seed gave {:?}, then {again:?}",
                curve[0]
            );
            Ok(())
        },
    )
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn every_preset_trains() -> Result<()> {
    visit("presets", "?device=cpu", async |lab| {
        lab.wait_until_ready().await?;
        let mut first_losses = Vec::new();
        for preset in ["styles", "tint-cue", "corner-cue"] {
            lab.click(&format!("preset-{preset}")).await?;
            // In the middle of a run, other data wait for a reset.
            lab.reset().await?;
            lab.wait_for_picture("overlay-0", None).await?;
            first_losses.push(step(lab).await?.erm);
        }
        ensure!(
            first_losses[0] != first_losses[1] && first_losses[1] != first_losses[2],
            "different data, the same loss: {first_losses:?}"
        );
        Ok(())
    })
    .await
}
