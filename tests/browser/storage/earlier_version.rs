//! Files and stored data of an earlier version of the page: `tests/fixtures/earlier-version`.

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use serde_json::json;

use super::database::with_database;
use crate::lab::{DRAWN, LOAD, Lab, SOON, visit};
use crate::page_objects::board::{IN_USE, MARKED, wait_for_images};
use crate::page_objects::losses::step_through;

/// A fresh page without a link, since a link would win over stored settings.
const PLAIN: &str = "?device=cpu";
const DATABASE: &str = include_str!("../../fixtures/earlier-version/database.json");

/// What the earlier version showed: `expected.json`.
#[derive(Deserialize)]
struct Expected {
    run: ExpectedRun,
    pinned: ExpectedPinned,
    images: usize,
    #[serde(rename = "testOnly")]
    test_only: u64,
    sweep: [String; 2],
}

/// The run that was current.
#[derive(Deserialize)]
struct ExpectedRun {
    step: u64,
    then: ExpectedStep,
}

/// The losses after a later step, which the earlier version made itself.
#[derive(Deserialize)]
struct ExpectedStep {
    step: u64,
    losses: [String; 2],
}

/// A run that was renamed and pinned.
#[derive(Deserialize)]
struct ExpectedPinned {
    name: String,
    step: u64,
}

fn expected() -> Result<Expected> {
    let text = include_str!("../../fixtures/earlier-version/expected.json");
    Ok(serde_json::from_str(text)?)
}

/// The id of the run in the list that stopped at a step.
async fn run_at(lab: &Lab, step: u64) -> Result<String> {
    let find = format!(
        "[...document.querySelectorAll('[data-testid^=run-state-]')]\
         .find(it => / step {step}\\b/.test(it.textContent))?.dataset.testid"
    );
    lab.wait_until("the run in the list", SOON, async || {
        Ok(lab.evaluate(&find).await?.is_string())
    })
    .await?;
    let testid = lab.evaluate(&find).await?;
    let id = testid.as_str().and_then(|id| id.strip_prefix("run-state-"));
    Ok(id.context("no such run")?.to_owned())
}

/// Images, settings, the sweep and the list of runs are as the earlier version had them.
async fn check_restored(lab: &Lab, expected: &Expected) -> Result<()> {
    wait_for_images(lab, expected.images).await?;
    lab.wait_until_equal(MARKED, json!(expected.test_only))
        .await?;
    for (control, value) in [
        ("own-held-out", "domain:sketch"),
        ("axis", "channel"),
        ("p", "0.25"),
        ("batch-size", "2"),
        ("epochs", "20"),
        ("seed", "7"),
    ] {
        lab.wait_for_value(control, value).await?;
    }
    for (cell, wanted) in expected.sweep.iter().enumerate() {
        let shown = lab.text(&format!("sweep-cell-{cell}-0")).await?;
        let words = |text: &str| text.split_whitespace().collect::<String>();
        ensure!(
            words(&shown) == words(wanted),
            "cell {cell}: {shown}, not {wanted}"
        );
    }
    let pinned = run_at(lab, expected.pinned.step).await?;
    lab.wait_for_value(&format!("run-name-{pinned}"), &expected.pinned.name)
        .await?;
    let pressed = lab
        .attribute(&format!("run-pin-{pinned}"), "aria-pressed")
        .await?;
    ensure!(pressed == "true", "it is not pinned");
    Ok(())
}

/// The current run makes the steps that the earlier version made, with the same losses.
async fn check_losses(lab: &Lab, run: &ExpectedRun) -> Result<()> {
    lab.wait_for_step(run.step).await?;
    let losses = step_through(lab, run.step, run.then.step).await?;
    ensure!(
        losses == run.then.losses,
        "{losses:?}, and in the earlier version {:?}",
        run.then.losses
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_earlier_version_stored_is_restored() -> Result<()> {
    let expected = expected()?;
    visit("earlier-database", PLAIN, async |lab| {
        lab.wait_until_ready().await?;
        let body =
            format!("const {{ version, stores }} = {DATABASE}; await write(version, stores);");
        with_database(lab, &body).await?;
        lab.reopen("'?device=cpu'").await?;
        lab.wait_for_status("paused", LOAD).await?;
        check_restored(lab, &expected).await?;
        lab.wait_until_true(IN_USE).await?;
        check_losses(lab, &expected.run).await?;
        lab.screenshot("restored").await
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_of_an_earlier_version_is_opened() -> Result<()> {
    let expected = expected()?;
    let project =
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures/earlier-version/project.zip");
    visit("earlier-project", PLAIN, async |lab| {
        lab.wait_until_ready().await?;
        lab.click("share-open").await?;
        lab.wait_for_element("import-project", SOON).await?;
        lab.upload("import-project", &[project]).await?;
        let taken = |text: &str| {
            ["16 images", "2 runs", "sweep", "settings are set"]
                .iter()
                .all(|part| text.contains(part))
        };
        lab.wait_for_text("project-said", taken, DRAWN).await?;
        lab.click("share-close").await?;
        check_restored(lab, &expected).await?;
        let run = run_at(lab, expected.run.step).await?;
        lab.click(&format!("run-go-on-{run}")).await?;
        lab.wait_for_status("paused", LOAD).await?;
        check_losses(lab, &expected.run).await
    })
    .await
}
