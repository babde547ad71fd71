//! The microscope, the last batch, features in use and the confusion matrix, on the processor.

use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::lab::{DRAWN, SOON, lab};

/// A short run, evaluation included.
const RUN: Duration = Duration::from_secs(240);

/// How many the histogram says are muted, and of how many.
fn muted(text: &str) -> Option<(usize, usize)> {
    let (_, rest) = text.split_once(": ")?;
    let mut words = rest.split_whitespace();
    let muted = words.next()?.parse().ok()?;
    (words.next()? == "of").then_some(())?;
    Some((muted, words.next()?.parse().ok()?))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_microscope_follows_p_and_the_pointer() -> Result<()> {
    lab("microscope", "?device=cpu", async |lab| {
        lab.ready().await?;
        let features = lab.drawn("stage-features", None).await?;
        lab.drawn("stage-gradient", None).await?;
        let masked = lab.drawn("stage-masked", None).await?;
        ensure!(features != masked, "masking shows");

        // One key press on the histogram mutes one feature more, and p follows.
        let before = lab.text("histogram-text").await?;
        let (count, n) = muted(&before).with_context(|| format!("`{before}`"))?;
        lab.key("histogram", "ArrowLeft").await?;
        let one_more = |text: &str| muted(text) == Some((count + 1, n));
        lab.wait_for("histogram-text", one_more, SOON).await?;
        let counted = lab
            .wait_for(
                "muted-count",
                |text| text == format!("{} of {n}", count + 1),
                DRAWN,
            )
            .await;
        counted.context("the engine mutes what the histogram says")?;
        lab.drawn("stage-masked", Some(&masked)).await?;

        // Arrow keys pick a channel out in words.
        lab.key("stage-features", "ArrowRight").await?;
        lab.wait_for("readout", |text| text.contains("Channel"), SOON)
            .await?;
        lab.key("stage-input", "ArrowDown").await?;
        lab.wait_for("readout", |text| text.contains("Row 2"), SOON)
            .await?;
        lab.key("stage-input", "Escape").await?;
        lab.wait_for("readout", |text| text.contains("Nothing"), SOON)
            .await?;

        // Another image, other features.
        lab.click("magnify-2").await?;
        lab.drawn("stage-features", Some(&features)).await?;

        // By channel, the same stages count channels.
        lab.set_value("axis", "channel").await?;
        lab.wait_for("microscope-muted", |text| text.contains("channels"), DRAWN)
            .await?;
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_batch_the_usage_and_the_confusion_are_shown() -> Result<()> {
    lab("understand", "?device=cpu", async |lab| {
        lab.ready().await?;
        lab.set_value("epochs", "1").await?;
        lab.ready().await?;
        lab.drawn("stage-features", None).await?;
        lab.evaluate("document.querySelector('[data-testid=batch]').open = true")
            .await?;
        lab.click("step").await?;
        let said = lab
            .wait_for("batch-summary", |text| text.contains("challenged"), DRAWN)
            .await?;
        // b = 1/2 of 32 samples, by the quantile rule.
        ensure!(said.contains("16 of 32"), "`{said}`");

        lab.click("play").await?;
        lab.status("done", RUN).await?;
        let used = lab.number("usage-effective-1").await?.context("a number")?;
        ensure!((1.0..=64.0).contains(&used), "{used} channels in use");
        // Along training too, with a mark for each of both arms, though there is one evaluation.
        lab.evaluate("document.querySelector('[data-testid=usage]').open = true")
            .await?;
        lab.wait_until("marks of two arms", DRAWN, async || {
            let marks = lab
                .evaluate(
                    "document.querySelectorAll('[data-testid=chart-usage] \
                     ._chartistry_line_markers > *').length",
                )
                .await?;
            Ok(marks.as_u64() >= Some(2))
        })
        .await?;

        // A cell opens its images: as many overlays as it has, eight at most.
        let largest = "[...document.querySelectorAll('[data-testid^=cell-0-]')]\
            .map(it => [Number(it.textContent), it.dataset.testid])\
            .sort((a, b) => b[0] - a[0])[0]";
        let cell = lab.evaluate(largest).await?;
        let count = cell[0].as_u64().context("a count")?;
        ensure!(count > 0, "some image is in some cell");
        let before = lab.picture("overlay-0").await?;
        lab.click(cell[1].as_str().context("a cell")?).await?;
        lab.drawn("overlay-0", Some(&before)).await?;
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn digits_are_fetched_when_chosen() -> Result<()> {
    lab("digits", "?device=cpu", async |lab| {
        lab.ready().await?;
        let fetched = "performance.getEntriesByType('resource')\
            .filter(it => it.name.includes('mnist')).length";
        ensure!(
            lab.evaluate(fetched).await? == 0,
            "not before they are chosen"
        );
        for preset in ["preset-rotated-digits", "preset-coloured-digits"] {
            lab.click(preset).await?;
            lab.ready().await?;
            lab.click("step").await?;
            lab.wait_for("step-count", |text| text == "1", SOON).await?;
            lab.click("reset").await?;
            lab.ready().await?;
        }
        ensure!(lab.evaluate(fetched).await? == 1, "fetched once");
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_time_of_a_step_is_split_into_its_parts() -> Result<()> {
    lab("device", "?device=cpu", async |lab| {
        lab.ready().await?;
        lab.set_value("shift", "2").await?;
        lab.ready().await?;
        lab.evaluate("document.querySelector('[data-testid=device-details]').open = true")
            .await?;
        lab.click("measure-step").await?;
        let split = lab
            .wait_for("step-split", |text| text.contains("backward"), DRAWN)
            .await?;
        ensure!(
            split.contains("challenge") && split.contains("ms"),
            "`{split}`"
        );
        lab.click("step").await?;
        lab.wait_for("step-count", |text| text == "1", SOON).await?;
        Ok(())
    })
    .await
}
