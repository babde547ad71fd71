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

#[tokio::test(flavor = "multi_thread")]
async fn the_badge_names_the_adapter_and_its_reason_is_whole() -> Result<()> {
    visit("device-badge", "?device=webgpu", async |lab| {
        lab.wait_until_ready().await?;
        let badge = lab.text("device-badge").await?;
        ensure!(
            badge.contains("google swiftshader") && !badge.contains("unnamed"),
            "the badge says `{badge}`"
        );
        let reason = "(() => { const it = document.querySelector('.device-reason'); \
             const seen = it.getBoundingClientRect(); \
             return [it.scrollWidth <= it.clientWidth, it.scrollHeight <= it.clientHeight, \
                 seen.right <= innerWidth && seen.left >= 0, \
                 getComputedStyle(it).textOverflow !== 'ellipsis'].every(Boolean); })()";
        for width in [1440, 920, 820, 390] {
            lab.resize(width, 900).await?;
            lab.wait_until_true(reason)
                .await
                .with_context(|| format!("at {width} px"))?;
        }
        Ok(())
    })
    .await
}

/// In the page: every text of the progress that is shown.
const KEEP_PROGRESS: &str = "globalThis.said = new Set(); \
    new MutationObserver(() => said.add(document.querySelector('.progress-text')?.textContent)) \
        .observe(document, { subtree: true, childList: true, characterData: true });";

#[tokio::test(flavor = "multi_thread")]
async fn the_page_says_that_programs_are_compiled_and_shows_masks_first() -> Result<()> {
    visit("device-programs", "?device=webgpu", async |lab| {
        lab.wait_until_ready().await?;
        lab.reload_with_script(KEEP_PROGRESS).await?;
        lab.wait_until_ready().await?;
        lab.click("play").await?;
        // With the initial weights.
        let first = "!document.querySelector('#masks .empty') && \
            document.querySelector('[data-testid=step-count]').textContent === '0'";
        lab.wait_until("masks before the first step", LOAD, async || {
            lab.holds(first).await
        })
        .await?;
        lab.wait_until("a step", LOAD, async || Ok(lab.step_count().await? > 0))
            .await?;
        let said =
            "[...said].some(text => /compiling programs for the GPU: \\d+ of \\d+/.test(text))";
        ensure!(lab.holds(said).await?, "nothing was said of it");
        let now = "!document.querySelector('.progress-text').textContent.includes('compiling')";
        lab.wait_until("the end of it", LOAD, async || lab.holds(now).await)
            .await
    })
    .await
}
