//! A long run takes no more memory than a short one, on either device: the engine's own, and that
//! of its tensors on the GPU.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use tokio::time::sleep;

use super::duration::soak_minutes;
use crate::lab::{LOAD, Lab, SOON, number, visit};

/// The settings of a run so small that an emulated GPU makes a step at once. It starts the same GPU
/// programs as a large one.
const SMALL: &str = "#v=1&size=16&train=256&test=8&net=cnn-4-8&batch=8&epochs=1000";

/// By this step, pools have their final sizes and kernels are compiled.
const WARM: u64 = 100;

/// Number of steps without a soak test.
const FEW: u64 = 300;

/// Number of steps in a soak test.
const MANY: u64 = 2100;

/// Allowed growth in megabytes: buffers hold what is read back for the page.
const SLACK: f64 = 2.0;

/// Megabytes: of the engine's module, in use on the GPU, and taken there.
async fn memory(lab: &Lab) -> Result<Vec<f64>> {
    let told = lab.text("device-memory").await?;
    let sizes = told.split("MB").filter_map(number).collect::<Vec<_>>();
    ensure!(!sizes.is_empty(), "no sizes in `{told}`");
    Ok(sizes)
}

/// The largest of each size that the page shows until so many steps are made.
async fn peak_until(lab: &Lab, steps: u64) -> Result<Vec<f64>> {
    let mut most: Vec<f64> = Vec::new();
    loop {
        let state = lab.state().await?;
        ensure!(state == "training", "the run is `{state}`");
        let now = memory(lab).await?;
        most.resize(now.len(), 0.0);
        for (most, now) in most.iter_mut().zip(now) {
            *most = most.max(now);
        }
        if lab.step_count().await? >= steps {
            return Ok(most);
        }
        sleep(Duration::from_millis(500)).await;
    }
}

/// The peak in the second half of a run is no larger than in the first.
async fn check_growth(device: &str, sizes: usize) -> Result<()> {
    let last = soak_minutes().map_or(FEW, |_| MANY);
    let query = format!("?device={device}{SMALL}");
    visit(&format!("memory-{device}"), &query, async |lab| {
        lab.wait_for_state("ready", LOAD).await?;
        lab.open_details("device-details").await?;
        let told = |text: &str| text.contains("MB");
        lab.wait_for_text("device-memory", told, SOON).await?;
        lab.click("play").await?;
        lab.wait_for_state("training", SOON).await?;
        peak_until(lab, WARM).await?;
        let half = WARM + (last - WARM) / 2;
        let first = peak_until(lab, half).await?;
        let second = peak_until(lab, last).await?;
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
    check_growth("cpu", 1).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_run_on_a_gpu_takes_no_more() -> Result<()> {
    check_growth("webgpu", 3).await
}
