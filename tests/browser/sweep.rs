//! The sweep: its form, the heat map that fills in beside the run, its cells and its files.

use std::time::Duration;

use anyhow::{Result, ensure};
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::lab::{LOAD, Lab, SAME_ADDRESS, SOON, visit};
use crate::page_objects::database::in_database;
use crate::page_objects::downloads::{CATCH_FILES, save, save_text};
use crate::page_objects::settings::set_run_size;
use crate::page_objects::sweep::{SWEPT, plan, wait_for_sweep};

/// Prepares runs of 8 steps.
async fn use_short_runs(lab: &Lab) -> Result<()> {
    lab.wait_until_ready().await?;
    set_run_size(lab, 1, 256, 32).await
}

/// Invalid values are named, and no sweep begins.
async fn refuses_invalid_values(lab: &Lab) -> Result<()> {
    lab.set_value("sweep-second", "none").await?;
    lab.set_value("sweep-seeds", "5").await?;
    lab.set_value("sweep-first-values", "0.25, much").await?;
    lab.wait_for_attribute("sweep-first-values", "aria-invalid", json!("true"), SOON)
        .await?;
    lab.click("sweep-start").await?;
    lab.wait_for_text("notice", |text| text.contains("much"), SOON)
        .await?;
    ensure!(!lab.has("sweep-map").await?, "it began all the same");
    Ok(())
}

/// Starts a sweep over two possible values and one that is not, once an estimate is shown.
async fn start_with_one_impossible_value(lab: &Lab) -> Result<()> {
    lab.set_value("sweep-first-values", "0.25, 0.75, 2").await?;
    lab.wait_for_attribute("sweep-first-values", "aria-invalid", json!(null), SOON)
        .await?;
    let runs = |text: &str| text.contains("2 runs of 8 steps");
    lab.wait_for_text("sweep-runs", runs, SOON).await?;
    lab.click("step").await?;
    lab.wait_for_status("paused", SOON).await?;
    lab.wait_for_text("sweep-estimate", |text| text.contains("ms per step"), SOON)
        .await?;
    lab.click("sweep-start").await
}

/// A paused sweep makes no progress, and the page's own run can be stepped meanwhile.
async fn pauses_beside_the_run(lab: &Lab) -> Result<()> {
    // The sweep's engine loads first.
    lab.wait_for_attribute("sweep-pause", "disabled", json!(null), LOAD)
        .await?;
    lab.click("sweep-pause").await?;
    wait_for_sweep(lab, "paused", LOAD).await?;
    ensure!(lab.monitor.workers() >= 2, "it has no worker of its own");
    // A step may have been under way.
    sleep(Duration::from_secs(2)).await;
    let count = lab.text("sweep-count").await?;
    sleep(Duration::from_secs(2)).await;
    ensure!(
        lab.text("sweep-count").await? == count,
        "it went on while it was paused"
    );
    let before = lab.step_count().await?;
    lab.click_step(before + 1).await
}

/// The cells of possible values show an accuracy, the other one says why it is refused.
async fn check_heat_map(lab: &Lab) -> Result<()> {
    ensure!(lab.text("sweep-count").await?.starts_with("2 of 2"));
    for cell in ["sweep-cell-0-0", "sweep-cell-1-0"] {
        lab.wait_for_attribute(cell, "data-state", json!("value"), SOON)
            .await?;
        let mean = lab.number(cell).await?;
        ensure!(
            mean.is_some_and(|mean| (0.0..=100.0).contains(&mean)),
            "`{cell}` shows {mean:?}"
        );
    }
    let refused = lab.attribute("sweep-cell-2-0", "data-state").await?;
    ensure!(refused == "refused", "{refused}");
    let why = lab.attribute("sweep-cell-2-0", "title").await?;
    ensure!(
        why.as_str().is_some_and(|why| why.contains("challenge.p")),
        "{why}"
    );

    // The accuracy of the plain arm does not depend on p.
    lab.set_value("sweep-measure", "same-erm").await?;
    lab.wait_for_attribute("sweep-cell-1-0", "data-state", json!("value"), SOON)
        .await?;
    let plain = (
        lab.number("sweep-cell-0-0").await?,
        lab.number("sweep-cell-1-0").await?,
    );
    ensure!(plain.0 == plain.1, "{plain:?}");
    Ok(())
}

/// A cell opens, and its settings go into the controls.
async fn uses_the_settings_of_a_cell(lab: &Lab) -> Result<()> {
    lab.click("sweep-cell-1-0").await?;
    lab.wait_for_text("sweep-card-title", |text| text == "p = 0.75", SOON)
        .await?;
    let card = lab.text("sweep-card").await?;
    ensure!(card.contains("seed 5"), "{card}");
    lab.click("sweep-use").await?;
    for (control, wanted) in [("p", "0.75"), ("seed", "5")] {
        lab.wait_for_value(control, wanted).await?;
    }
    lab.click("sweep-card-close").await?;
    lab.wait_for_removal("sweep-card", SOON).await
}

async fn check_files(lab: &Lab) -> Result<()> {
    lab.evaluate(CATCH_FILES).await?;
    let csv = save(lab, "sweep-csv").await?;
    ensure!(csv["name"] == "sweep.csv", "{}", csv["name"]);
    let csv = csv["text"].as_str().unwrap_or_default();
    ensure!(csv.starts_with("p,seed,state,step,epoch,erm: "), "{csv}");
    ensure!(csv.lines().count() == 1 + 3, "{csv}");
    ensure!(csv.contains("\n0.25,5,done,8,0,"), "{csv}");
    ensure!(csv.contains("\n2,5,refused,"), "{csv}");
    let saved: Value = serde_json::from_str(&save_text(lab, "sweep-json").await?)?;
    ensure!(saved["rows"].as_array().map(Vec::len) == Some(3));
    ensure!(saved["rows"][1]["settings"]["p"] == 0.75, "{saved}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sweep_fills_its_heat_map_beside_the_run() -> Result<()> {
    visit("sweep", "?device=cpu", async |lab| {
        use_short_runs(lab).await?;
        lab.click("sweep-summary").await?;
        ensure!(!lab.has("sweep-map").await?, "a heat map before a sweep");
        refuses_invalid_values(lab).await?;
        start_with_one_impossible_value(lab).await?;
        pauses_beside_the_run(lab).await?;
        lab.click("sweep-pause").await?;
        wait_for_sweep(lab, "done", SWEPT).await?;
        check_heat_map(lab).await?;

        // A reset of the run and folding leave the sweep as it is.
        lab.click("reset").await?;
        lab.wait_until_ready().await?;
        lab.click("sweep-summary").await?;
        lab.click("sweep-summary").await?;
        lab.screenshot("sweep").await?;
        uses_the_settings_of_a_cell(lab).await?;
        check_files(lab).await
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_sweep_goes_on_with_what_is_missing() -> Result<()> {
    visit("sweep-stopped", "?device=cpu", async |lab| {
        use_short_runs(lab).await?;
        lab.set_value("sweep-first", "batch_size").await?;
        lab.set_value("sweep-first-values", "16, 32").await?;
        lab.set_value("sweep-second", "learning_rate").await?;
        lab.set_value("sweep-second-values", "0.001 to 0.01 in 2 log")
            .await?;
        lab.set_value("sweep-seeds", "0").await?;
        lab.wait_for_text("sweep-runs", |text| text.contains("4 runs"), SOON)
            .await?;
        lab.click("sweep-start").await?;
        lab.wait_for_attribute("sweep-cell-0-0", "data-state", json!("value"), SWEPT)
            .await?;
        lab.click("sweep-stop").await?;
        wait_for_sweep(lab, "stopped", SOON).await?;
        let first = lab.text("sweep-cell-0-0").await?;
        ensure!(!first.is_empty(), "what was measured is gone");
        lab.click("sweep-continue").await?;
        wait_for_sweep(lab, "done", SWEPT).await?;
        lab.wait_for_attribute("sweep-cell-1-1", "data-state", json!("value"), SOON)
            .await?;
        let again = lab.text("sweep-cell-0-0").await?;
        ensure!(first == again, "{first} became {again}");
        Ok(())
    })
    .await
}

/// Number of the sweep's runs that are stored.
const STORED: &str = in_database!("await done(store('sweep').count()) - 1");

/// What the first two cells show.
const MEASURED: &str = "[0, 1].map(column => document.querySelector(\
    `[data-testid=sweep-cell-${column}-0] b`).textContent)";

/// Stops a sweep of six runs once two of them are stored.
async fn stop_with_two_runs_stored(lab: &Lab) -> Result<()> {
    plan(lab, "0.25, 0.75", "5, 6, 7").await?;
    let shared = |text: &str| text.contains("once for each seed");
    lab.wait_for_text("sweep-shares", shared, SOON).await?;
    lab.click("sweep-start").await?;
    lab.wait_for_attribute("sweep-cell-1-0", "data-state", json!("value"), SWEPT)
        .await?;
    // Otherwise it might be done before they are stored.
    lab.click("sweep-pause").await?;
    lab.wait_until("two runs are stored", SOON, async || {
        let stored = lab.evaluate(STORED).await?;
        Ok(stored.as_i64().is_some_and(|stored| stored >= 2))
    })
    .await?;
    lab.click("sweep-stop").await?;
    wait_for_sweep(lab, "stopped", SOON).await
}

/// The id of the run in a row of the list, whose test id an expression yields.
async fn run_id(lab: &Lab, row: &str) -> Result<String> {
    let row = lab.evaluate(row).await?;
    let row = row.as_str().unwrap_or_default();
    Ok(row.trim_start_matches("run-").to_owned())
}

/// The accuracies of a run in the new domain, of ERM and RSC.
async fn new_accuracies(lab: &Lab, run: &str) -> Result<(Option<f64>, Option<f64>)> {
    Ok((
        lab.number(&format!("run-new-erm-{run}")).await?,
        lab.number(&format!("run-new-rsc-{run}")).await?,
    ))
}

/// Opens a run of a cell in the list, with curves and accuracies. Returns its id.
async fn open_run(lab: &Lab) -> Result<String> {
    lab.click("sweep-cell-1-0").await?;
    lab.click("sweep-open-6").await?;
    let run = "document.querySelector('.run:not(.current)')?.dataset.testid ?? ''";
    lab.wait_until("the run", SOON, async || Ok(lab.evaluate(run).await? != ""))
        .await?;
    let id = run_id(lab, run).await?;
    let state = lab.text(&format!("run-state-{id}")).await?;
    ensure!(state.contains("done, step 8"), "{state}");
    let shown = format!("run-show-{id}");
    let shown = lab.attribute(&shown, "aria-pressed").await?;
    ensure!(shown == "true", "its curves are not in the charts");
    Ok(id)
}

/// The settings of a run of the sweep give the same accuracies on the page.
async fn check_same_run_on_the_page(lab: &Lab, id: &str) -> Result<()> {
    let accuracies = new_accuracies(lab, id).await?;
    ensure!(matches!(accuracies, (Some(_), Some(_))), "{accuracies:?}");
    lab.click(&format!("run-use-{id}")).await?;
    lab.click("reset").await?;
    lab.wait_until_ready().await?;
    lab.click("play").await?;
    lab.wait_for_status("done", SWEPT).await?;
    let current = "[...document.querySelectorAll('.run.current')][0].dataset.testid";
    let again = new_accuracies(lab, &run_id(lab, current).await?).await?;
    ensure!(again == accuracies, "{accuracies:?} became {again:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sweep_outlives_a_reload_and_its_cells_open_their_runs() -> Result<()> {
    visit("sweep-kept", "?device=cpu", async |lab| {
        use_short_runs(lab).await?;
        stop_with_two_runs_stored(lab).await?;
        lab.reopen(SAME_ADDRESS).await?;
        lab.wait_for_element("sweep-map", SOON).await?;
        let back = |text: &str| text.contains("sweep of");
        lab.wait_for_text("notice", back, SOON).await?;
        wait_for_sweep(lab, "stopped", SOON).await?;
        let kept = lab.evaluate(MEASURED).await?;
        ensure!(kept[0] != "" && kept[1] != "", "{kept}");

        // It goes on with what is missing.
        lab.click("sweep-continue").await?;
        wait_for_sweep(lab, "done", SWEPT).await?;
        ensure!(lab.text("sweep-count").await?.starts_with("6 of 6"));
        lab.wait_until("all runs are stored", SOON, async || {
            Ok(lab.evaluate(STORED).await? == 6)
        })
        .await?;
        // The plain arm is the same in both cells: it does not depend on p.
        lab.set_value("sweep-measure", "new-erm").await?;
        lab.wait_for_attribute("sweep-cell-1-0", "data-state", json!("value"), SOON)
            .await?;
        let plain = lab.evaluate(MEASURED).await?;
        ensure!(plain[0] == plain[1], "{plain}");

        let id = open_run(lab).await?;
        check_same_run_on_the_page(lab, &id).await?;
        // Opened again, it is not listed twice.
        let rows = "document.querySelectorAll('.run').length";
        let runs = lab.evaluate(rows).await?;
        lab.click("sweep-open-6").await?;
        let after = lab.evaluate(rows).await?;
        ensure!(runs == after, "{runs} became {after}");
        lab.screenshot("sweep-kept").await
    })
    .await
}
