//! What was made on the page is there again after a reload, until it is cleared.

use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use chromiumoxide::cdp::browser_protocol::page::AddScriptToEvaluateOnNewDocumentParams;
use image::{Rgb, RgbImage};
use serde_json::json;

use crate::lab::{LOAD, Lab, SOON, lab};

/// An expression that asks the database: `done` waits for a request.
macro_rules! in_database {
    ($answer:literal) => {
        concat!(
            "(async () => { \
                const done = request => new Promise((resolve, reject) => { \
                    request.onsuccess = () => resolve(request.result); \
                    request.onerror = () => reject(request.error); }); \
                const database = await done(indexedDB.open('rsc-lab')); \
                const store = name => database.transaction(name).objectStore(name); \
                try { return ",
            $answer,
            "; } finally { database.close(); } })()"
        )
    };
}
pub(crate) use in_database;

/// What the database holds: names of texts, number of runs, number of images.
pub(crate) const HOLDS: &str = in_database!(
    "await Promise.all([done(store('texts').getAllKeys()), \
     done(store('runs').count()), done(store('images').count())])"
);

/// The names of all texts.
pub(crate) const ALL: [&str; 3] = ["columns", "current", "settings"];

/// The runs that can go on, by what the database holds.
pub(crate) const ASIDE: &str = in_database!("await done(store('checkpoints').getAllKeys())");

/// The steps after which they were put aside, the oldest run first.
pub(crate) const ASIDE_AT: &str =
    in_database!("(await done(store('checkpoints').getAll())).map(([step]) => step)");

/// Whether own images are what the stored settings train on.
pub(crate) const OWN_STORED: &str =
    in_database!("String(await done(store('texts').get('settings'))).includes('\"own\"')");

/// Even images of a colour each.
pub(crate) fn write_images(folder: &Path, class: &str, red: u8, count: u8) -> Result<Vec<PathBuf>> {
    (0..count)
        .map(|number| {
            let file = folder.join(format!("{class}-{number}.png"));
            RgbImage::from_pixel(40, 32, Rgb([red, 30 * number, 90])).save(&file)?;
            Ok(file)
        })
        .collect()
}

/// Waits until an expression has a value.
pub(crate) async fn comes(lab: &Lab, expression: &str, wanted: serde_json::Value) -> Result<()> {
    lab.wait_until(&format!("{expression} as {wanted}"), SOON, async || {
        Ok(lab.evaluate(expression).await? == wanted)
    })
    .await
}

/// Waits until a control has a value.
pub(crate) async fn takes_value(lab: &Lab, testid: &str, wanted: &str) -> Result<()> {
    let value = format!("document.querySelector('[data-testid=\"{testid}\"]')?.value");
    comes(lab, &value, json!(wanted)).await
}

/// Opens the page anew, at the address that an expression makes.
pub(crate) async fn open_anew(lab: &Lab, address: &str) -> Result<()> {
    let go = format!(
        "globalThis.before = true; setTimeout(() => {{ const next = {address}; \
         history.replaceState(null, '', next); location.reload(); }}, 0); 0"
    );
    lab.evaluate(&go).await?;
    // While one page goes and the next comes, nothing can be asked.
    lab.wait_until("a new page", SOON, async || {
        let new = lab.evaluate("globalThis.before === undefined").await;
        Ok(new.is_ok_and(|new| new == true))
    })
    .await?;
    // A run that had begun is taken up again, and waits.
    let settled = |text: &str| {
        ["ready", "paused", "done", "failed"]
            .iter()
            .any(|s| text.contains(s))
    };
    let status = lab.wait_for("status", settled, LOAD).await?;
    ensure!(!status.contains("failed"), "the run is `{status}`");
    Ok(())
}

/// The address as it is, or without what stands after the `#`.
pub(crate) const AS_IT_IS: &str = "location.href";
const BARE: &str = "location.pathname + location.search";

pub(crate) async fn one_step(lab: &Lab) -> Result<()> {
    lab.click("step").await?;
    lab.wait_for("step-count", |text| text == "1", SOON).await?;
    lab.status("paused", SOON).await
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_by_a_reload() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let cats = write_images(folder.path(), "cat", 200, 3)?;
    let dogs = write_images(folder.path(), "dog", 20, 4)?;
    lab("kept", "?device=cpu", async |lab| {
        lab.ready().await?;
        // A first visit is quiet, and a reload of it too.
        open_anew(lab, AS_IT_IS).await?;
        let notice = lab.text("notice").await?;
        ensure!(notice.is_empty(), "there is nothing to say: {notice}");

        lab.set_value("class-name-0", "cat").await?;
        lab.set_value("class-name-1", "dog").await?;
        lab.upload("class-files-0", &cats).await?;
        lab.upload("class-files-1", &dogs).await?;
        lab.set_value("batch-size", "4").await?;
        lab.set_value("p", "0.25").await?;
        comes(
            lab,
            "document.querySelectorAll('.own-thumbnail').length",
            json!(7),
        )
        .await?;
        lab.click("use-own-images").await?;
        let own = "document.querySelector('.panel.own').textContent.includes('in use')";
        comes(lab, own, json!(true)).await?;
        lab.status("ready", LOAD).await?;
        one_step(lab).await?;
        comes(lab, HOLDS, json!([ALL, 1, 7])).await?;
        comes(lab, ASIDE, json!([1])).await?;

        // By its own address, which holds the settings.
        open_anew(lab, AS_IT_IS).await?;
        let back = |text: &str| text.contains("7 images in 2 classes and 1 run are back");
        lab.wait_for("notice", back, SOON).await?;
        takes_value(lab, "class-name-1", "dog").await?;
        takes_value(lab, "p", "0.25").await?;
        comes(
            lab,
            "document.querySelectorAll('.own-thumbnail').length",
            json!(7),
        )
        .await?;
        comes(lab, own, json!(true)).await?;
        // The run is where it was left; reset makes another.
        lab.status("paused", LOAD).await?;
        lab.wait_for("step-count", |text| text == "1", SOON).await?;
        lab.click("reset").await?;
        lab.status("ready", LOAD).await?;
        ensure!(lab.has("run-1").await?, "the run is not in the list");
        one_step(lab).await?;
        comes(lab, HOLDS, json!([ALL, 2, 7])).await?;

        // By the bare address.
        open_anew(lab, BARE).await?;
        let back = |text: &str| text.contains("2 runs and your settings are back");
        lab.wait_for("notice", back, SOON).await?;
        takes_value(lab, "p", "0.25").await?;
        takes_value(lab, "batch-size", "4").await?;
        comes(lab, own, json!(true)).await?;

        // A deleted image does not come back.
        lab.evaluate("document.querySelector('.own-thumbnail .delete').click(); 0")
            .await?;
        comes(lab, HOLDS, json!([ALL, 2, 6])).await?;
        lab.screenshot("kept").await
    })
    .await
}

pub(crate) async fn steps(lab: &Lab, from: u32, to: u32) -> Result<String> {
    for step in from + 1..=to {
        lab.click("step").await?;
        let count = step.to_string();
        lab.wait_for("step-count", |text| text == count, SOON)
            .await?;
        lab.status("paused", SOON).await?;
    }
    let losses = [lab.text("loss-erm").await?, lab.text("loss-rsc").await?];
    Ok(losses.join(" "))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_goes_on_where_it_was() -> Result<()> {
    lab("kept-run", "?device=cpu", async |lab| {
        lab.ready().await?;
        let wanted = steps(lab, 0, 4).await?;

        // The same seed makes the same run: once in one go, once with a reload on the way.
        lab.click("reset").await?;
        lab.status("ready", LOAD).await?;
        steps(lab, 0, 2).await?;
        comes(lab, ASIDE_AT, json!([4, 2])).await?;
        let name = "document.querySelector('[data-testid=run-name-2]').value";
        let before = lab.evaluate(name).await?;
        open_anew(lab, AS_IT_IS).await?;
        lab.status("paused", LOAD).await?;
        lab.wait_for("step-count", |text| text == "2", SOON).await?;
        comes(lab, name, before).await?;
        ensure!(
            steps(lab, 2, 4).await? == wanted,
            "not the same losses after a reload"
        );

        // The first one from the list: its curves end where it stopped, and it goes on.
        lab.click("run-go-on-1").await?;
        lab.wait_for(
            "run-state-1",
            |text| text.starts_with("paused at step 4"),
            SOON,
        )
        .await?;
        ensure!(lab.has("run-go-on-2").await?, "the run left cannot go on");
        steps(lab, 4, 6).await?;

        // Left in mid-training, it can go on as well.
        lab.click("play").await?;
        lab.wait_for(
            "step-count",
            |text| text.parse::<u32>().is_ok_and(|n| n > 8),
            SOON,
        )
        .await?;
        lab.click("reset").await?;
        lab.status("ready", LOAD).await?;
        lab.click("run-go-on-1").await?;
        lab.wait_for(
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

/// Clicks on what goes on with run 1 in the moment in which it appears.
const GO_ON_AT_ONCE: &str = "if (location.hash.includes('seed=5')) \
    new MutationObserver((_, watch) => { \
        const button = document.querySelector('[data-testid=run-go-on-1]'); \
        if (button) { watch.disconnect(); button.click(); } \
    }).observe(document, { childList: true, subtree: true });";

/// Keeps back for a while how many images the database holds, and with it the images.
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
    let cats = write_images(folder.path(), "cat", 200, 4)?;
    let dogs = write_images(folder.path(), "dog", 20, 4)?;
    lab("kept-early", "?device=cpu", async |lab| {
        lab.ready().await?;
        lab.upload("class-files-0", &cats).await?;
        lab.upload("class-files-1", &dogs).await?;
        lab.set_value("batch-size", "4").await?;
        let all = "document.querySelectorAll('.own-thumbnail').length";
        comes(lab, all, json!(8)).await?;
        lab.click("use-own-images").await?;
        lab.status("ready", LOAD).await?;
        one_step(lab).await?;
        comes(lab, ASIDE_AT, json!([1])).await?;
        // Another run, of images that are made, follows.
        lab.click("preset-corner-cue").await?;
        lab.set_value("seed", "5").await?;
        lab.click("reset").await?;
        lab.status("ready", LOAD).await?;
        comes(lab, HOLDS, json!([ALL, 1, 8])).await?;

        // The list of runs is back before the images are.
        for script in [LATE_IMAGES, GO_ON_AT_ONCE] {
            lab.command(AddScriptToEvaluateOnNewDocumentParams::new(script))
                .await?;
        }
        comes(lab, "location.hash.includes('seed=5')", json!(true)).await?;
        open_anew(lab, AS_IT_IS).await?;
        lab.status("paused", LOAD).await?;
        lab.wait_for("step-count", |text| text == "1", SOON).await?;
        comes(lab, all, json!(8)).await?;
        lab.click("step").await?;
        lab.wait_for("step-count", |text| text == "2", SOON).await?;

        // Without them nothing changes, and that is said.
        lab.click("preset-corner-cue").await?;
        lab.click("reset").await?;
        lab.status("ready", LOAD).await?;
        lab.click("class-delete-1").await?;
        comes(lab, all, json!(4)).await?;
        lab.click("run-go-on-1").await?;
        let said = |text: &str| text.contains("2 classes");
        lab.wait_for("notice", said, SOON).await?;
        lab.status("ready", SOON).await?;
        ensure!(lab.has("run-go-on-1").await?, "the run is not in the list");
        let chosen =
            "!!document.querySelector('[data-testid=preset-corner-cue]').closest('.chosen')";
        ensure!(lab.evaluate(chosen).await? == true, "the controls changed");
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_wins_over_stored_settings() -> Result<()> {
    lab("kept-link", "?device=cpu", async |lab| {
        lab.ready().await?;
        lab.set_value("p", "0.25").await?;
        lab.set_value("seed", "8").await?;
        comes(lab, HOLDS, json!([["settings"], 0, 0])).await?;
        let link = format!("{BARE} + '#v=1&p=0.75'");
        open_anew(lab, &link).await?;
        takes_value(lab, "p", "0.75").await?;
        takes_value(lab, "seed", "0").await?;
        let notice = lab.text("notice").await?;
        ensure!(notice.is_empty(), "nothing came back: {notice}");
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_can_be_cleared() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let cats = write_images(folder.path(), "cat", 200, 2)?;
    lab("kept-clear", "?device=cpu", async |lab| {
        lab.ready().await?;
        lab.upload("class-files-0", &cats).await?;
        lab.set_value("batch-size", "16").await?;
        one_step(lab).await?;
        comes(lab, HOLDS, json!([ALL, 1, 2])).await?;

        open_anew(lab, AS_IT_IS).await?;
        lab.wait_for("notice", |text| text.contains("are back"), SOON)
            .await?;
        lab.click("start-afresh").await?;
        lab.wait_until("the question", SOON, async || {
            lab.has("storage-clear-no").await
        })
        .await?;
        lab.screenshot("storage").await?;
        lab.click("storage-clear-no").await?;
        comes(lab, HOLDS, json!([ALL, 1, 2])).await?;
        lab.click("storage-clear").await?;
        lab.click("storage-clear-yes").await?;
        comes(lab, HOLDS, json!([[], 0, 0])).await?;
        lab.wait_for("storage-state", |text| text.contains("Nothing"), SOON)
            .await?;
        lab.click("share-close").await?;
        takes_value(lab, "batch-size", "32").await?;
        lab.ready().await?;

        open_anew(lab, AS_IT_IS).await?;
        let notice = lab.text("notice").await?;
        ensure!(notice.is_empty(), "nothing should be back: {notice}");
        comes(
            lab,
            "document.querySelectorAll('.own-thumbnail').length",
            json!(0),
        )
        .await
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_tab_does_not_save() -> Result<()> {
    lab("kept-tabs", "?device=cpu", async |lab| {
        lab.ready().await?;
        lab.wait_for("footer-kept", |text| text.contains("this browser"), SOON)
            .await?;
        let held = "navigator.locks.query().then(all => all.held.map(lock => lock.name))";
        comes(lab, held, json!(["rsc-lab-project"])).await?;
        // The lock is held before the page asks for it, as by another tab. (The page's policy allows
        // no frame that would be one.)
        lab.reload_with(
            "navigator.locks.request('rsc-lab-project', () => new Promise(() => {})), 0",
        )
        .await?;
        let elsewhere = |text: &str| text.contains("other tab");
        lab.wait_for("footer-kept", elsewhere, LOAD).await?;
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn moved_images_stay_where_they_were_moved() -> Result<()> {
    let folder = tempfile::tempdir()?;
    lab("kept-moves", "?device=cpu", async |lab| {
        crate::board::with_pets(lab, folder.path()).await?;
        comes(lab, HOLDS, json!([["columns"], 0, 19])).await?;
        crate::board::select(lab, &[0, 1]).await?;
        crate::board::move_to(lab, "dog").await?;
        crate::board::counts(lab, "14 images", "5 images").await?;
        // By what is stored of each image.
        let in_second = in_database!(
            "(([columns, all]) => all.filter(([text]) => \
                JSON.parse(text).class === JSON.parse(columns).columns[1].id).length)(\
                await Promise.all([done(store('texts').get('columns')), \
                                   done(store('images').getAll())]))"
        );
        comes(lab, in_second, json!(5)).await?;
        open_anew(lab, AS_IT_IS).await?;
        crate::board::counts(lab, "14 images", "5 images").await
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_does_not_go_on_with_other_images() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let cats = write_images(folder.path(), "cat", 200, 4)?;
    let dogs = write_images(folder.path(), "dog", 20, 4)?;
    lab("kept-swap", "?device=cpu", async |lab| {
        lab.ready().await?;
        lab.set_value("class-name-0", "cat").await?;
        lab.set_value("class-name-1", "dog").await?;
        lab.upload("class-files-0", &cats).await?;
        lab.upload("class-files-1", &dogs).await?;
        crate::board::counts(lab, "4 images", "4 images").await?;
        lab.set_value("batch-size", "2").await?;
        lab.click("use-own-images").await?;
        let own = "document.querySelector('.panel.own').textContent.includes('in use')";
        comes(lab, own, json!(true)).await?;
        lab.status("ready", LOAD).await?;
        one_step(lab).await?;
        comes(lab, ASIDE, json!([1])).await?;
        lab.click("reset").await?;
        lab.status("ready", LOAD).await?;

        // A cat for a dog: as many of each as before.
        crate::board::select(lab, &[0]).await?;
        crate::board::move_to(lab, "dog").await?;
        crate::board::counts(lab, "3 images", "5 images").await?;
        crate::board::select(lab, &[3]).await?;
        crate::board::move_to(lab, "cat").await?;
        crate::board::counts(lab, "4 images", "4 images").await?;
        lab.click("run-go-on-1").await?;
        let said = |text: &str| text.contains("images have changed");
        lab.wait_for("notice", said, SOON).await?;

        // As they were, it goes on.
        lab.click("board-undo").await?;
        lab.click("board-undo").await?;
        lab.click("run-go-on-1").await?;
        lab.status("paused", LOAD).await?;
        lab.wait_for("step-count", |text| text == "1", SOON).await?;
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_confusion_matrix_comes_back_between_two_evaluations() -> Result<()> {
    lab("kept-confusion", "?device=cpu", async |lab| {
        lab.ready().await?;
        for (control, value) in [
            ("train-images", "64"),
            ("test-images", "32"),
            ("epochs", "3"),
        ] {
            lab.set_value(control, value).await?;
        }
        lab.ready().await?;
        ensure!(!lab.has("confusion").await?, "nothing was tested yet");
        // Two steps are an epoch; the third begins another.
        steps(lab, 0, 3).await?;
        let matrix = lab.text("confusion").await?;
        ensure!(!matrix.is_empty());
        comes(lab, ASIDE_AT, json!([3])).await?;
        open_anew(lab, AS_IT_IS).await?;
        lab.status("paused", LOAD).await?;
        lab.wait_for("step-count", |text| text == "3", SOON).await?;
        lab.wait_until("the matrix", SOON, async || lab.has("confusion").await)
            .await?;
        let again = lab.text("confusion").await?;
        ensure!(again == matrix, "{matrix} became {again}");
        Ok(())
    })
    .await
}
