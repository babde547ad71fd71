//! What was made on the page is restored after a reload, until it is cleared.

use anyhow::{Result, ensure};
use serde_json::json;

use crate::lab::{LOAD, SAME_ADDRESS, SOON, visit};
use crate::page_objects::board::{
    IN_USE, add_pets, move_to, select, wait_for_counts, wait_for_images,
};
use crate::page_objects::database::{CHECKPOINT_STEPS, CHECKPOINTS, CONTENTS, TEXTS, in_database};
use crate::page_objects::losses::step_through;
use crate::samples::images::{write_cats_and_dogs, write_plain};

/// The address without what follows the `#`, for `Lab::reopen`.
const BARE: &str = "location.pathname + location.search";

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_by_a_reload() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let [cats, dogs] = write_cats_and_dogs(folder.path(), 3, 4)?;
    visit("kept", "?device=cpu", async |lab| {
        lab.wait_until_ready().await?;
        // A first visit is quiet, and a reload of it too.
        lab.reopen(SAME_ADDRESS).await?;
        let notice = lab.text("notice").await?;
        ensure!(notice.is_empty(), "there is nothing to say: {notice}");

        lab.set_value("class-name-0", "cat").await?;
        lab.set_value("class-name-1", "dog").await?;
        lab.upload("class-files-0", &cats).await?;
        lab.upload("class-files-1", &dogs).await?;
        lab.set_value("batch-size", "4").await?;
        lab.set_value("p", "0.25").await?;
        wait_for_images(lab, 7).await?;
        lab.click("use-own-images").await?;
        lab.wait_until_true(IN_USE).await?;
        lab.wait_for_status("ready", LOAD).await?;
        lab.step_to(1).await?;
        lab.wait_until_equal(CONTENTS, json!([TEXTS, 1, 7])).await?;
        lab.wait_until_equal(CHECKPOINTS, json!([1])).await?;

        // By its own address, which holds the settings.
        lab.reopen(SAME_ADDRESS).await?;
        let back = |text: &str| text.contains("7 images in 2 classes and 1 run are back");
        lab.wait_for_text("notice", back, SOON).await?;
        lab.wait_for_value("class-name-1", "dog").await?;
        lab.wait_for_value("p", "0.25").await?;
        wait_for_images(lab, 7).await?;
        lab.wait_until_true(IN_USE).await?;
        // The run is where it was left; reset makes another.
        lab.wait_for_status("paused", LOAD).await?;
        lab.wait_for_step(1).await?;
        lab.click("reset").await?;
        lab.wait_for_status("ready", LOAD).await?;
        ensure!(lab.has("run-1").await?, "the run is not in the list");
        lab.step_to(1).await?;
        lab.wait_until_equal(CONTENTS, json!([TEXTS, 2, 7])).await?;

        // By the bare address.
        lab.reopen(BARE).await?;
        let back = |text: &str| text.contains("2 runs and your settings are back");
        lab.wait_for_text("notice", back, SOON).await?;
        lab.wait_for_value("p", "0.25").await?;
        lab.wait_for_value("batch-size", "4").await?;
        lab.wait_until_true(IN_USE).await?;

        // A deleted image does not come back.
        lab.evaluate("document.querySelector('.own-thumbnail .delete').click(); 0")
            .await?;
        lab.wait_until_equal(CONTENTS, json!([TEXTS, 2, 6])).await?;
        lab.screenshot("kept").await
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_wins_over_stored_settings() -> Result<()> {
    visit("kept-link", "?device=cpu", async |lab| {
        lab.wait_until_ready().await?;
        lab.set_value("p", "0.25").await?;
        lab.set_value("seed", "8").await?;
        lab.wait_until_equal(CONTENTS, json!([["settings"], 0, 0]))
            .await?;
        let link = format!("{BARE} + '#v=1&p=0.75'");
        lab.reopen(&link).await?;
        lab.wait_for_value("p", "0.75").await?;
        lab.wait_for_value("seed", "0").await?;
        let notice = lab.text("notice").await?;
        ensure!(notice.is_empty(), "nothing came back: {notice}");
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_can_be_cleared() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let cats = write_plain(folder.path(), "cat", (200, 90), 2)?;
    visit("kept-clear", "?device=cpu", async |lab| {
        lab.wait_until_ready().await?;
        lab.upload("class-files-0", &cats).await?;
        lab.set_value("batch-size", "16").await?;
        lab.step_to(1).await?;
        lab.wait_until_equal(CONTENTS, json!([TEXTS, 1, 2])).await?;

        lab.reopen(SAME_ADDRESS).await?;
        lab.wait_for_text("notice", |text| text.contains("are back"), SOON)
            .await?;
        lab.click("start-afresh").await?;
        lab.wait_for_element("storage-clear-no", SOON).await?;
        lab.screenshot("storage").await?;
        lab.click("storage-clear-no").await?;
        lab.wait_until_equal(CONTENTS, json!([TEXTS, 1, 2])).await?;
        lab.click("storage-clear").await?;
        lab.click("storage-clear-yes").await?;
        lab.wait_until_equal(CONTENTS, json!([[], 0, 0])).await?;
        lab.wait_for_text("storage-state", |text| text.contains("Nothing"), SOON)
            .await?;
        lab.click("share-close").await?;
        lab.wait_for_value("batch-size", "32").await?;
        lab.wait_until_ready().await?;

        lab.reopen(SAME_ADDRESS).await?;
        let notice = lab.text("notice").await?;
        ensure!(notice.is_empty(), "nothing should be back: {notice}");
        wait_for_images(lab, 0).await
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn moved_images_stay_where_they_were_moved() -> Result<()> {
    let folder = tempfile::tempdir()?;
    visit("kept-moves", "?device=cpu", async |lab| {
        add_pets(lab, folder.path()).await?;
        lab.wait_until_equal(CONTENTS, json!([["columns"], 0, 19]))
            .await?;
        select(lab, &[0, 1]).await?;
        move_to(lab, "dog").await?;
        wait_for_counts(lab, "14 images", "5 images").await?;
        // By what is stored of each image.
        let in_second = in_database!(
            "(([columns, all]) => all.filter(([text]) => \
                JSON.parse(text).class === JSON.parse(columns).columns[1].id).length)(\
                await Promise.all([done(store('texts').get('columns')), \
                                   done(store('images').getAll())]))"
        );
        lab.wait_until_equal(in_second, json!(5)).await?;
        lab.reopen(SAME_ADDRESS).await?;
        wait_for_counts(lab, "14 images", "5 images").await
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_confusion_matrix_comes_back_between_two_evaluations() -> Result<()> {
    visit("kept-confusion", "?device=cpu", async |lab| {
        lab.wait_until_ready().await?;
        lab.set_values([
            ("train-images", "64"),
            ("test-images", "32"),
            ("epochs", "3"),
        ])
        .await?;
        lab.wait_until_ready().await?;
        ensure!(!lab.has("confusion").await?, "nothing was tested yet");
        // Two steps are an epoch; the third begins another.
        step_through(lab, 0, 3).await?;
        let matrix = lab.text("confusion").await?;
        ensure!(!matrix.is_empty());
        lab.wait_until_equal(CHECKPOINT_STEPS, json!([3])).await?;
        lab.reopen(SAME_ADDRESS).await?;
        lab.wait_for_status("paused", LOAD).await?;
        lab.wait_for_step(3).await?;
        lab.wait_for_element("confusion", SOON).await?;
        let again = lab.text("confusion").await?;
        ensure!(again == matrix, "{matrix} became {again}");
        Ok(())
    })
    .await
}
