//! A long run takes no more memory than a short one, on either device: the engine's own, and what its
//! tensors take on the GPU.
//!
//! Where no soak is asked for (`RSC_SOAK_MINUTES`), the run is a short one.

use anyhow::{Context, Result, ensure};

use crate::lab::{LOAD, Lab, SOON, lab, number};
use crate::wander::soak_minutes;

/// A run so small that an emulated GPU makes a step in no time. It starts the same programs as a
/// large one.
const SMALL: &str = "#v=1&size=16&train=256&test=8&net=cnn-4-8&batch=8&epochs=1000";
/// Pools have their sizes and kernels are compiled by then.
const WARM: u64 = 100;
/// Steps to make without a soak, and with one.
const FEW: u64 = 300;
const MANY: u64 = 2100;
/// Megabytes that may come and go: what is read back for the page waits in buffers.
const SLACK: f64 = 2.0;

/// Megabytes: of the engine's module, in use on the GPU, and taken there.
async fn memory(lab: &Lab) -> Result<Vec<f64>> {
    let told = lab.text("device-memory").await?;
    let sizes = told.split("MB").filter_map(number).collect::<Vec<_>>();
    ensure!(!sizes.is_empty(), "no sizes in `{told}`");
    Ok(sizes)
}

/// The largest of each size that is told until so many steps are made.
async fn most_until(lab: &Lab, steps: u64) -> Result<Vec<f64>> {
    let mut most: Vec<f64> = Vec::new();
    loop {
        let state = lab.state().await?;
        ensure!(state == "training", "the run is `{state}`");
        let now = memory(lab).await?;
        most.resize(now.len(), 0.0);
        for (most, now) in most.iter_mut().zip(now) {
            *most = most.max(now);
        }
        if lab.steps().await? >= steps {
            return Ok(most);
        }
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    }
}

async fn stays_the_same(device: &str, sizes: usize) -> Result<()> {
    let last = soak_minutes().map_or(FEW, |_| MANY);
    let query = format!("?device={device}{SMALL}");
    lab(&format!("memory-{device}"), &query, async |lab| {
        lab.in_state("ready", LOAD).await?;
        lab.evaluate("document.querySelector('[data-testid=device-details]').open = true; 0")
            .await?;
        let told = |text: &str| text.contains("MB");
        lab.wait_for("device-memory", told, SOON).await?;
        lab.click("play").await?;
        lab.in_state("training", SOON).await?;
        most_until(lab, WARM).await?;
        let half = WARM + (last - WARM) / 2;
        let first = most_until(lab, half).await?;
        let second = most_until(lab, last).await?;
        println!("{device}: {first:?} MB up to step {half}, {second:?} MB up to step {last}");
        ensure!(first.len() == sizes, "not {sizes} sizes: {first:?}");
        let grown = first.iter().zip(&second).map(|(a, b)| b - a);
        let grown = grown.reduce(f64::max).context("a size")?;
        ensure!(
            grown <= SLACK,
            "grew by {grown} MB: {first:?} MB, then {second:?}"
        );
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_run_on_the_processor_takes_no_more() -> Result<()> {
    stays_the_same("cpu", 1).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_run_on_a_gpu_takes_no_more() -> Result<()> {
    stays_the_same("webgpu", 3).await
}
