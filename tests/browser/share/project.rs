//! `project.zip`: everything made on the page is saved in it, and restored after the page was
//! cleared.

use std::path::Path;

use anyhow::{Result, ensure};
use serde_json::json;

use crate::lab::{DRAWN, LOAD, Lab, SOON, visit};
use crate::page_objects::board::{IN_USE, MARKED, add_pets, move_to, select, wait_for_counts};
use crate::page_objects::database::{CHECKPOINTS, CONTENTS, TEXTS};
use crate::page_objects::losses::step_through;
use crate::page_objects::sweep::{SWEPT, plan, wait_for_sweep};
use crate::samples::zip::write_pets;

/// Keeps the file that the page saves as a `Blob`, before the browser downloads it.
const CATCH_FILE: &str = "(() => { const make = URL.createObjectURL.bind(URL); \
    URL.createObjectURL = blob => { globalThis.file = blob; return make(blob); }; \
    HTMLAnchorElement.prototype.click = function () { globalThis.fileName = this.download; }; })(), 0";

/// Gives that file to the page, as if a visitor had chosen it.
const OPEN_FILE: &str = "(() => { const input = document.querySelector('[data-testid=import-project]'); \
    const data = new DataTransfer(); \
    data.items.add(new File([globalThis.file], 'project.zip', { type: 'application/zip' })); \
    input.files = data.files; \
    input.dispatchEvent(new Event('change', { bubbles: true })); })(), 0";

/// Whether the board has nothing to undo.
const NOTHING_TO_UNDO: &str = "document.querySelector('[data-testid=board-undo]').disabled";

/// The names of the files in the saved project.
async fn contents(lab: &Lab) -> Result<Vec<String>> {
    let names = "(async () => { const bytes = new Uint8Array(await globalThis.file.arrayBuffer()); \
        const view = new DataView(bytes.buffer); const names = []; \
        for (let at = 0; at + 46 < bytes.length; at += 1) { \
            if (view.getUint32(at, true) !== 0x02014b50) continue; \
            const length = view.getUint16(at + 28, true); \
            names.push(new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + length))); } \
        return names; })()";
    let names = lab.evaluate(names).await?;
    Ok(serde_json::from_value(names)?)
}

/// Clears what the browser stores, once its size is shown.
async fn clear_everything(lab: &Lab) -> Result<()> {
    let told = |text: &str| text.contains("MB") || text.contains("kB");
    lab.wait_for_text("storage-room", told, SOON).await?;
    lab.click("storage-clear").await?;
    lab.click("storage-clear-yes").await?;
    lab.wait_until_equal(CONTENTS, json!([[], 0, 0])).await
}

/// Sorts and marks own images, changes settings, and trains on them.
async fn prepare(lab: &Lab, folder: &Path) -> Result<()> {
    add_pets(lab, folder).await?;
    // A sketch becomes a photo, an image is for testing only, and no domain is held out.
    select(lab, &[12]).await?;
    move_to(lab, "photo").await?;
    select(lab, &[0]).await?;
    lab.click("mark-selected").await?;
    lab.set_values([
        ("own-held-out", "none"),
        ("batch-size", "2"),
        ("epochs", "2"),
        ("p", "0.25"),
    ])
    .await?;
    lab.click("use-own-images").await?;
    lab.wait_until_true(IN_USE).await?;
    lab.wait_for_status("ready", LOAD).await
}

/// Sweeps two short runs. Returns what the second cell shows.
async fn sweep(lab: &Lab) -> Result<String> {
    plan(lab, "0.25, 0.75", "5").await?;
    lab.click("sweep-start").await?;
    wait_for_sweep(lab, "done", SWEPT).await?;
    lab.text("sweep-cell-1-0").await
}

/// Saves the project, and checks which files are in it.
async fn save_project(lab: &Lab) -> Result<()> {
    lab.evaluate(CATCH_FILE).await?;
    lab.click("share-open").await?;
    lab.click("export-project").await?;
    let saved = |text: &str| text.contains("project.zip") && text.contains("19 images");
    lab.wait_for_text("project-said", saved, DRAWN).await?;
    ensure!(lab.evaluate("globalThis.fileName").await? == "project.zip");
    let files = contents(lab).await?;
    for wanted in [
        "config.json",
        "runs.json",
        "board.json",
        "sweep.json",
        "images/test-only.txt",
        "images/photo/cat/01.png",
        "runs/0/checkpoint.safetensors",
    ] {
        ensure!(
            files.iter().any(|file| file == wanted),
            "{wanted}: {files:?}"
        );
    }
    Ok(())
}

/// Nothing is left, and the board offers no way back.
async fn check_cleared(lab: &Lab) -> Result<()> {
    lab.wait_for_text("storage-state", |text| text.contains("Nothing"), SOON)
        .await?;
    wait_for_counts(lab, "0 images", "0 images").await?;
    ensure!(lab.holds(NOTHING_TO_UNDO).await?, "there is a way back");
    ensure!(!lab.has("sweep-map").await?, "the sweep is still there");
    lab.wait_for_value("batch-size", "32").await
}

/// Opens the saved project, and checks that its images, settings and sweep are there.
async fn restore_project(lab: &Lab, swept: &str) -> Result<()> {
    lab.evaluate(OPEN_FILE).await?;
    let taken = |text: &str| {
        ["19 images", "1 run", "sweep", "settings are set"]
            .iter()
            .all(|part| text.contains(part))
    };
    lab.wait_for_text("project-said", taken, DRAWN).await?;
    lab.click("share-close").await?;
    wait_for_counts(lab, "16 images", "3 images").await?;
    lab.wait_until_equal(MARKED, json!(1)).await?;
    lab.wait_for_value("own-held-out", "none").await?;
    lab.wait_for_value("batch-size", "2").await?;
    lab.wait_for_value("p", "0.25").await?;
    ensure!(lab.text("sweep-cell-1-0").await? == swept);
    Ok(())
}

/// Resumes the only run that has a checkpoint.
async fn resume_run(lab: &Lab) -> Result<()> {
    let runs = "[...document.querySelectorAll('[data-testid^=run-go-on-]')]\
        .map(it => it.dataset.testid)";
    lab.wait_until("a run to go on with", SOON, async || {
        Ok(lab.evaluate(runs).await?.as_array().map(Vec::len) == Some(1))
    })
    .await?;
    let run = lab.evaluate(runs).await?;
    lab.click(run[0].as_str().unwrap_or_default()).await?;
    lab.wait_for_status("paused", LOAD).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_goes_out_and_comes_back() -> Result<()> {
    let folder = tempfile::tempdir()?;
    visit("project", "?device=cpu", async |lab| {
        prepare(lab, folder.path()).await?;
        let swept = sweep(lab).await?;
        step_through(lab, 0, 2).await?;
        lab.wait_until_equal(CONTENTS, json!([TEXTS, 1, 19]))
            .await?;
        lab.wait_until_equal(CHECKPOINTS, json!([1])).await?;
        save_project(lab).await?;
        let wanted = step_through(lab, 2, 4).await?;

        clear_everything(lab).await?;
        check_cleared(lab).await?;
        restore_project(lab, &swept).await?;
        resume_run(lab).await?;
        lab.wait_for_step(2).await?;
        let got = step_through(lab, 2, 4).await?;
        ensure!(got == wanted, "{got:?}, and without the export {wanted:?}");
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn clearing_leaves_no_way_back_to_what_was_deleted() -> Result<()> {
    let folder = tempfile::tempdir()?;
    visit("cleared", "?device=cpu", async |lab| {
        add_pets(lab, folder.path()).await?;
        select(lab, &[0, 1]).await?;
        lab.click("delete-selected").await?;
        wait_for_counts(lab, "14 images", "3 images").await?;
        lab.set_value("own-held-out", "none").await?;
        lab.click("share-open").await?;
        lab.wait_until_equal(CONTENTS, json!([["columns"], 0, 17]))
            .await?;
        clear_everything(lab).await?;
        lab.click("share-close").await?;
        ensure!(lab.holds(NOTHING_TO_UNDO).await?, "there is a way back");
        let undo = "document.querySelector('[data-testid=board]').dispatchEvent(\
             new KeyboardEvent('keydown', { key: 'z', ctrlKey: true, bubbles: true })), 0";
        lab.evaluate(undo).await?;
        wait_for_counts(lab, "0 images", "0 images").await?;
        // A domain that comes again is held out as at first.
        lab.upload("zip-files", &[write_pets(folder.path())?])
            .await?;
        wait_for_counts(lab, "16 images", "3 images").await?;
        lab.wait_for_value("own-held-out", "domain:sketch").await
    })
    .await
}
