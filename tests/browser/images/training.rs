//! Training on own images: real files of three formats and a broken one, sorted into classes, split
//! and fitted. No byte leaves the browser.

use anyhow::{Result, ensure};

use crate::lab::{LOAD, SOON, visit};
use crate::page_objects::board::{name_class, use_own_images};
use crate::samples::images::write_stripes;

#[tokio::test(flavor = "multi_thread")]
async fn own_images_are_trained_on() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let down = write_stripes(folder.path(), true, 9)?;
    let mut across = write_stripes(folder.path(), false, 9)?;
    let broken = folder.path().join("broken.png");
    std::fs::write(&broken, b"\x89PNG\r\n\x1a\nand then nothing of the kind")?;
    across.insert(4, broken);

    visit("own-images", "?device=cpu", async |lab| {
        lab.wait_until_ready().await?;
        name_class(lab, 0, "down").await?;
        name_class(lab, 1, "across").await?;
        lab.upload("class-files-0", &down).await?;
        lab.upload("class-files-1", &across).await?;
        let named = |text: &str| text.contains("broken.png");
        let notice = lab.wait_for_text("notice", named, SOON).await?;
        ensure!(!notice.contains("down-"), "sound files refused: {notice}");

        lab.set_value("batch-size", "8").await?;
        lab.click("use-own-images").await?;
        // The classes' names stand beside the probabilities once the run is prepared.
        let named = "document.querySelector('#masks, main')?.textContent.includes('across')";
        lab.wait_until("the new classes", LOAD, async || lab.holds(named).await)
            .await?;
        lab.wait_for_status("ready", LOAD).await?;
        let picture = lab.wait_for_picture("overlay-0", None).await?;
        lab.make_steps(4).await?;
        let loss = lab.number("loss-rsc").await?;
        ensure!(loss.is_some(), "no loss after four steps");
        lab.wait_for_picture("overlay-0", Some(&picture)).await?;
        lab.screenshot("own-images").await
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn one_class_is_not_enough_and_the_page_says_so() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let down = write_stripes(folder.path(), true, 3)?;
    visit("one-class", "?device=cpu", async |lab| {
        lab.wait_until_ready().await?;
        name_class(lab, 0, "down").await?;
        lab.upload("class-files-0", &down).await?;
        let shown = "document.body.textContent.includes('3 images')";
        lab.wait_until("the images", SOON, async || lab.holds(shown).await)
            .await?;
        lab.click("use-own-images").await?;
        let explained = |text: &str| text.contains("class");
        lab.wait_for_text("notice", explained, SOON).await?;
        // What was there before is still there, and still trains.
        lab.wait_for_status("ready", SOON).await?;
        lab.click_step(1).await
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn own_images_are_split_and_fitted_as_the_controls_say() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let down = write_stripes(folder.path(), true, 10)?;
    let across = write_stripes(folder.path(), false, 10)?;
    visit("fit-and-split", "?device=cpu", async |lab| {
        lab.wait_until_ready().await?;
        name_class(lab, 0, "down").await?;
        name_class(lab, 1, "across").await?;
        lab.upload("class-files-0", &down).await?;
        lab.upload("class-files-1", &across).await?;
        lab.wait_for_text("own-state", |text| text.contains("20 images"), LOAD)
            .await?;
        lab.set_value("batch-size", "4").await?;
        use_own_images(lab, "across").await?;
        lab.open_details("more-images").await?;
        lab.click("scope-split-test").await?;
        // A quarter of each class's ten at first, then half of them.
        let few = |text: &str| {
            ["of 4", "of 5", "of 6"]
                .iter()
                .any(|end| text.ends_with(end))
        };
        lab.wait_for_text("scope-place", few, LOAD).await?;
        lab.set_value("validation-fraction", "0.5").await?;
        lab.wait_for_text("scope-place", |text| text.ends_with("of 10"), LOAD)
            .await?;
        lab.click_with_pointer("validation-fraction-default")
            .await?;
        lab.wait_for_text("scope-place", few, LOAD).await?;

        // Kept whole, the same image looks other than cut to its middle.
        lab.wait_for_status("ready", LOAD).await?;
        let cut = lab.wait_for_picture("stage-input", None).await?;
        lab.set_value("fit", "contain").await?;
        let whole = lab.wait_for_picture("stage-input", Some(&cut)).await?;
        lab.click_with_pointer("fit-default").await?;
        let again = lab.wait_for_picture("stage-input", Some(&whole)).await?;
        ensure!(again == cut, "the way back leads to the same image");
        lab.make_steps(1).await
    })
    .await
}
