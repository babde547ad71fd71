//! Images of the visitor's own: real files of three formats and a broken one, sorted into classes
//! and trained on, without a byte leaving the browser.

use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use image::{ImageFormat, Rgb, RgbImage};

use crate::lab::{LOAD, Lab, SOON, lab};

/// Stripes that run down or across, of a colour of their own, in a size that is not square.
fn stripes(down: bool, number: u32) -> RgbImage {
    RgbImage::from_fn(60 + 7 * number, 48 + 3 * number, |x, y| {
        let along = if down { x } else { y };
        if (along / (3 + number % 3)) % 2 == 0 {
            Rgb([200, (40 * number % 256) as u8, 60])
        } else {
            Rgb([30, 40, (120 + 20 * number % 100) as u8])
        }
    })
}

/// Writes a class's images, in three formats by turns.
pub(crate) fn write_class(folder: &Path, down: bool, count: u32) -> Result<Vec<PathBuf>> {
    let formats = [
        ("png", ImageFormat::Png),
        ("jpg", ImageFormat::Jpeg),
        ("webp", ImageFormat::WebP),
    ];
    let direction = if down { "down" } else { "across" };
    let mut files = Vec::new();
    for (number, (extension, format)) in (0..count).zip(formats.into_iter().cycle()) {
        let file = folder.join(format!("{direction}-{number}.{extension}"));
        stripes(down, number).save_with_format(&file, format)?;
        files.push(file);
    }
    Ok(files)
}

/// Makes a class of this name out of the column with this index.
pub(crate) async fn name_class(lab: &Lab, index: usize, name: &str) -> Result<()> {
    let testid = format!("class-name-{index}");
    // The page may begin with empty columns or without any.
    while !lab.has(&testid).await? {
        lab.click("class-add").await?;
        lab.wait_until("a new class", SOON, async || lab.has(&testid).await)
            .await?;
    }
    lab.set_value(&testid, name).await
}

#[tokio::test(flavor = "multi_thread")]
async fn own_images_are_trained_on() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let down = write_class(folder.path(), true, 9)?;
    let mut across = write_class(folder.path(), false, 9)?;
    let broken = folder.path().join("broken.png");
    std::fs::write(&broken, b"\x89PNG\r\n\x1a\nand then nothing of the kind")?;
    across.insert(4, broken);

    lab("own-images", "?device=cpu", async |lab| {
        lab.ready().await?;
        name_class(lab, 0, "down").await?;
        name_class(lab, 1, "across").await?;
        lab.upload("class-files-0", &down).await?;
        lab.upload("class-files-1", &across).await?;
        let named = |text: &str| text.contains("broken.png");
        let notice = lab.wait_for("notice", named, SOON).await?;
        ensure!(!notice.contains("down-"), "sound files refused: {notice}");

        lab.set_value("batch-size", "8").await?;
        lab.click("use-own-images").await?;
        // The classes' names stand beside the probabilities once the run is prepared.
        let named = "document.querySelector('#masks, main')?.textContent.includes('across')";
        lab.wait_until("the new classes", LOAD, async || {
            Ok(lab.evaluate(named).await? == true)
        })
        .await?;
        lab.status("ready", LOAD).await?;
        let picture = lab.drawn("overlay-0", None).await?;
        for made in 1..=4 {
            lab.click("step").await?;
            let next = made.to_string();
            lab.wait_for("step-count", |text| text == next, SOON)
                .await?;
            lab.status("paused", SOON).await?;
        }
        let loss = lab.number("loss-rsc").await?;
        ensure!(loss.is_some(), "no loss after four steps");
        lab.drawn("overlay-0", Some(&picture)).await?;
        lab.screenshot("own-images").await
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn one_class_is_not_enough_and_the_page_says_so() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let down = write_class(folder.path(), true, 3)?;
    lab("one-class", "?device=cpu", async |lab| {
        lab.ready().await?;
        name_class(lab, 0, "down").await?;
        lab.upload("class-files-0", &down).await?;
        let shown = "document.body.textContent.includes('3 images')";
        lab.wait_until("the images", SOON, async || {
            Ok(lab.evaluate(shown).await? == true)
        })
        .await?;
        lab.click("use-own-images").await?;
        let explained = |text: &str| text.contains("class");
        lab.wait_for("notice", explained, SOON).await?;
        // What was there before is still there, and still trains.
        lab.status("ready", SOON).await?;
        lab.click("step").await?;
        lab.wait_for("step-count", |text| text == "1", SOON).await?;
        Ok(())
    })
    .await
}
