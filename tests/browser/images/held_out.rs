//! Images that are not trained on: those marked for testing only, and a domain that is held out.

use anyhow::{Result, ensure};
use serde_json::json;

use crate::lab::{LOAD, Lab, SAME_ADDRESS, SOON, visit};
use crate::page_objects::board::{MARKED, add_pets, image_at, move_to, select, wait_for_undo};
use crate::page_objects::database::{CHECKPOINTS, OWN_IMAGES_STORED, in_database};

/// What the run says of its data.
const FACTS: &str = "document.querySelector('.panel.data .facts')?.textContent ?? ''";

/// Waits until the table of classes has this row: class, trained on, tested on, held out.
async fn wait_for_row(lab: &Lab, wanted: &str) -> Result<()> {
    lab.wait_for_text("board-counts", |text| text.contains(wanted), SOON)
        .await?;
    Ok(())
}

/// Waits until they contain this.
async fn wait_for_facts(lab: &Lab, wanted: &str) -> Result<()> {
    lab.wait_until(wanted, LOAD, async || {
        let facts = lab.evaluate(FACTS).await?;
        Ok(facts.as_str().is_some_and(|text| text.contains(wanted)))
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn images_are_marked_for_testing_only() -> Result<()> {
    let folder = tempfile::tempdir()?;
    visit("marks", "?device=cpu", async |lab| {
        add_pets(lab, folder.path()).await?;
        wait_for_row(lab, "cat934").await?;
        // A quarter of the photos of cats is for testing: two marked ones are part of it.
        select(lab, &[0, 1]).await?;
        lab.click("mark-selected").await?;
        lab.wait_until_equal(MARKED, json!(2)).await?;
        wait_for_row(lab, "cat934").await?;
        // Five are more than that.
        select(lab, &[0, 1, 2, 3, 4]).await?;
        lab.click("mark-selected").await?;
        lab.wait_until_equal(MARKED, json!(5)).await?;
        wait_for_row(lab, "cat754").await?;
        wait_for_undo(lab, "3 images marked").await?;
        lab.click("undo-offer").await?;
        lab.wait_until_equal(MARKED, json!(2)).await?;
        wait_for_row(lab, "cat934").await?;
        // Marked already: the button lets them go.
        select(lab, &[0, 1]).await?;
        lab.click("mark-selected").await?;
        lab.wait_until_equal(MARKED, json!(0)).await?;

        // One by one, where an image is looked at.
        let image = image_at(lab, 0).await?;
        lab.dispatch_key(&image, "Enter").await?;
        for _ in 0..5 {
            lab.click("image-test-only").await?;
            lab.click("image-after").await?;
        }
        lab.click("image-view-close").await?;
        lab.wait_until_equal(MARKED, json!(5)).await?;
        wait_for_row(lab, "cat754").await?;
        lab.screenshot("marks").await?;

        lab.click("use-own-images").await?;
        wait_for_facts(lab, "8 images for training and 11 for testing").await?;
        lab.wait_for_status("ready", LOAD).await?;

        // They are still marked after a reload, and so is what is trained on.
        let kept = in_database!(
            "(await done(store('images').getAll())) \
                .filter(([text]) => JSON.parse(text).test_only).length"
        );
        lab.wait_until_equal(kept, json!(5)).await?;
        lab.wait_until_true(OWN_IMAGES_STORED).await?;
        lab.reopen(SAME_ADDRESS).await?;
        lab.wait_until_equal(MARKED, json!(5)).await?;
        wait_for_facts(lab, "8 images for training and 11 for testing").await?;

        // Where nothing is left to train on, that is said.
        select(lab, &(0..12).collect::<Vec<_>>()).await?;
        lab.click("mark-selected").await?;
        lab.wait_until_equal(MARKED, json!(12)).await?;
        lab.click("use-own-images").await?;
        let said = |text: &str| text.contains("“cat”") && text.contains("testing only");
        lab.wait_for_text("notice", said, SOON).await?;
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn no_domain_is_held_out_where_that_is_chosen() -> Result<()> {
    let folder = tempfile::tempdir()?;
    visit("held-out", "?device=cpu", async |lab| {
        add_pets(lab, folder.path()).await?;
        lab.wait_for_value("own-held-out", "domain:sketch").await?;
        lab.set_value("own-held-out", "domain:photo").await?;
        // Four sketches are trained and tested on, twelve photos are new.
        wait_for_row(lab, "cat3112").await?;

        select(lab, &[0]).await?;
        move_to(lab, "dog").await?;
        lab.set_value("own-held-out", "none").await?;
        // Going back on the board leaves what was chosen since.
        lab.click("board-undo").await?;
        wait_for_row(lab, "cat1240").await?;
        wait_for_row(lab, "dog210").await?;
        lab.wait_for_value("own-held-out", "none").await?;

        lab.set_value("batch-size", "4").await?;
        lab.click("use-own-images").await?;
        wait_for_facts(lab, "14 images for training and 5 for testing").await?;
        let held_out = lab.evaluate(FACTS).await?;
        ensure!(
            held_out
                .as_str()
                .is_some_and(|text| !text.contains("held out")),
            "{held_out}"
        );
        lab.wait_for_status("ready", LOAD).await?;
        lab.step_to(1).await?;
        lab.wait_until_true("location.hash.includes('together=1')")
            .await?;
        lab.wait_until_equal(CHECKPOINTS, json!([1])).await?;
        lab.wait_until_true(OWN_IMAGES_STORED).await?;

        // After a reload it is as it was, and the run goes on.
        lab.reopen(SAME_ADDRESS).await?;
        lab.wait_for_status("paused", LOAD).await?;
        lab.wait_for_value("own-held-out", "none").await?;
        lab.click_step(2).await?;
        lab.click("reset").await?;
        wait_for_facts(lab, "14 images for training and 5 for testing").await?;

        // What is built in holds a domain out again.
        lab.click("preset-corner-cue").await?;
        lab.click("reset").await?;
        wait_for_facts(lab, "“random cue” held out").await
    })
    .await
}
