//! The last batch, features in use, the confusion matrix, digits and a step's parts, on the processor.

use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::lab::{DRAWN, SOON, lab};

/// A short run, evaluation included.
const RUN: Duration = Duration::from_secs(240);

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
        let used = lab
            .number("usage-effective-number-1")
            .await?
            .context("a number")?;
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
