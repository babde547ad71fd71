//! Two tabs of one browser: one saves, and the other takes over when it closes or is asked to.

use anyhow::{Result, ensure};
use serde_json::json;

use crate::lab::{LOAD, Lab, SOON, visit};
use crate::page_objects::board::wait_for_images;
use crate::page_objects::database::CONTENTS;
use crate::samples::images::write_plain;

/// Waits until the footer says whether this tab or the other one saves.
async fn wait_for_saving(lab: &Lab, here: bool) -> Result<()> {
    let wanted = if here { "this browser" } else { "other tab" };
    lab.wait_for_text("footer-kept", |text| text.contains(wanted), LOAD)
        .await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tab_takes_over_when_the_one_that_saves_closes() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let cats = write_plain(folder.path(), "cat", (90, 200), 2)?;
    let dogs = write_plain(folder.path(), "dog", (90, 200), 3)?;
    visit("tabs-close", "?device=cpu", async |first| {
        first.wait_until_ready().await?;
        wait_for_saving(first, true).await?;
        first.set_value("class-name-0", "cat").await?;
        first.upload("class-files-0", &cats[..1]).await?;
        first
            .wait_until_equal(CONTENTS, json!([["columns"], 0, 1]))
            .await?;

        let second = first.open_tab("?device=cpu").await?;
        second.wait_until_ready().await?;
        wait_for_saving(&second, false).await?;
        wait_for_images(&second, 1).await?;
        // Both make something that the other does not know of.
        second.set_value("class-name-1", "dog").await?;
        second.upload("class-files-1", &dogs).await?;
        wait_for_images(&second, 4).await?;
        second.step_to(1).await?;
        first.bring_to_front().await?;
        first.upload("class-files-0", &cats[1..]).await?;
        first.step_to(1).await?;
        first
            .wait_until_equal(CONTENTS, json!([["columns", "current"], 1, 2]))
            .await?;

        first.leave().await?;
        second.bring_to_front().await?;
        wait_for_saving(&second, true).await?;
        wait_for_images(&second, 5).await?;
        let said = |text: &str| text.contains("saves from now on");
        second.wait_for_text("notice", said, SOON).await?;
        // Nothing is lost: neither what the first one had saved, nor what was made here.
        second
            .wait_until_equal(CONTENTS, json!([["columns", "current"], 2, 5]))
            .await?;
        let classes = "[...document.querySelectorAll('.class-name')].map(input => input.value)";
        second
            .wait_until_equal(classes, json!(["cat", "dog"]))
            .await?;
        let runs = "document.querySelectorAll('.run').length";
        second.wait_until_equal(runs, json!(2)).await?;
        second.close().await
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tab_that_is_asked_hands_over() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let cats = write_plain(folder.path(), "cat", (90, 200), 2)?;
    visit("tabs-ask", "?device=cpu", async |first| {
        first.wait_until_ready().await?;
        wait_for_saving(first, true).await?;
        let second = first.open_tab("?device=cpu").await?;
        second.wait_until_ready().await?;
        wait_for_saving(&second, false).await?;
        first.upload("class-files-0", &cats[..1]).await?;
        wait_for_images(first, 1).await?;

        second.bring_to_front().await?;
        second.click("save-here").await?;
        wait_for_saving(&second, true).await?;
        wait_for_saving(first, false).await?;
        // What the first one had not saved yet, it saved before.
        wait_for_images(&second, 1).await?;
        second
            .wait_until_equal(CONTENTS, json!([["columns"], 0, 1]))
            .await?;
        second.upload("class-files-0", &cats[1..]).await?;
        second
            .wait_until_equal(CONTENTS, json!([["columns"], 0, 2]))
            .await?;
        let said = |text: &str| text.contains("has taken over");
        first.wait_for_text("notice", said, SOON).await?;

        // And back, as soon as the second one is gone.
        second.close().await?;
        first.bring_to_front().await?;
        wait_for_saving(first, true).await?;
        wait_for_images(first, 2).await?;
        ensure!(
            !first.has("save-here").await?,
            "there is nothing to ask for"
        );
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_tab_does_not_save() -> Result<()> {
    visit("kept-tabs", "?device=cpu", async |lab| {
        lab.wait_until_ready().await?;
        lab.wait_for_text("footer-kept", |text| text.contains("this browser"), SOON)
            .await?;
        let held = "navigator.locks.query().then(all => all.held.map(lock => lock.name))";
        lab.wait_until_equal(held, json!(["rsc-lab-project"]))
            .await?;
        // The lock is held before the page asks for it, as by another tab. (The page's policy
        // allows no frame that would be one.)
        lab.reload_with_script(
            "navigator.locks.request('rsc-lab-project', () => new Promise(() => {})), 0",
        )
        .await?;
        let elsewhere = |text: &str| text.contains("other tab");
        lab.wait_for_text("footer-kept", elsewhere, LOAD).await?;
        Ok(())
    })
    .await
}
