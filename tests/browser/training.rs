//! Loading, training, pausing, stepping and starting over: on the processor, and on WebGPU as far
//! as an emulated GPU gets in reasonable time.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use tokio::time::sleep;

use crate::lab::{LOAD, Lab, SOON, lab};

/// A few epochs on one processor core.
const TRAINED: Duration = Duration::from_secs(420);

#[tokio::test(flavor = "multi_thread")]
async fn opens_on_the_processor_and_says_so() -> Result<()> {
    lab("opens-cpu", "?device=cpu", async |lab| {
        lab.ready().await?;
        let badge = lab.text("device-badge").await?;
        ensure!(badge.contains("CPU"), "the badge says `{badge}`");
        ensure!(!lab.has("engine-progress").await?, "still loading");
        ensure!(lab.steps().await? == 0, "steps before the first");
        // One for each arm, as far as there are cores.
        let cores = lab.evaluate("navigator.hardwareConcurrency").await?;
        let workers = lab.watch.workers() as u64;
        ensure!(
            cores.as_u64().map(|cores| cores.min(2)) == Some(workers),
            "{workers} workers are watched, on {cores} cores"
        );
        Ok(())
    })
    .await
}

/// One point of the loss curves.
#[derive(Debug, Clone, Copy)]
struct Losses {
    step: u64,
    erm: f64,
    rsc: f64,
}

async fn losses(lab: &Lab) -> Result<Losses> {
    Ok(Losses {
        step: lab.steps().await?,
        erm: lab.number("loss-erm").await?.context("no ERM loss")?,
        rsc: lab.number("loss-rsc").await?.context("no RSC loss")?,
    })
}

/// One press of the step button, until its losses are there.
async fn step(lab: &Lab) -> Result<Losses> {
    let before = lab.steps().await?;
    lab.click("step").await?;
    let made = |text: &str| crate::lab::number(text) > Some(before as f64);
    lab.wait_for("step-count", made, SOON).await?;
    lab.status("paused", SOON).await?;
    let after = losses(lab).await?;
    ensure!(
        after.step == before + 1,
        "one press went from {before} to {}",
        after.step
    );
    Ok(after)
}

/// Back to the initial weights.
async fn reset(lab: &Lab) -> Result<()> {
    lab.click("reset").await?;
    lab.wait_for("step-count", |text| text == "0", SOON).await?;
    lab.status("ready", SOON).await
}

fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = values.len() as f64;
    values.sum::<f64>() / count
}

#[tokio::test(flavor = "multi_thread")]
async fn trains_on_the_processor() -> Result<()> {
    lab("trains-cpu", "?device=cpu", async |lab| {
        lab.ready().await?;
        lab.set_value("epochs", "3").await?;
        // Three epochs at the default rate are too few to leave the plateau at the start.
        lab.set_value("learning-rate", "0.003").await?;
        lab.ready().await?;
        let first = step(lab).await?;
        let second = step(lab).await?;
        ensure!(second.step == 2, "{second:?}");

        // Paused in the middle, it stays where it is.
        lab.click("play").await?;
        lab.status("training", SOON).await?;
        let enough = |text: &str| crate::lab::number(text) >= Some(6.0);
        lab.wait_for("step-count", enough, SOON).await?;
        lab.click("play").await?;
        lab.status("paused", SOON).await?;
        let paused_at = lab.steps().await?;
        sleep(Duration::from_secs(2)).await;
        ensure!(
            lab.steps().await? == paused_at,
            "it went on while it was paused"
        );
        let one_more = step(lab).await?;
        ensure!(one_more.step == paused_at + 1, "{one_more:?}");

        // To the end, noting the losses on the way.
        lab.click("play").await?;
        let mut curve = vec![first, second, one_more];
        let started = Instant::now();
        loop {
            let status = lab.text("status").await?;
            ensure!(!status.contains("failed"), "the run failed");
            let now = losses(lab).await?;
            if curve.last().is_none_or(|last| last.step < now.step) {
                curve.push(now);
            }
            if status.contains("done") {
                break;
            }
            ensure!(started.elapsed() < TRAINED, "not done after {TRAINED:?}");
            sleep(Duration::from_millis(100)).await;
        }
        ensure!(curve.len() >= 6, "too few different losses: {curve:?}");
        let last = &curve[curve.len() - 3..];
        for (arm, first, last) in [
            ("ERM", first.erm, mean(last.iter().map(|l| l.erm))),
            ("RSC", first.rsc, mean(last.iter().map(|l| l.rsc))),
        ] {
            ensure!(
                last < 0.9 * first,
                "the loss of {arm} did not fall: {curve:?}"
            );
        }
        let total = curve.last().map_or(0, |last| last.step);
        ensure!(
            total == 96,
            "3 epochs of 1024 images by 32 are {total} steps"
        );
        for arm in ["erm", "rsc"] {
            for domain in ["same", "new"] {
                let testid = format!("accuracy-{domain}-{arm}");
                let known = |text: &str| crate::lab::number(text).is_some();
                let text = lab.wait_for(&testid, known, SOON).await?;
                let value = crate::lab::number(&text).unwrap_or(-1.0);
                ensure!((0.0..=100.0).contains(&value), "`{testid}` is `{text}`");
                // Chance is 25 %; three epochs are enough for the domain trained on.
                ensure!(domain == "new" || value > 35.0, "`{testid}` is `{text}`");
            }
        }
        let pace = lab.number("step-ms").await?;
        ensure!(pace.is_some_and(|ms| ms > 0.0), "no time per step");

        // The same seed starts the same run again; another seed another.
        reset(lab).await?;
        let again = step(lab).await?;
        ensure!(
            (again.erm, again.rsc) == (first.erm, first.rsc),
            "the same seed gave {first:?}, then {again:?}"
        );
        reset(lab).await?;
        lab.set_value("seed", "7").await?;
        lab.ready().await?;
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
    lab("trains-webgpu", "?device=webgpu", async |lab| {
        lab.ready().await?;
        let badge = lab.text("device-badge").await?;
        ensure!(badge.contains("GPU"), "the badge says `{badge}`");
        let mut curve = Vec::new();
        for _ in 0..3 {
            curve.push(step(lab).await?);
        }
        lab.click("play").await?;
        let enough = |text: &str| crate::lab::number(text) >= Some(10.0);
        lab.wait_for("step-count", enough, LOAD).await?;
        lab.click("play").await?;
        lab.status("paused", SOON).await?;
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
        lab.drawn("overlay-0", None).await?;

        reset(lab).await?;
        let again = step(lab).await?;
        // A GPU may add in another order each time.
        ensure!(
            (again.erm - curve[0].erm).abs() < 1e-3 && (again.rsc - curve[0].rsc).abs() < 1e-3,
            "the same seed gave {:?}, then {again:?}",
            curve[0]
        );
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn every_preset_trains() -> Result<()> {
    lab("presets", "?device=cpu", async |lab| {
        lab.ready().await?;
        let mut first_losses = Vec::new();
        for preset in ["styles", "tint-cue", "corner-cue"] {
            lab.click(&format!("preset-{preset}")).await?;
            // In the middle of a run, other data wait for a reset.
            reset(lab).await?;
            lab.drawn("overlay-0", None).await?;
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
