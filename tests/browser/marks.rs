//! What is not trained on: images marked for testing only, a domain that is held out, or none.

use anyhow::{Result, ensure};
use serde_json::json;

use crate::board::{image_at, move_to, select, with_pets};
use crate::lab::{LOAD, Lab, SOON, lab};
use crate::store::{AS_IT_IS, comes, one_step, open_anew, takes_value};

/// How many images wear the mark.
const MARKED: &str = "document.querySelectorAll('#your-images .test-only').length";
/// What the run says of its data.
const FACTS: &str = "document.querySelector('.panel.data .facts')?.textContent ?? ''";

/// Waits until the table of classes has this row: class, trained on, tested on, held out.
async fn row(lab: &Lab, wanted: &str) -> Result<()> {
    lab.wait_for("board-counts", |text| text.contains(wanted), SOON)
        .await?;
    Ok(())
}

async fn facts(lab: &Lab, wanted: &str) -> Result<()> {
    lab.wait_until(wanted, LOAD, async || {
        let facts = lab.evaluate(FACTS).await?;
        Ok(facts.as_str().is_some_and(|text| text.contains(wanted)))
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn images_are_marked_for_testing_only() -> Result<()> {
    let folder = tempfile::tempdir()?;
    lab("marks", "?device=cpu", async |lab| {
        with_pets(lab, folder.path()).await?;
        row(lab, "cat934").await?;
        // A quarter of the photos of cats is for testing: two marked ones are part of it.
        select(lab, &[0, 1]).await?;
        lab.click("mark-selected").await?;
        comes(lab, MARKED, json!(2)).await?;
        row(lab, "cat934").await?;
        // Five are more than that.
        select(lab, &[0, 1, 2, 3, 4]).await?;
        lab.click("mark-selected").await?;
        comes(lab, MARKED, json!(5)).await?;
        row(lab, "cat754").await?;
        let said = |text: &str| text.contains("3 images marked");
        lab.wait_for("undo-what", said, SOON).await?;
        lab.click("undo-offer").await?;
        comes(lab, MARKED, json!(2)).await?;
        row(lab, "cat934").await?;
        // Marked already: the button lets them go.
        select(lab, &[0, 1]).await?;
        lab.click("mark-selected").await?;
        comes(lab, MARKED, json!(0)).await?;

        // One by one, where an image is looked at.
        let image = image_at(lab, 0).await?;
        lab.key(&image, "Enter").await?;
        for _ in 0..5 {
            lab.click("image-test-only").await?;
            lab.click("image-after").await?;
        }
        lab.click("image-view-close").await?;
        comes(lab, MARKED, json!(5)).await?;
        row(lab, "cat754").await?;
        lab.screenshot("marks").await?;

        lab.click("use-own-images").await?;
        facts(lab, "8 images for training and 11 for testing").await?;
        lab.status("ready", LOAD).await?;

        // They are still marked after a reload, and so is what is trained on.
        let kept = crate::store::in_database!(
            "(await done(store('images').getAll())) \
                .filter(([text]) => JSON.parse(text).test_only).length"
        );
        comes(lab, kept, json!(5)).await?;
        comes(lab, crate::store::OWN_STORED, json!(true)).await?;
        open_anew(lab, AS_IT_IS).await?;
        comes(lab, MARKED, json!(5)).await?;
        facts(lab, "8 images for training and 11 for testing").await?;

        // Where nothing is left to train on, that is said.
        select(lab, &(0..12).collect::<Vec<_>>()).await?;
        lab.click("mark-selected").await?;
        comes(lab, MARKED, json!(12)).await?;
        lab.click("use-own-images").await?;
        let said = |text: &str| text.contains("“cat”") && text.contains("testing only");
        lab.wait_for("notice", said, SOON).await?;
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn no_domain_is_held_out_where_that_is_chosen() -> Result<()> {
    let folder = tempfile::tempdir()?;
    lab("held-out", "?device=cpu", async |lab| {
        with_pets(lab, folder.path()).await?;
        takes_value(lab, "own-held-out", "domain:sketch").await?;
        lab.set_value("own-held-out", "domain:photo").await?;
        // Four sketches are trained and tested on, twelve photos are new.
        row(lab, "cat3112").await?;

        select(lab, &[0]).await?;
        move_to(lab, "dog").await?;
        lab.set_value("own-held-out", "none").await?;
        // Going back on the board leaves what was chosen since.
        lab.click("board-undo").await?;
        row(lab, "cat1240").await?;
        row(lab, "dog210").await?;
        takes_value(lab, "own-held-out", "none").await?;

        lab.set_value("batch-size", "4").await?;
        lab.click("use-own-images").await?;
        facts(lab, "14 images for training and 5 for testing").await?;
        let held_out = lab.evaluate(FACTS).await?;
        ensure!(
            held_out
                .as_str()
                .is_some_and(|text| !text.contains("held out")),
            "{held_out}"
        );
        lab.status("ready", LOAD).await?;
        one_step(lab).await?;
        comes(lab, "location.hash.includes('together=1')", json!(true)).await?;
        let aside = crate::store::ASIDE;
        comes(lab, aside, json!([1])).await?;
        comes(lab, crate::store::OWN_STORED, json!(true)).await?;

        // After a reload it is as it was, and the run goes on.
        open_anew(lab, AS_IT_IS).await?;
        lab.status("paused", LOAD).await?;
        takes_value(lab, "own-held-out", "none").await?;
        lab.click("step").await?;
        lab.wait_for("step-count", |text| text == "2", SOON).await?;
        lab.click("reset").await?;
        facts(lab, "14 images for training and 5 for testing").await?;

        // What is built in holds a domain out again.
        lab.click("preset-corner-cue").await?;
        lab.click("reset").await?;
        facts(lab, "“random cue” held out").await
    })
    .await
}
