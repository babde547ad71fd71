//! The database is refused, full, or written by another version of the page.

use anyhow::{Context, Result, ensure};
use chromiumoxide::cdp::browser_protocol::storage::OverrideQuotaForOriginParams;
use serde_json::json;

use super::database::with_database;
use super::small_run::{SMALL, wait_for_more_steps, wait_for_run};
use crate::lab::{LOAD, SOON, visit};

#[tokio::test(flavor = "multi_thread")]
async fn training_goes_on_where_nothing_can_be_kept() -> Result<()> {
    visit("storage-refused", SMALL, async |lab| {
        lab.wait_until_ready().await?;
        let refuse = "IDBFactory.prototype.open = () => { \
            throw new DOMException('not here', 'SecurityError'); };";
        lab.reload_with_script(refuse).await?;
        let said = |text: &str| text.contains("cannot be kept") && text.contains("refuses");
        lab.wait_for_text("notice", said, LOAD).await?;
        wait_for_run(lab).await?;
        lab.click("play").await?;
        wait_for_more_steps(lab, 20).await
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn training_goes_on_where_there_is_no_room() -> Result<()> {
    visit("storage-full", SMALL, async |lab| {
        lab.wait_until_ready().await?;
        lab.monitor.expect_fault("QuotaExceededError");
        let origin = lab.evaluate("location.origin").await?;
        let mut full = OverrideQuotaForOriginParams::new(origin.as_str().context("an origin")?);
        full.quota_size = Some(1.0);
        lab.command(full).await?;
        lab.click("play").await?;
        wait_for_more_steps(lab, 20).await?;
        let said = |text: &str| text.contains("cannot be kept") && text.contains("no more room");
        lab.wait_for_text("notice", said, LOAD).await?;
        wait_for_more_steps(lab, 20).await?;

        // With room again, it is kept after all.
        let origin = lab.evaluate("location.origin").await?;
        lab.command(OverrideQuotaForOriginParams::new(
            origin.as_str().context("an origin")?,
        ))
        .await?;
        lab.wait_for_text("notice", |text| !text.contains("no more room"), LOAD)
            .await?;
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_newer_page_stored_is_left_alone() -> Result<()> {
    visit("storage-newer", SMALL, async |lab| {
        lab.wait_until_ready().await?;
        with_database(
            lab,
            "await write(99, { texts: [['settings', 'of tomorrow']], runs: [[1, 'a run']] });",
        )
        .await?;
        lab.reload_with_script("0").await?;
        let said = |text: &str| text.contains("newer version of this page");
        lab.wait_for_text("notice", said, LOAD).await?;
        wait_for_run(lab).await?;
        lab.click("play").await?;
        wait_for_more_steps(lab, 20).await?;
        let there = with_database(
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
    visit("storage-older", SMALL, async |lab| {
        lab.wait_until_ready().await?;
        lab.click_step(1).await?;
        let runs = "const it = await done(indexedDB.open('rsc-lab')); const all = await read(it); \
             it.close(); return all.runs?.length ?? 0;";
        lab.wait_until("a stored run", SOON, async || {
            Ok(with_database(lab, runs).await? == 1)
        })
        .await?;
        // The first version had no place for what a run needs to go on.
        with_database(
            lab,
            "const it = await done(indexedDB.open('rsc-lab')); const all = await read(it); \
             it.close(); delete all.checkpoints; await write(1, all);",
        )
        .await?;
        lab.reload_with_script("0").await?;
        let back = |text: &str| text.contains("1 run") && text.contains("back");
        lab.wait_for_text("notice", back, LOAD).await?;
        wait_for_run(lab).await?;
        ensure!(lab.has("run-1").await?, "the run is not in the list");
        lab.click("step").await?;
        let kept = "const it = await done(indexedDB.open('rsc-lab')); const all = await read(it); \
             it.close(); return [all.runs.length, all.checkpoints.length];";
        lab.wait_until("the old run and a new one", LOAD, async || {
            Ok(with_database(lab, kept).await? == json!([2, 1]))
        })
        .await
    })
    .await
}
