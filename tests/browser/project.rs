//! A project as one file: everything made on the page goes out with it, and comes back when all was
//! cleared.

use std::time::Duration;

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use crate::board::{counts, move_to, select, with_pets};
use crate::lab::{DRAWN, LOAD, Lab, SOON, lab};
use crate::store::{ALL, ASIDE, HOLDS, comes, steps, takes_value};

/// Keeps the file that the page saves, in place of the browser's downloads.
const CATCH_FILE: &str = "(() => { const make = URL.createObjectURL.bind(URL); \
    URL.createObjectURL = blob => { globalThis.file = blob; return make(blob); }; \
    HTMLAnchorElement.prototype.click = function () { globalThis.fileName = this.download; }; })(), 0";

/// Gives that file to the page, as if it had been chosen.
const OPEN_FILE: &str = "(() => { const input = document.querySelector('[data-testid=import-project]'); \
    const data = new DataTransfer(); \
    data.items.add(new File([globalThis.file], 'project.zip', { type: 'application/zip' })); \
    input.files = data.files; \
    input.dispatchEvent(new Event('change', { bubbles: true })); })(), 0";

const MARKED: &str = "document.querySelectorAll('#your-images .test-only').length";

/// The names of the files in the zip.
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

/// A sweep of two short runs, which the settings at that moment say all else of.
async fn short_sweep(lab: &Lab) -> Result<()> {
    lab.set_value("sweep-second", "none").await?;
    lab.set_value("sweep-first-values", "0.25, 0.75").await?;
    lab.set_value("sweep-seeds", "5").await?;
    lab.click("sweep-start").await?;
    let done = |text: &str| text == "done" || text.contains("fault");
    let status = lab
        .wait_for("sweep-status", done, Duration::from_secs(300))
        .await?;
    ensure!(status == "done", "the sweep is `{status}`");
    Ok(())
}

async fn clear_everything(lab: &Lab) -> Result<()> {
    lab.wait_for(
        "storage-room",
        |text| text.contains("MB") || text.contains("kB"),
        SOON,
    )
    .await?;
    lab.click("storage-clear").await?;
    lab.click("storage-clear-yes").await?;
    comes(lab, HOLDS, json!([[], 0, 0])).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_goes_out_and_comes_back() -> Result<()> {
    let folder = tempfile::tempdir()?;
    lab("project", "?device=cpu", async |lab| {
        with_pets(lab, folder.path()).await?;
        // A sketch becomes a photo, an image is for testing only, and no domain is held out.
        select(lab, &[12]).await?;
        move_to(lab, "photo").await?;
        select(lab, &[0]).await?;
        lab.click("mark-selected").await?;
        lab.set_value("own-held-out", "none").await?;
        lab.set_value("batch-size", "2").await?;
        lab.set_value("epochs", "2").await?;
        lab.set_value("p", "0.25").await?;
        lab.click("use-own-images").await?;
        let own = "document.querySelector('.panel.own').textContent.includes('in use')";
        comes(lab, own, json!(true)).await?;
        lab.status("ready", LOAD).await?;
        short_sweep(lab).await?;
        let swept = lab.text("sweep-cell-1-0").await?;

        steps(lab, 0, 2).await?;
        comes(lab, HOLDS, json!([ALL, 1, 19])).await?;
        comes(lab, ASIDE, json!([1])).await?;
        lab.evaluate(CATCH_FILE).await?;
        lab.click("share-open").await?;
        lab.click("export-project").await?;
        let saved = |text: &str| text.contains("project.zip") && text.contains("19 images");
        lab.wait_for("project-said", saved, DRAWN).await?;
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
            ensure!(files.iter().any(|file| file == wanted), "{wanted}: {files:?}");
        }
        let wanted = steps(lab, 2, 4).await?;

        clear_everything(lab).await?;
        lab.wait_for("storage-state", |text| text.contains("Nothing"), SOON)
            .await?;
        counts(lab, "0 images", "0 images").await?;
        // What was done before is gone with its way back, and so is the sweep.
        let back = "document.querySelector('[data-testid=board-undo]').disabled";
        ensure!(lab.evaluate(back).await? == true, "there is a way back");
        ensure!(!lab.has("sweep-map").await?, "the sweep is still there");
        takes_value(lab, "batch-size", "32").await?;

        lab.evaluate(OPEN_FILE).await?;
        let taken = |text: &str| {
            ["19 images", "1 run", "sweep", "settings are set"]
                .iter()
                .all(|part| text.contains(part))
        };
        lab.wait_for("project-said", taken, DRAWN).await?;
        lab.click("share-close").await?;
        counts(lab, "16 images", "3 images").await?;
        comes(lab, MARKED, json!(1)).await?;
        takes_value(lab, "own-held-out", "none").await?;
        takes_value(lab, "batch-size", "2").await?;
        takes_value(lab, "p", "0.25").await?;
        ensure!(lab.text("sweep-cell-1-0").await? == swept);

        // The run goes on with its weights, on images that are what they were.
        let runs = "[...document.querySelectorAll('[data-testid^=run-go-on-]')].map(it => it.dataset.testid)";
        lab.wait_until("a run to go on with", SOON, async || {
            Ok(lab.evaluate(runs).await?.as_array().map(Vec::len) == Some(1))
        })
        .await?;
        let run: Value = lab.evaluate(runs).await?;
        lab.click(run[0].as_str().unwrap_or_default()).await?;
        lab.status("paused", LOAD).await?;
        lab.wait_for("step-count", |text| text == "2", SOON).await?;
        let got = steps(lab, 2, 4).await?;
        ensure!(got == wanted, "{got}, and without the way round {wanted}");
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn clearing_leaves_no_way_back_to_what_was_deleted() -> Result<()> {
    let folder = tempfile::tempdir()?;
    lab("cleared", "?device=cpu", async |lab| {
        with_pets(lab, folder.path()).await?;
        select(lab, &[0, 1]).await?;
        lab.click("delete-selected").await?;
        counts(lab, "14 images", "3 images").await?;
        lab.set_value("own-held-out", "none").await?;
        lab.click("share-open").await?;
        comes(lab, HOLDS, json!([["columns"], 0, 17])).await?;
        clear_everything(lab).await?;
        lab.click("share-close").await?;
        let back = "document.querySelector('[data-testid=board-undo]').disabled";
        ensure!(lab.evaluate(back).await? == true, "there is a way back");
        let undo = "document.querySelector('[data-testid=board]').dispatchEvent(\
             new KeyboardEvent('keydown', { key: 'z', ctrlKey: true, bubbles: true })), 0";
        lab.evaluate(undo).await?;
        counts(lab, "0 images", "0 images").await?;
        // A domain that comes again is held out as at first.
        lab.upload("zip-files", &[crate::board::pets(folder.path())?])
            .await?;
        counts(lab, "16 images", "3 images").await?;
        takes_value(lab, "own-held-out", "domain:sketch").await
    })
    .await
}
