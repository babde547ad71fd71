//! Two tabs of one browser: one saves, and the other takes over when it closes or is asked to.

use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use image::{Rgb, RgbImage};
use serde_json::json;

use crate::lab::{LOAD, Lab, SOON, lab};
use crate::store::{HOLDS, comes};

fn write_images(folder: &Path, class: &str, count: u8) -> Result<Vec<PathBuf>> {
    (0..count)
        .map(|number| {
            let file = folder.join(format!("{class}-{number}.png"));
            RgbImage::from_pixel(40, 32, Rgb([90, 30 * number, 200])).save(&file)?;
            Ok(file)
        })
        .collect()
}

async fn saves(lab: &Lab, here: bool) -> Result<()> {
    let wanted = if here { "this browser" } else { "other tab" };
    lab.wait_for("footer-kept", |text| text.contains(wanted), LOAD)
        .await?;
    Ok(())
}

/// Waits until so many images are on the board.
async fn images(lab: &Lab, count: u32) -> Result<()> {
    let there = "document.querySelectorAll('.own-thumbnail').length";
    comes(lab, there, json!(count)).await
}

async fn step(lab: &Lab) -> Result<()> {
    lab.click("step").await?;
    lab.wait_for("step-count", |text| text == "1", SOON).await?;
    lab.status("paused", SOON).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tab_takes_over_when_the_one_that_saves_closes() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let cats = write_images(folder.path(), "cat", 2)?;
    let dogs = write_images(folder.path(), "dog", 3)?;
    lab("tabs-close", "?device=cpu", async |first| {
        first.ready().await?;
        saves(first, true).await?;
        first.set_value("class-name-0", "cat").await?;
        first.upload("class-files-0", &cats[..1]).await?;
        comes(first, HOLDS, json!([["columns"], 0, 1])).await?;

        let second = first.another_tab("?device=cpu").await?;
        second.ready().await?;
        saves(&second, false).await?;
        images(&second, 1).await?;
        // Both make something that the other does not know of.
        second.set_value("class-name-1", "dog").await?;
        second.upload("class-files-1", &dogs).await?;
        images(&second, 4).await?;
        step(&second).await?;
        first.bring_to_front().await?;
        first.upload("class-files-0", &cats[1..]).await?;
        step(first).await?;
        comes(first, HOLDS, json!([["columns", "current"], 1, 2])).await?;

        first.leave().await?;
        second.bring_to_front().await?;
        saves(&second, true).await?;
        images(&second, 5).await?;
        let said = |text: &str| text.contains("saves from now on");
        second.wait_for("notice", said, SOON).await?;
        // Nothing is lost: neither what the first one had saved, nor what was made here.
        comes(&second, HOLDS, json!([["columns", "current"], 2, 5])).await?;
        let classes = "[...document.querySelectorAll('.class-name')].map(input => input.value)";
        comes(&second, classes, json!(["cat", "dog"])).await?;
        let runs = "document.querySelectorAll('.run').length";
        comes(&second, runs, json!(2)).await?;
        second.close().await
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tab_that_is_asked_hands_over() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let cats = write_images(folder.path(), "cat", 2)?;
    lab("tabs-ask", "?device=cpu", async |first| {
        first.ready().await?;
        saves(first, true).await?;
        let second = first.another_tab("?device=cpu").await?;
        second.ready().await?;
        saves(&second, false).await?;
        first.upload("class-files-0", &cats[..1]).await?;
        images(first, 1).await?;

        second.bring_to_front().await?;
        second.click("save-here").await?;
        saves(&second, true).await?;
        saves(first, false).await?;
        // What the first one had not saved yet, it saved before.
        images(&second, 1).await?;
        comes(&second, HOLDS, json!([["columns"], 0, 1])).await?;
        second.upload("class-files-0", &cats[1..]).await?;
        comes(&second, HOLDS, json!([["columns"], 0, 2])).await?;
        let said = |text: &str| text.contains("has taken over");
        first.wait_for("notice", said, SOON).await?;

        // And back, as soon as the second one is gone.
        second.close().await?;
        first.bring_to_front().await?;
        saves(first, true).await?;
        images(first, 2).await?;
        ensure!(
            !first.has("save-here").await?,
            "there is nothing to ask for"
        );
        Ok(())
    })
    .await
}
