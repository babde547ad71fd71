//! The benchmark in the page, on the CPU and with few steps: what it reports, and that it leaves
//! the visitor's stored data alone.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use rsc_core::bench::{BenchNetwork, BenchReport};

use crate::lab::{LOAD, visit};

/// A few steps of three runs, forty-five times twelve overlays, and a moment of training.
const MEASURED: Duration = Duration::from_secs(400);

#[tokio::test(flavor = "multi_thread")]
async fn the_benchmark_reports_numbers() -> Result<()> {
    visit("bench", "?bench&device=cpu&steps=5", async |lab| {
        lab.wait_until_ready().await?;
        lab.click("bench-start").await?;
        let over = |text: &str| text == "Done." || text.contains("failed");
        let status = lab.wait_for_text("bench-status", over, MEASURED).await?;
        ensure!(status == "Done.", "`{status}`");

        let json = lab.text("bench-json").await?;
        let reports: Vec<BenchReport> = serde_json::from_str(&json).context("its own keys")?;
        ensure!(reports.len() == 1, "{} devices", reports.len());
        let report = &reports[0];
        ensure!(
            report.device == "cpu" && report.steps == 5,
            "`{}`, {} steps",
            report.device,
            report.steps
        );
        for (key, value) in [
            ("step_ms_median", report.step_ms_median),
            ("step_ms_p95", report.step_ms_p95),
            ("challenge_ms_median", report.challenge_ms_median),
            ("page_usable_ms", report.page_usable_ms),
            ("engine_ready_ms", report.engine_ready_ms),
            ("overlay_ms_p95", report.overlay_ms_p95),
            ("two_arm_ratio", report.two_arm_ratio),
            ("step_ms_queued", report.step_ms_queued),
            ("erm_step_ms_median", report.erm_step_ms_median),
            ("both_step_ms_median", report.both_step_ms_median),
        ] {
            ensure!(value.is_some_and(|value| value > 0.0), "{key}: {value:?}");
        }
        for (key, value) in [
            ("page_transferred_bytes", report.page_transferred_bytes),
            ("engine_transferred_bytes", report.engine_transferred_bytes),
        ] {
            ensure!(
                value.is_some_and(|bytes| bytes > 10_000),
                "{key}: {value:?}"
            );
        }
        // Zero where no task of the page took 50 ms, and where no memory was taken.
        let longest = report.longest_task_ms;
        ensure!(longest.is_some_and(|ms| ms >= 0.0), "longest {longest:?}");
        ensure!(report.heap_growth_bytes.is_some(), "no memory is told");
        ensure!(
            report.page_usable_ms < report.engine_ready_ms,
            "the page is there before its engine: {report:?}"
        );
        // What nobody here can know is left open.
        let unknown = (
            report.dispatches_per_step,
            report.page_brotli_bytes,
            report.engine_brotli_bytes,
        );
        ensure!(unknown == (None, None, None), "invented: {unknown:?}");

        let table = lab.text("bench-table").await?;
        ensure!(table.contains("RSC step, median"), "`{table}`");
        lab.screenshot("bench").await?;

        let stored = lab
            .evaluate("indexedDB.databases().then(all => all.length)")
            .await?;
        ensure!(stored == 0, "{stored} databases were made");
        Ok(())
    })
    .await
}

/// A step of the ResNet takes long on a busy machine: one of each arm is timed, and two of all redraws.
#[tokio::test(flavor = "multi_thread")]
async fn another_network_is_timed_for_a_limited_time() -> Result<()> {
    let query = "?bench=run&device=cpu&network=resnet&steps=5&seconds=1";
    visit("bench-network", query, async |lab| {
        let over = |text: &str| text == "Done." || text.contains("failed");
        let status = lab.wait_for_text("bench-status", over, MEASURED).await?;
        ensure!(status == "Done.", "`{status}`");
        let json = lab.text("bench-json").await?;
        let reports: Vec<BenchReport> = serde_json::from_str(&json).context("its own keys")?;
        let report = &reports[0];
        ensure!(report.network == BenchNetwork::Resnet, "{report:?}");
        ensure!((1..=5).contains(&report.steps), "{report:?}");
        let timed = [
            report.step_ms_median,
            report.erm_step_ms_median,
            report.overlay_ms_p95,
        ];
        let positive = |ms: &Option<f64>| ms.is_some_and(|ms| ms > 0.0);
        ensure!(timed.iter().all(positive), "{report:?}");
        // The page trains its own run, whatever is timed.
        ensure!(report.longest_task_ms.is_none(), "{report:?}");
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_benchmark_has_an_address_of_its_own() -> Result<()> {
    visit("bench-address", "bench/index.html", async |lab| {
        // While the page moves on, nothing can be asked of it.
        let there = async || Ok(lab.has("bench-start").await.unwrap_or(false));
        lab.wait_until("the benchmark", LOAD, there).await?;
        ensure!(lab.evaluate("location.search").await? == "?bench", "asked");
        Ok(())
    })
    .await
}
