//! A sweep: its form, the heat map that fills in beside the run, its cells and its files.

use std::time::Duration;

use anyhow::{Result, ensure};
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::lab::{LOAD, Lab, SOON, lab};
use crate::share::{CATCH_FILES, saves, value};

/// A few short runs on one processor core.
const TRAINED: Duration = Duration::from_secs(300);

/// An attribute of an element.
async fn attribute(lab: &Lab, testid: &str, name: &str) -> Result<Value> {
    let selector = json!(format!("[data-testid=\"{testid}\"]"));
    let name = json!(name);
    lab.evaluate(&format!(
        "document.querySelector({selector})?.getAttribute({name}) ?? null"
    ))
    .await
}

async fn wait_attribute(
    lab: &Lab,
    testid: &str,
    name: &str,
    wanted: Value,
    within: Duration,
) -> Result<()> {
    lab.wait_until(
        &format!("{name} of `{testid}` as {wanted}"),
        within,
        async || Ok(attribute(lab, testid, name).await? == wanted),
    )
    .await
}

/// Waits until the sweep does this; a fault is an error at once.
async fn sweep_status(lab: &Lab, wanted: &str, within: Duration) -> Result<()> {
    let settled = |text: &str| text == wanted || text.contains("fault");
    let status = lab.wait_for("sweep-status", settled, within).await?;
    ensure!(status == wanted, "the sweep is `{status}`");
    Ok(())
}

/// Runs of 8 steps.
async fn short_runs(lab: &Lab) -> Result<()> {
    lab.ready().await?;
    lab.set_value("epochs", "1").await?;
    lab.set_value("train-images", "256").await?;
    lab.set_value("test-images", "32").await?;
    lab.ready().await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sweep_fills_its_heat_map_beside_the_run() -> Result<()> {
    lab("sweep", "?device=cpu", async |lab| {
        short_runs(lab).await?;
        lab.click("sweep-summary").await?;
        ensure!(!lab.has("sweep-map").await?, "a heat map before a sweep");

        // What makes no sense is named, and nothing begins.
        lab.set_value("sweep-second", "none").await?;
        lab.set_value("sweep-seeds", "5").await?;
        lab.set_value("sweep-first-values", "0.25, much").await?;
        wait_attribute(
            lab,
            "sweep-first-values",
            "aria-invalid",
            json!("true"),
            SOON,
        )
        .await?;
        lab.click("sweep-start").await?;
        lab.wait_for("notice", |text| text.contains("much"), SOON)
            .await?;
        ensure!(!lab.has("sweep-map").await?, "it began all the same");

        // Two values that are possible and one that is not.
        lab.set_value("sweep-first-values", "0.25, 0.75, 2").await?;
        wait_attribute(lab, "sweep-first-values", "aria-invalid", json!(null), SOON).await?;
        lab.wait_for(
            "sweep-runs",
            |text| text.contains("2 runs of 8 steps"),
            SOON,
        )
        .await?;
        lab.click("step").await?;
        lab.status("paused", SOON).await?;
        lab.wait_for("sweep-estimate", |text| text.contains("ms per step"), SOON)
            .await?;

        lab.click("sweep-start").await?;
        // Its engine loads first.
        wait_attribute(lab, "sweep-pause", "disabled", json!(null), LOAD).await?;
        lab.click("sweep-pause").await?;
        sweep_status(lab, "paused", LOAD).await?;
        ensure!(lab.watch.workers() >= 2, "it has no worker of its own");
        // A step may have been under way.
        sleep(Duration::from_secs(2)).await;
        let count = lab.text("sweep-count").await?;
        sleep(Duration::from_secs(2)).await;
        ensure!(
            lab.text("sweep-count").await? == count,
            "it went on while it was paused"
        );
        // The run on the page is another one.
        let before = lab.steps().await?;
        lab.click("step").await?;
        let next = (before + 1).to_string();
        lab.wait_for("step-count", |text| text == next, SOON)
            .await?;

        lab.click("sweep-pause").await?;
        sweep_status(lab, "done", TRAINED).await?;
        ensure!(lab.text("sweep-count").await?.starts_with("2 of 2"));
        for cell in ["sweep-cell-0-0", "sweep-cell-1-0"] {
            wait_attribute(lab, cell, "data-state", json!("value"), SOON).await?;
            let mean = lab.number(cell).await?;
            ensure!(
                mean.is_some_and(|mean| (0.0..=100.0).contains(&mean)),
                "`{cell}` shows {mean:?}"
            );
        }
        let refused = attribute(lab, "sweep-cell-2-0", "data-state").await?;
        ensure!(refused == "refused", "{refused}");
        let why = attribute(lab, "sweep-cell-2-0", "title").await?;
        ensure!(
            why.as_str().is_some_and(|why| why.contains("challenge.p")),
            "{why}"
        );

        // Another number of the same runs.
        lab.set_value("sweep-measure", "same-erm").await?;
        wait_attribute(lab, "sweep-cell-1-0", "data-state", json!("value"), SOON).await?;
        // The plain arm knows nothing of p.
        let plain = (
            lab.number("sweep-cell-0-0").await?,
            lab.number("sweep-cell-1-0").await?,
        );
        ensure!(plain.0 == plain.1, "{plain:?}");

        // A reset of the run and folding leave it as it is.
        lab.click("reset").await?;
        lab.ready().await?;
        lab.click("sweep-summary").await?;
        lab.click("sweep-summary").await?;
        lab.screenshot("sweep").await?;

        // A cell opens, and its settings go into the controls.
        lab.click("sweep-cell-1-0").await?;
        lab.wait_for("sweep-card-title", |text| text == "p = 0.75", SOON)
            .await?;
        let card = lab.text("sweep-card").await?;
        ensure!(card.contains("seed 5"), "{card}");
        lab.click("sweep-use").await?;
        for (control, wanted) in [("p", "0.75"), ("seed", "5")] {
            lab.wait_until(control, SOON, async || {
                Ok(value(lab, control).await? == wanted)
            })
            .await?;
        }
        lab.click("sweep-card-close").await?;
        lab.wait_until("the card is closed", SOON, async || {
            Ok(!lab.has("sweep-card").await?)
        })
        .await?;

        lab.evaluate(CATCH_FILES).await?;
        let csv = saves(lab, "sweep-csv").await?;
        ensure!(csv["name"] == "sweep.csv", "{}", csv["name"]);
        let csv = csv["text"].as_str().unwrap_or_default();
        ensure!(csv.starts_with("p,seed,state,step,epoch,erm: "), "{csv}");
        ensure!(csv.lines().count() == 1 + 3, "{csv}");
        ensure!(csv.contains("\n0.25,5,done,8,0,"), "{csv}");
        ensure!(csv.contains("\n2,5,refused,"), "{csv}");
        let saved = saves(lab, "sweep-json").await?;
        let saved: Value = serde_json::from_str(saved["text"].as_str().unwrap_or_default())?;
        ensure!(saved["rows"].as_array().map(Vec::len) == Some(3));
        ensure!(saved["rows"][1]["settings"]["p"] == 0.75, "{saved}");
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_sweep_goes_on_with_what_is_missing() -> Result<()> {
    lab("sweep-stopped", "?device=cpu", async |lab| {
        short_runs(lab).await?;
        lab.set_value("sweep-first", "batch_size").await?;
        lab.set_value("sweep-first-values", "16, 32").await?;
        lab.set_value("sweep-second", "learning_rate").await?;
        lab.set_value("sweep-second-values", "0.001 to 0.01 in 2 log")
            .await?;
        lab.set_value("sweep-seeds", "0").await?;
        lab.wait_for("sweep-runs", |text| text.contains("4 runs"), SOON)
            .await?;
        lab.click("sweep-start").await?;
        wait_attribute(lab, "sweep-cell-0-0", "data-state", json!("value"), TRAINED).await?;
        lab.click("sweep-stop").await?;
        sweep_status(lab, "stopped", SOON).await?;
        let first = lab.text("sweep-cell-0-0").await?;
        ensure!(!first.is_empty(), "what was measured is gone");
        lab.click("sweep-continue").await?;
        sweep_status(lab, "done", TRAINED).await?;
        wait_attribute(lab, "sweep-cell-1-1", "data-state", json!("value"), SOON).await?;
        let again = lab.text("sweep-cell-0-0").await?;
        ensure!(first == again, "{first} became {again}");
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sweep_outlives_a_reload_and_its_cells_open_their_runs() -> Result<()> {
    /// How many runs of it are stored.
    const STORED: &str = crate::store::in_database!("await done(store('sweep').count()) - 1");
    lab("sweep-kept", "?device=cpu", async |lab| {
        short_runs(lab).await?;
        lab.set_value("sweep-second", "none").await?;
        lab.set_value("sweep-first-values", "0.25, 0.75").await?;
        lab.set_value("sweep-seeds", "5, 6, 7").await?;
        lab.wait_for(
            "sweep-shares",
            |text| text.contains("once for each seed"),
            SOON,
        )
        .await?;
        lab.click("sweep-start").await?;
        wait_attribute(lab, "sweep-cell-1-0", "data-state", json!("value"), TRAINED).await?;
        // Else it might be done before they are stored.
        lab.click("sweep-pause").await?;
        lab.wait_until("two runs are stored", SOON, async || {
            let stored = lab.evaluate(STORED).await?;
            Ok(stored.as_i64().is_some_and(|stored| stored >= 2))
        })
        .await?;
        lab.click("sweep-stop").await?;
        sweep_status(lab, "stopped", SOON).await?;
        let measured = "[0, 1].map(column => document.querySelector(\
            `[data-testid=sweep-cell-${column}-0] b`).textContent)";
        crate::store::open_anew(lab, crate::store::AS_IT_IS).await?;
        lab.wait_until("the heat map", SOON, async || lab.has("sweep-map").await)
            .await?;
        let back = |text: &str| text.contains("sweep of");
        lab.wait_for("notice", back, SOON).await?;
        sweep_status(lab, "stopped", SOON).await?;
        let kept = lab.evaluate(measured).await?;
        ensure!(kept[0] != "" && kept[1] != "", "{kept}");

        // It goes on with what is missing.
        lab.click("sweep-continue").await?;
        sweep_status(lab, "done", TRAINED).await?;
        ensure!(lab.text("sweep-count").await?.starts_with("6 of 6"));
        lab.wait_until("all runs are stored", SOON, async || {
            Ok(lab.evaluate(STORED).await? == 6)
        })
        .await?;
        // The plain arm is the same in both cells, which p does not touch.
        lab.set_value("sweep-measure", "new-erm").await?;
        wait_attribute(lab, "sweep-cell-1-0", "data-state", json!("value"), SOON).await?;
        let plain = lab.evaluate(measured).await?;
        ensure!(plain[0] == plain[1], "{plain}");

        // A cell opens its runs: in the list, with curves and what was measured.
        lab.click("sweep-cell-1-0").await?;
        lab.click("sweep-open-6").await?;
        let run = "document.querySelector('.run:not(.current)')?.dataset.testid ?? ''";
        lab.wait_until("the run", SOON, async || Ok(lab.evaluate(run).await? != ""))
            .await?;
        let run = lab.evaluate(run).await?;
        let id = run
            .as_str()
            .unwrap_or_default()
            .trim_start_matches("run-")
            .to_owned();
        let state = lab.text(&format!("run-state-{id}")).await?;
        ensure!(state.contains("done, step 8"), "{state}");
        let shown = attribute(lab, &format!("run-show-{id}"), "aria-pressed").await?;
        ensure!(shown == "true", "its curves are not in the charts");
        let accuracies = (
            lab.number(&format!("run-new-erm-{id}")).await?,
            lab.number(&format!("run-new-rsc-{id}")).await?,
        );
        ensure!(matches!(accuracies, (Some(_), Some(_))), "{accuracies:?}");
        // The same settings on the page give the same run.
        lab.click(&format!("run-use-{id}")).await?;
        lab.click("reset").await?;
        lab.ready().await?;
        lab.click("play").await?;
        lab.status("done", TRAINED).await?;
        let current = "[...document.querySelectorAll('.run.current')][0].dataset.testid";
        let current = lab.evaluate(current).await?;
        let current = current
            .as_str()
            .unwrap_or_default()
            .trim_start_matches("run-")
            .to_owned();
        let again = (
            lab.number(&format!("run-new-erm-{current}")).await?,
            lab.number(&format!("run-new-rsc-{current}")).await?,
        );
        ensure!(again == accuracies, "{accuracies:?} became {again:?}");
        // Opened again, it is not there twice.
        let runs = lab
            .evaluate("document.querySelectorAll('.run').length")
            .await?;
        lab.click("sweep-open-6").await?;
        let after = lab
            .evaluate("document.querySelectorAll('.run').length")
            .await?;
        ensure!(runs == after, "{runs} became {after}");
        lab.screenshot("sweep-kept").await
    })
    .await
}
