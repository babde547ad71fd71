//! A GPU that is opened with the limits of a weaker one: WebGPU's defaults, a phone's.

use anyhow::{Result, ensure};

use super::faults::SMALL;
use crate::lab::{LOAD, SOON, number, visit};

/// A network of strided convolutions with batch normalisation.
const RESNET: &str =
    "#v=1&size=16&train=256&test=8&net=resnet-4-4x1-8x1s2&norm=batch&batch=8&epochs=1000";

/// Opens the page, checks the device and trains a step.
async fn passes(limits: &str, said: &str) -> Result<()> {
    let query = format!("?device=webgpu&limits={limits}{SMALL}");
    visit(&format!("limits-{limits}"), &query, async |lab| {
        lab.wait_until_ready().await?;
        let badge = lab.text("device-badge").await?;
        ensure!(badge.contains(&format!("[limits={limits}]")), "`{badge}`");
        lab.open_details("device-details").await?;
        let simulated = lab.text("device-simulated").await?;
        ensure!(simulated.contains(said), "`{simulated}`");
        lab.click("check-device").await?;
        let verdict = lab
            .wait_for_text("device-verdict", |text| !text.is_empty(), 3 * LOAD)
            .await?;
        ensure!(verdict.contains("All 5 checks passed"), "`{verdict}`");
        lab.make_steps(2).await?;
        let on_gpu = |text: &str| number(text) > Some(0.0) && text.contains("On the GPU");
        lab.wait_for_text("device-memory", on_gpu, SOON).await?;
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gpu_with_webgpus_default_limits_passes() -> Result<()> {
    passes("webgpu-defaults", "WebGPU’s default limits").await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gpu_with_a_phones_limits_passes() -> Result<()> {
    passes("phone", "a phone’s GPU").await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resnet_trains_within_webgpus_default_limits() -> Result<()> {
    let query = format!("?device=webgpu&limits=webgpu-defaults{RESNET}");
    visit("limits-resnet", &query, async |lab| {
        lab.wait_until_ready().await?;
        lab.make_steps(2).await
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_no_buffer_holds_is_refused_with_what_would_fit() -> Result<()> {
    let query = "?device=webgpu&limits=webgpu-defaults\
        #v=1&size=128&train=256&test=8&net=cnn-96-8&batch=32";
    visit("limits-refused", query, async |lab| {
        let said = lab
            .wait_for_text("waiting", |text| text.contains("buffer"), LOAD)
            .await?;
        for part in ["32 images", "134 MB", "batches of 21", "pixels"] {
            ensure!(said.contains(part), "`{said}` has no `{part}`");
        }
        Ok(())
    })
    .await
}
