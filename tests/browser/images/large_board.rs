//! Two thousand images on the board: not all are drawn, and the longest task is printed.

use anyhow::{Result, ensure};
use serde_json::json;

use crate::lab::{LOAD, Lab, SOON, visit};
use crate::page_objects::board::{
    MARKED, THUMBNAILS, image_at, wait_for_counts, wait_for_images, wait_for_undo,
};
use crate::samples::images::gradient;
use crate::samples::zip::write_zip;

/// Number of images in each of two classes.
const EACH: usize = 1000;

/// Records the longest task from now on, in ms.
const RECORD_LONGEST_TASK: &str = "globalThis.longest = 0; new PerformanceObserver(list => { \
    for (const task of list.getEntries()) longest = Math.max(longest, task.duration); \
    }).observe({ type: 'longtask' }); 0";

/// Prints the longest task since the last call. No expectation depends on it.
async fn print_longest_task(lab: &Lab, what: &str) -> Result<()> {
    let longest = lab.evaluate("[longest, longest = 0][0]").await?;
    println!("2,000 images, {what}: the longest task took {longest} ms");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn two_thousand_images_are_not_all_drawn() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let pictures: Vec<Vec<u8>> = (0..10).map(gradient).collect::<Result<_>>()?;
    let files: Vec<(String, Vec<u8>)> = ["cat", "dog"]
        .into_iter()
        .flat_map(|class| (0..EACH).map(move |number| (class, number)))
        .map(|(class, number)| {
            let bytes = pictures[number % pictures.len()].clone();
            (format!("many/{class}/{number:04}.png"), bytes)
        })
        .collect();
    let zip = write_zip(folder.path(), "many.zip", &files)?;
    visit("many", "?device=cpu", async |lab| {
        lab.wait_until_ready().await?;
        lab.evaluate(RECORD_LONGEST_TASK).await?;
        lab.upload("zip-files", &[zip]).await?;
        let all = |text: &str| text == "1,000 images";
        lab.wait_for_text("class-count-1", all, LOAD).await?;
        wait_for_counts(lab, "1,000 images", "1,000 images").await?;
        print_longest_task(lab, "brought in").await?;

        // Some of each class are drawn until all are asked for.
        let few = lab.evaluate(THUMBNAILS).await?;
        ensure!(
            few.as_u64().is_some_and(|few| few <= 200),
            "{few} are drawn"
        );
        lab.click("show-all").await?;
        wait_for_images(lab, EACH + 48).await?;
        // Those out of sight are skipped by the browser.
        let skipped = "[...document.querySelectorAll('.own-thumbnail canvas')].filter(image => \
             !image.checkVisibility({ contentVisibilityAuto: true })).length";
        lab.wait_until("images out of sight are skipped", SOON, async || {
            let skipped = lab.evaluate(skipped).await?;
            Ok(skipped.as_u64().is_some_and(|skipped| skipped > 700))
        })
        .await?;
        print_longest_task(lab, "1,000 of them unfolded").await?;

        // All of a class at once.
        let image = image_at(lab, 0).await?;
        let select_all = format!(
            "document.querySelector('[data-testid={image}]').dispatchEvent(new KeyboardEvent(\
             'keydown', {{ key: 'a', ctrlKey: true, bubbles: true, cancelable: true }})), 0"
        );
        lab.evaluate(&select_all).await?;
        lab.wait_for_text("selected-count", |text| text.starts_with("1,000"), SOON)
            .await?;
        lab.click("mark-selected").await?;
        wait_for_undo(lab, "1,000 images marked").await?;
        lab.click("undo-offer").await?;
        lab.wait_until_equal(MARKED, json!(0)).await?;
        print_longest_task(lab, "1,000 marked and let go").await
    })
    .await
}
