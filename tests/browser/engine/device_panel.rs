//! The device panel: check of the device, limits, pace, memory and the parts of a step.

use anyhow::{Context, Result, ensure};

use super::faults::SMALL;
use crate::lab::{DRAWN, LOAD, SOON, number, visit};

#[tokio::test(flavor = "multi_thread")]
async fn this_device_computes_what_it_should() -> Result<()> {
    for (device, all) in [
        ("cpu", "All 5 checks passed"),
        ("webgpu", "All 5 checks passed"),
    ] {
        let query = format!("?device={device}{SMALL}");
        visit(&format!("suite-{device}"), &query, async |lab| {
            lab.wait_until_ready().await?;
            lab.click("check-device").await?;
            let verdict = lab
                .wait_for_text("device-verdict", |text| !text.is_empty(), 3 * LOAD)
                .await?;
            let found =
                "document.querySelector('[data-testid=device-verdict]').parentElement.textContent";
            let found = lab.evaluate(found).await?;
            println!("{device}: {found}");
            ensure!(verdict.contains(all), "{found}");
            Ok(())
        })
        .await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_device_panel_tells_pace_and_memory() -> Result<()> {
    visit("device-facts", "?device=cpu", async |lab| {
        lab.wait_until_ready().await?;
        lab.open_details("device-details").await?;
        // Without pressing anything.
        let memory = |text: &str| number(text) > Some(1.0) && text.contains("MB");
        lab.wait_for_text("device-memory", memory, SOON).await?;
        lab.make_steps(2).await?;
        let pace = lab
            .wait_for_text(
                "device-pace",
                |text| text.contains("steps per second"),
                SOON,
            )
            .await?;
        ensure!(number(&pace) > Some(0.0), "`{pace}`");
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_device_panel_tells_a_gpus_limits_and_memory() -> Result<()> {
    visit("device-limits", "?device=webgpu", async |lab| {
        lab.wait_until_ready().await?;
        lab.open_details("device-details").await?;
        let limit = "[...document.querySelectorAll('.facts-list div')] \
            .filter(it => /\\d/.test(it.querySelector('dd').textContent)).length >= 4";
        lab.wait_until_true(limit).await?;
        lab.make_steps(1).await?;
        let on_gpu = |text: &str| text.contains("On the GPU");
        let said = lab.wait_for_text("device-memory", on_gpu, SOON).await?;
        let (_, gpu) = said.split_once("On the GPU").context("a sentence")?;
        ensure!(number(gpu) > Some(0.0), "`{said}`");
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_time_of_a_step_is_split_into_its_parts() -> Result<()> {
    visit("device", "?device=cpu", async |lab| {
        lab.wait_until_ready().await?;
        lab.set_value("shift", "2").await?;
        lab.wait_until_ready().await?;
        lab.open_details("device-details").await?;
        lab.click("measure-step").await?;
        let split = lab
            .wait_for_text("step-split", |text| text.contains("backward"), DRAWN)
            .await?;
        ensure!(
            split.contains("challenge") && split.contains("ms"),
            "`{split}`"
        );
        lab.click_step(1).await
    })
    .await
}
