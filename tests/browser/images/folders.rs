//! What folders could be taken for as well: said on the board, and taken the other way and back.

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use crate::lab::{Lab, SOON, visit};
use crate::page_objects::board::{
    MARKED, use_own_images, wait_for_counts, wait_for_images, wait_for_undo,
};
use crate::samples::images::gradient;
use crate::samples::zip::write_zip;

/// The names of the domains, where there are several.
async fn domains(lab: &Lab) -> Result<Value> {
    lab.evaluate("[...document.querySelectorAll('.board-domain input')].map(it => it.value)")
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_division_can_be_taken_as_domains_and_back() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut files = Vec::new();
    for (part, count) in [("train", 8), ("val", 1), ("test", 1)] {
        for class in ["cat", "dog"] {
            for number in 0..count {
                let path = format!("set/{part}/{class}/{number}.png");
                files.push((path, gradient(number)?));
            }
        }
    }
    let zip = write_zip(folder.path(), "set.zip", &files)?;
    visit("folders-splits", "?device=cpu", async |lab| {
        lab.wait_until_ready().await?;
        lab.upload("zip-files", std::slice::from_ref(&zip)).await?;
        wait_for_counts(lab, "10 images", "10 images").await?;
        let said = |text: &str| text.contains("“train”") && text.contains("as a division");
        lab.wait_for_text("folder-choice", said, SOON).await?;
        lab.wait_until_equal(MARKED, json!(4)).await?;
        // Of ten images a quarter is wanted for testing, and none of the folder for training is drawn.
        let kept = |text: &str| text.contains("cat820") && text.contains("dog820");
        lab.wait_for_text("board-counts", kept, SOON).await?;

        lab.click("folder-other-way").await?;
        let said = |text: &str| text.contains("are taken as domains");
        lab.wait_for_text("folder-choice", said, SOON).await?;
        let there = domains(lab).await?;
        ensure!(
            there.as_array().is_some_and(|all| all.len() == 3),
            "{there}"
        );
        lab.wait_until_equal(MARKED, json!(0)).await?;
        let held_out = lab.value("own-held-out").await?;
        ensure!(held_out.starts_with("domain:"), "`{held_out}` is held out");
        lab.screenshot("folders-splits").await?;

        lab.click("folder-other-way").await?;
        lab.wait_for_text("board-counts", kept, SOON).await?;
        lab.wait_until_equal(MARKED, json!(4)).await?;
        // It is a step like others.
        lab.click("board-undo").await?;
        lab.wait_until_equal(MARKED, json!(0)).await?;
        lab.wait_for_text("folder-choice", said, SOON).await?;
        lab.click("folder-other-way").await?;
        lab.wait_until_equal(MARKED, json!(4)).await?;

        // The engine keeps to it, and so does the page after a reload.
        lab.set_value("batch-size", "4").await?;
        use_own_images(lab, "cat").await?;
        let facts = "document.querySelector('.panel.data .facts')?.textContent ?? ''";
        let facts = lab.evaluate(facts).await?;
        let kept_to = "16 images for training and 4 for testing";
        ensure!(facts.to_string().contains(kept_to), "{facts}");
        lab.click("folder-keep").await?;
        lab.wait_for_removal("folder-choice", SOON).await
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_class_in_other_letters_is_one_class_or_two() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut files = Vec::new();
    for (path, count) in [
        ("photo/Dog", 4),
        ("photo/cat", 3),
        ("sketch/dog", 2),
        ("sketch/cat", 3),
    ] {
        for number in 0..count {
            files.push((format!("set/{path}/{number}.png"), gradient(number)?));
        }
    }
    let zip = write_zip(folder.path(), "set.zip", &files)?;
    visit("folders-letters", "?device=cpu", async |lab| {
        lab.wait_until_ready().await?;
        lab.upload("zip-files", std::slice::from_ref(&zip)).await?;
        wait_for_counts(lab, "6 images", "6 images").await?;
        let said = |text: &str| text.contains("“Dog” = “dog”");
        lab.wait_for_text("folder-choice", said, SOON).await?;
        lab.click("folder-other-way").await?;
        let two = |text: &str| text.contains("classes of their own");
        lab.wait_for_text("folder-choice", two, SOON).await?;
        let names = "[...document.querySelectorAll('.class-name')].map(it => it.value).sort()";
        lab.wait_until_equal(names, json!(["Dog", "cat", "dog"]))
            .await?;
        wait_for_images(lab, 12).await?;
        // Both columns say that there is another of this name.
        let twins = "document.querySelectorAll('#your-images .column .merge-offer').length";
        lab.wait_until_equal(twins, json!(2)).await?;
        lab.click("folder-other-way").await?;
        lab.wait_until_equal(names, json!(["Dog", "cat"])).await?;
        wait_for_undo(lab, "one class").await?;
        wait_for_images(lab, 12).await
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_class_that_the_held_out_domain_lacks_is_said_beside_accuracies() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut files = Vec::new();
    for number in 0..6 {
        for place in ["photo/cat", "photo/dog", "sketch/cat"] {
            files.push((format!("pets/{place}/{number}.png"), gradient(number)?));
        }
    }
    let zip = write_zip(folder.path(), "pets.zip", &files)?;
    visit("folders-untested", "?device=cpu#v=1&batch=4", async |lab| {
        lab.wait_until_ready().await?;
        lab.upload("zip-files", &[zip]).await?;
        wait_for_images(lab, 18).await?;
        use_own_images(lab, "cat").await?;
        let places = "[...document.querySelectorAll('[data-testid=untested]')] \
             .filter(it => it.textContent.includes('“dog”')).length";
        // In the lab, and in what the arms have learned.
        lab.wait_until_equal(places, json!(2)).await?;
        // The built-in images lack nothing.
        lab.click("preset-corner-cue").await?;
        lab.click("reset").await?;
        lab.wait_for_removal("untested", SOON).await
    })
    .await
}
