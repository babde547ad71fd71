//! What the browser keeps, where it refuses, is full, or holds what another version of the page wrote;
//! and a page that is left, put to sleep or hidden in the middle of its work.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use chromiumoxide::cdp::browser_protocol::page::{
    SetWebLifecycleStateParams, SetWebLifecycleStateState,
};
use chromiumoxide::cdp::browser_protocol::storage::OverrideQuotaForOriginParams;
use serde_json::json;
use tokio::time::sleep;

use crate::lab::{LOAD, Lab, SOON, lab};

/// A small run.
const SMALL: &str = "?device=cpu#v=1&size=16&train=64&test=8&net=cnn-4-8&batch=8&epochs=500";

async fn more_steps(lab: &Lab, count: u64) -> Result<()> {
    let before = lab.steps().await?;
    lab.wait_until("more steps", LOAD, async || {
        Ok(lab.steps().await? >= before + count)
    })
    .await
}

/// Waits for a page that was opened anew.
async fn settled(lab: &Lab) -> Result<()> {
    lab.wait_until("a run", LOAD, async || {
        let state = lab.state().await;
        Ok(state.is_ok_and(|state| ["ready", "paused", "done"].contains(&&*state)))
    })
    .await
}

/// Functions for the database, asked by name.
const DATABASE: &str = "const done = request => new Promise((resolve, reject) => { \
        request.onsuccess = () => resolve(request.result); \
        request.onerror = () => reject(request.error); }); \
    const read = async database => { const all = {}; \
        for (const name of database.objectStoreNames) { \
            const store = database.transaction(name).objectStore(name); \
            const keys = await done(store.getAllKeys()); \
            const values = await done(store.getAll()); \
            all[name] = keys.map((key, i) => [key, values[i]]); } \
        return all; }; \
    const write = async (version, all) => { \
        await done(indexedDB.deleteDatabase('rsc-lab')); \
        const request = indexedDB.open('rsc-lab', version); \
        request.onupgradeneeded = () => { for (const name of Object.keys(all)) { \
            const store = request.result.createObjectStore(name); \
            for (const [key, value] of all[name]) store.put(value, key); } }; \
        (await done(request)).close(); };";

async fn database(lab: &Lab, action: &str) -> Result<serde_json::Value> {
    lab.evaluate(&format!("(async () => {{ {DATABASE} {action} }})()"))
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn training_goes_on_where_nothing_can_be_kept() -> Result<()> {
    lab("storage-refused", SMALL, async |lab| {
        lab.ready().await?;
        let refuse = "IDBFactory.prototype.open = () => { \
            throw new DOMException('not here', 'SecurityError'); };";
        lab.reload_with(refuse).await?;
        let said = |text: &str| text.contains("cannot be kept") && text.contains("refuses");
        lab.wait_for("notice", said, LOAD).await?;
        settled(lab).await?;
        lab.click("play").await?;
        more_steps(lab, 20).await
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn training_goes_on_where_there_is_no_room() -> Result<()> {
    lab("storage-full", SMALL, async |lab| {
        lab.ready().await?;
        lab.watch.expect("QuotaExceededError");
        let origin = lab.evaluate("location.origin").await?;
        let mut full = OverrideQuotaForOriginParams::new(origin.as_str().context("an origin")?);
        full.quota_size = Some(1.0);
        lab.command(full).await?;
        lab.click("play").await?;
        more_steps(lab, 20).await?;
        let said = |text: &str| text.contains("cannot be kept") && text.contains("no more room");
        lab.wait_for("notice", said, LOAD).await?;
        more_steps(lab, 20).await?;

        // With room again, it is kept after all.
        let origin = lab.evaluate("location.origin").await?;
        lab.command(OverrideQuotaForOriginParams::new(
            origin.as_str().context("an origin")?,
        ))
        .await?;
        lab.wait_for("notice", |text| !text.contains("no more room"), LOAD)
            .await?;
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_newer_page_stored_is_left_alone() -> Result<()> {
    lab("storage-newer", SMALL, async |lab| {
        lab.ready().await?;
        database(
            lab,
            "await write(99, { texts: [['settings', 'of tomorrow']], runs: [[1, 'a run']] });",
        )
        .await?;
        lab.reload_with("0").await?;
        let said = |text: &str| text.contains("newer version of this page");
        lab.wait_for("notice", said, LOAD).await?;
        settled(lab).await?;
        lab.click("play").await?;
        more_steps(lab, 20).await?;
        let there = database(
            lab,
            "const it = await done(indexedDB.open('rsc-lab')); const all = await read(it); \
             const { version } = it; it.close(); return [version, all];",
        )
        .await?;
        let expected =
            json!([99, { "runs": [[1, "a run"]], "texts": [["settings", "of tomorrow"]] }]);
        ensure!(there == expected, "stored is now {there}");
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_older_page_stored_comes_back() -> Result<()> {
    lab("storage-older", SMALL, async |lab| {
        lab.ready().await?;
        lab.click("step").await?;
        lab.wait_for("step-count", |text| text == "1", SOON).await?;
        let runs = "const it = await done(indexedDB.open('rsc-lab')); const all = await read(it); \
             it.close(); return all.runs?.length ?? 0;";
        lab.wait_until("a stored run", SOON, async || {
            Ok(database(lab, runs).await? == 1)
        })
        .await?;
        // The first version had no place for what a run needs to go on.
        database(
            lab,
            "const it = await done(indexedDB.open('rsc-lab')); const all = await read(it); \
             it.close(); delete all.checkpoints; await write(1, all);",
        )
        .await?;
        lab.reload_with("0").await?;
        let back = |text: &str| text.contains("1 run") && text.contains("back");
        lab.wait_for("notice", back, LOAD).await?;
        settled(lab).await?;
        ensure!(lab.has("run-1").await?, "the run is not in the list");
        lab.click("step").await?;
        let kept = "const it = await done(indexedDB.open('rsc-lab')); const all = await read(it); \
             it.close(); return [all.runs.length, all.checkpoints.length];";
        lab.wait_until("the old run and a new one", LOAD, async || {
            Ok(database(lab, kept).await? == json!([2, 1]))
        })
        .await
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_left_in_mid_training_comes_back() -> Result<()> {
    lab("left", SMALL, async |lab| {
        lab.ready().await?;
        lab.click("play").await?;
        more_steps(lab, 10).await?;
        // Longer than until it is put aside and written.
        sleep(Duration::from_secs(10)).await;
        let mut least = lab.steps().await?;
        for way in ["reload", "leave"] {
            // The steps of these seconds may be lost, those before may not.
            sleep(Duration::from_secs(10)).await;
            if way == "reload" {
                lab.evaluate("location.reload(); 0").await?;
                // Until the page is another one.
                sleep(Duration::from_secs(1)).await;
            } else {
                lab.leave_and_return().await?;
            }
            lab.in_state("paused", LOAD).await?;
            let kept = lab.steps().await?;
            ensure!(kept >= least, "{way}: at step {kept} only, after {least}");
            lab.click("play").await?;
            more_steps(lab, 10).await?;
            least = kept;
        }
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn sleep_and_jumping_clocks_do_no_harm() -> Result<()> {
    lab("sleep", SMALL, async |lab| {
        lab.ready().await?;
        let jump = "globalThis.jump = 0; const { now } = Date; \
            Date.now = () => now() + globalThis.jump; globalThis.away = false; \
            Object.defineProperty(document, 'hidden', { get: () => globalThis.away }); \
            Object.defineProperty(document, 'visibilityState', \
                { get: () => globalThis.away ? 'hidden' : 'visible' });";
        lab.reload_with(jump).await?;
        settled(lab).await?;
        lab.click("play").await?;
        more_steps(lab, 10).await?;

        for state in [
            SetWebLifecycleStateState::Frozen,
            SetWebLifecycleStateState::Active,
        ] {
            lab.command(SetWebLifecycleStateParams::new(state)).await?;
            sleep(Duration::from_secs(4)).await;
        }
        more_steps(lab, 10).await?;

        for away in ["true", "false"] {
            lab.evaluate(&format!(
                "globalThis.away = {away}; \
                 document.dispatchEvent(new Event('visibilitychange')); 0"
            ))
            .await?;
            more_steps(lab, 10).await?;
        }

        for days in [-3000, 3000, 0] {
            lab.evaluate(&format!("globalThis.jump = {days} * 864e5; 0"))
                .await?;
            more_steps(lab, 10).await?;
            lab.click("reset").await?;
            settled(lab).await?;
            lab.click("play").await?;
            more_steps(lab, 10).await?;
        }
        ensure!(!lab.has("failure").await?, "a failure is told of");
        Ok(())
    })
    .await
}
