//! Two thousand images on the board: what keeps it fluid, and how long the page is held up.

use anyhow::{Result, ensure};
use serde_json::json;

use crate::board::{counts, image_at, pack, picture};
use crate::lab::{LOAD, Lab, SOON, lab};
use crate::store::comes;

const EACH: usize = 1000;

/// Notes the longest task from now on.
const WATCH: &str = "globalThis.longest = 0; new PerformanceObserver(list => { \
    for (const task of list.getEntries()) longest = Math.max(longest, task.duration); \
    }).observe({ type: 'longtask' }); 0";

/// Prints the longest task since the last time: a figure, which no test depends on.
async fn tell(lab: &Lab, what: &str) -> Result<()> {
    let longest = lab.evaluate("[longest, longest = 0][0]").await?;
    println!("2,000 images, {what}: the longest task took {longest} ms");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn two_thousand_images_are_not_all_drawn() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let pictures: Vec<Vec<u8>> = (0..10).map(picture).collect::<Result<_>>()?;
    let files: Vec<(String, Vec<u8>)> = ["cat", "dog"]
        .into_iter()
        .flat_map(|class| (0..EACH).map(move |number| (class, number)))
        .map(|(class, number)| {
            let bytes = pictures[number % pictures.len()].clone();
            (format!("many/{class}/{number:04}.png"), bytes)
        })
        .collect();
    let zip = pack(folder.path(), "many.zip", &files)?;
    lab("many", "?device=cpu", async |lab| {
        lab.ready().await?;
        lab.evaluate(WATCH).await?;
        lab.upload("zip-files", &[zip]).await?;
        let all = |text: &str| text == "1,000 images";
        lab.wait_for("class-count-1", all, LOAD).await?;
        counts(lab, "1,000 images", "1,000 images").await?;
        tell(lab, "brought in").await?;

        // Some of each class are drawn until all are asked for.
        let drawn = "document.querySelectorAll('.own-thumbnail').length";
        let few = lab.evaluate(drawn).await?;
        ensure!(
            few.as_u64().is_some_and(|few| few <= 200),
            "{few} are drawn"
        );
        lab.click("show-all").await?;
        comes(lab, drawn, json!(EACH + 48)).await?;
        // Those out of sight are skipped by the browser.
        let skipped = "[...document.querySelectorAll('.own-thumbnail canvas')].filter(image => \
             !image.checkVisibility({ contentVisibilityAuto: true })).length";
        lab.wait_until("images out of sight are skipped", SOON, async || {
            let skipped = lab.evaluate(skipped).await?;
            Ok(skipped.as_u64().is_some_and(|skipped| skipped > 700))
        })
        .await?;
        tell(lab, "1,000 of them unfolded").await?;

        // All of a class at once.
        let image = image_at(lab, 0).await?;
        let select_all = format!(
            "document.querySelector('[data-testid={image}]').dispatchEvent(new KeyboardEvent(\
             'keydown', {{ key: 'a', ctrlKey: true, bubbles: true, cancelable: true }})), 0"
        );
        lab.evaluate(&select_all).await?;
        lab.wait_for("selected-count", |text| text.starts_with("1,000"), SOON)
            .await?;
        lab.click("mark-selected").await?;
        let marked = |text: &str| text.contains("1,000 images marked");
        lab.wait_for("undo-what", marked, SOON).await?;
        lab.click("undo-offer").await?;
        comes(
            lab,
            "document.querySelectorAll('#your-images .test-only').length",
            json!(0),
        )
        .await?;
        tell(lab, "1,000 marked and let go").await
    })
    .await
}
