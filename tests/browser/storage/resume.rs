//! Runs go on from their checkpoints, with the images that they were trained on.

use anyhow::{Result, ensure};
use chromiumoxide::cdp::browser_protocol::page::AddScriptToEvaluateOnNewDocumentParams;
use serde_json::json;

use crate::lab::{LOAD, SAME_ADDRESS, SOON, visit};
use crate::page_objects::board::{IN_USE, move_to, select, wait_for_counts, wait_for_images};
use crate::page_objects::database::{CHECKPOINT_STEPS, CHECKPOINTS, CONTENTS, TEXTS};
use crate::page_objects::losses::step_through;
use crate::samples::images::write_cats_and_dogs;

#[tokio::test(flavor = "multi_thread")]
async fn a_run_goes_on_where_it_was() -> Result<()> {
    visit("kept-run", "?device=cpu", async |lab| {
        lab.wait_until_ready().await?;
        let wanted = step_through(lab, 0, 4).await?;

        // The same seed makes the same run: once in one go, once with a reload on the way.
        lab.click("reset").await?;
        lab.wait_for_status("ready", LOAD).await?;
        step_through(lab, 0, 2).await?;
        lab.wait_until_equal(CHECKPOINT_STEPS, json!([4, 2]))
            .await?;
        let name = lab.value("run-name-2").await?;
        lab.reopen(SAME_ADDRESS).await?;
        lab.wait_for_status("paused", LOAD).await?;
        lab.wait_for_step(2).await?;
        lab.wait_for_value("run-name-2", &name).await?;
        ensure!(
            step_through(lab, 2, 4).await? == wanted,
            "not the same losses after a reload"
        );

        // The first one from the list: its curves end where it stopped, and it goes on.
        lab.click("run-go-on-1").await?;
        lab.wait_for_text(
            "run-state-1",
            |text| text.starts_with("paused at step 4"),
            SOON,
        )
        .await?;
        ensure!(lab.has("run-go-on-2").await?, "the run left cannot go on");
        step_through(lab, 4, 6).await?;

        // Left in mid-training, it can go on as well.
        lab.click("play").await?;
        lab.wait_for_text(
            "step-count",
            |text| text.parse::<u32>().is_ok_and(|n| n > 8),
            SOON,
        )
        .await?;
        lab.click("reset").await?;
        lab.wait_for_status("ready", LOAD).await?;
        lab.click("run-go-on-1").await?;
        lab.wait_for_text(
            "run-state-1",
            |text| text.starts_with("paused at step"),
            SOON,
        )
        .await?;
        let at = lab.text("step-count").await?.parse::<u32>()?;
        ensure!(at > 8, "at step {at} only");
        lab.screenshot("gone-on").await
    })
    .await
}

/// Clicks the button that resumes run 1 as soon as it appears.
const GO_ON_AT_ONCE: &str = "if (location.hash.includes('seed=5')) \
    new MutationObserver((_, watch) => { \
        const button = document.querySelector('[data-testid=run-go-on-1]'); \
        if (button) { watch.disconnect(); button.click(); } \
    }).observe(document, { childList: true, subtree: true });";

/// Delays the answer to how many images the database holds, and so the images themselves.
const LATE_IMAGES: &str = "(() => { \
    const { count } = IDBObjectStore.prototype; \
    const answered = Object.getOwnPropertyDescriptor(IDBRequest.prototype, 'onsuccess'); \
    IDBObjectStore.prototype.count = function (...given) { \
        const request = count.apply(this, given); \
        if (this.name === 'images') Object.defineProperty(request, 'onsuccess', { \
            set(hear) { answered.set.call(request, \
                event => setTimeout(() => hear.call(request, event), 1500)); } }); \
        return request; }; })();";

#[tokio::test(flavor = "multi_thread")]
async fn a_run_waits_for_its_images() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let [cats, dogs] = write_cats_and_dogs(folder.path(), 4, 4)?;
    visit("kept-early", "?device=cpu", async |lab| {
        lab.wait_until_ready().await?;
        lab.upload("class-files-0", &cats).await?;
        lab.upload("class-files-1", &dogs).await?;
        lab.set_value("batch-size", "4").await?;
        wait_for_images(lab, 8).await?;
        lab.click("use-own-images").await?;
        lab.wait_for_status("ready", LOAD).await?;
        lab.step_to(1).await?;
        lab.wait_until_equal(CHECKPOINT_STEPS, json!([1])).await?;
        // Another run, of images that are made, follows.
        lab.click("preset-corner-cue").await?;
        lab.set_value("seed", "5").await?;
        lab.click("reset").await?;
        lab.wait_for_status("ready", LOAD).await?;
        lab.wait_until_equal(CONTENTS, json!([TEXTS, 1, 8])).await?;

        // The list of runs is back before the images are.
        for script in [LATE_IMAGES, GO_ON_AT_ONCE] {
            lab.command(AddScriptToEvaluateOnNewDocumentParams::new(script))
                .await?;
        }
        lab.wait_until_true("location.hash.includes('seed=5')")
            .await?;
        lab.reopen(SAME_ADDRESS).await?;
        lab.wait_for_status("paused", LOAD).await?;
        lab.wait_for_step(1).await?;
        wait_for_images(lab, 8).await?;
        lab.click_step(2).await?;

        // Without them nothing changes, and that is said.
        lab.click("preset-corner-cue").await?;
        lab.click("reset").await?;
        lab.wait_for_status("ready", LOAD).await?;
        lab.click("class-delete-1").await?;
        wait_for_images(lab, 4).await?;
        lab.click("run-go-on-1").await?;
        let said = |text: &str| text.contains("2 classes");
        lab.wait_for_text("notice", said, SOON).await?;
        lab.wait_for_status("ready", SOON).await?;
        ensure!(lab.has("run-go-on-1").await?, "the run is not in the list");
        let chosen =
            "!!document.querySelector('[data-testid=preset-corner-cue]').closest('.chosen')";
        ensure!(lab.holds(chosen).await?, "the controls changed");
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_does_not_go_on_with_other_images() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let [cats, dogs] = write_cats_and_dogs(folder.path(), 4, 4)?;
    visit("kept-swap", "?device=cpu", async |lab| {
        lab.wait_until_ready().await?;
        lab.set_value("class-name-0", "cat").await?;
        lab.set_value("class-name-1", "dog").await?;
        lab.upload("class-files-0", &cats).await?;
        lab.upload("class-files-1", &dogs).await?;
        wait_for_counts(lab, "4 images", "4 images").await?;
        lab.set_value("batch-size", "2").await?;
        lab.click("use-own-images").await?;
        lab.wait_until_true(IN_USE).await?;
        lab.wait_for_status("ready", LOAD).await?;
        lab.step_to(1).await?;
        lab.wait_until_equal(CHECKPOINTS, json!([1])).await?;
        lab.click("reset").await?;
        lab.wait_for_status("ready", LOAD).await?;

        // A cat for a dog: as many of each as before.
        select(lab, &[0]).await?;
        move_to(lab, "dog").await?;
        wait_for_counts(lab, "3 images", "5 images").await?;
        select(lab, &[3]).await?;
        move_to(lab, "cat").await?;
        wait_for_counts(lab, "4 images", "4 images").await?;
        lab.click("run-go-on-1").await?;
        let said = |text: &str| text.contains("images have changed");
        lab.wait_for_text("notice", said, SOON).await?;

        // As they were, it goes on.
        lab.click("board-undo").await?;
        lab.click("board-undo").await?;
        lab.click("run-go-on-1").await?;
        lab.wait_for_status("paused", LOAD).await?;
        lab.wait_for_step(1).await
    })
    .await
}
