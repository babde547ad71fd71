//! What the networks have learned: the challenge gap and feature usage as curves beside those of
//! other runs, the last batch, the confusion matrix, and formulas with measured numbers.

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::lab::{DRAWN, SOON, number, visit};
use crate::page_objects::downloads::{CATCH_FILES, save_text};
use crate::page_objects::settings::{SHORT_RUN, set_run_size};

/// An expression for the number of lines in a chart that have something to draw.
fn line_count(chart: &str) -> String {
    format!(
        "[...document.querySelectorAll('[data-testid={chart}] ._chartistry_series > ._chartistry_line')] \
         .filter(line => line.querySelector('path')?.getAttribute('d')).length"
    )
}

/// Whether one of the numbers in a text is this one, to three digits.
fn contains_number(text: &str, value: f64) -> bool {
    let numbers = text.split(|c: char| !(c.is_ascii_digit() || c == '.'));
    let mut numbers = numbers.filter_map(|it| it.parse::<f64>().ok());
    numbers.any(|it| (it - value.abs()).abs() < 6e-4)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_batch_the_usage_and_the_confusion_are_shown() -> Result<()> {
    visit("understand", "?device=cpu", async |lab| {
        lab.wait_until_ready().await?;
        lab.set_value("epochs", "1").await?;
        lab.wait_until_ready().await?;
        lab.wait_for_picture("stage-features", None).await?;
        lab.open_details("batch").await?;
        lab.click("step").await?;
        let said = lab
            .wait_for_text("batch-summary", |text| text.contains("challenged"), DRAWN)
            .await?;
        // b = 1/2 of 32 samples, by the quantile rule.
        ensure!(said.contains("16 of 32"), "`{said}`");

        lab.click("play").await?;
        lab.wait_for_status("done", SHORT_RUN).await?;
        let used = lab
            .number("usage-effective-number-1")
            .await?
            .context("a number")?;
        ensure!((1.0..=64.0).contains(&used), "{used} channels in use");
        // Along training too, with a mark for each of both arms, though there is one evaluation.
        lab.open_details("usage").await?;
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
        lab.wait_for_picture("overlay-0", Some(&before)).await?;
        Ok(())
    })
    .await
}

/// The gap of the third step is the curve's last value, and both are the engine's number.
#[tokio::test(flavor = "multi_thread")]
async fn the_challenge_gap_is_a_curve_beside_those_of_other_runs() -> Result<()> {
    visit("gap-curve", "?device=cpu", async |lab| {
        lab.wait_until_ready().await?;
        lab.open_nested_details().await?;
        lab.make_steps(3).await?;
        lab.wait_until_true(&format!("{} === 1", line_count("chart-gap")))
            .await?;
        lab.focus("chart-gap").await?;
        let mut told = Vec::new();
        for key in ["Home", "ArrowRight", "ArrowRight"] {
            lab.dispatch_key("chart-gap", key).await?;
            let wanted = format!("step {}", told.len() + 1);
            let said = lab
                .wait_for_text("chart-said-gap", |text| text.contains(&wanted), SOON)
                .await?;
            let (_, value) = said.split_once("RSC ").context("RSC has a gap")?;
            ensure!(!said.contains("ERM"), "plain training has none: {said}");
            let sign = if value.starts_with(['-', '−']) {
                -1.0
            } else {
                1.0
            };
            told.push(sign * number(value).context("a number")?);
        }
        lab.evaluate(CATCH_FILES).await?;
        lab.click("share-open").await?;
        let everything = save_text(lab, "export-metrics").await?;
        let everything: Value = serde_json::from_str(&everything)?;
        for (step, told) in told.iter().enumerate() {
            let gap = &everything["steps"][step]["arms"][1]["challenge_gap"];
            let gap = gap
                .as_f64()
                .with_context(|| format!("{}", everything["steps"][step]))?;
            ensure!(
                (gap - told).abs() < 6e-3,
                "{told} on the page, {gap} in the file"
            );
        }
        lab.click("share-close").await?;

        lab.reset().await?;
        lab.make_steps(2).await?;
        lab.click("run-show-1").await?;
        lab.wait_until_true(&format!("{} === 2", line_count("chart-gap")))
            .await
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn usage_along_training_is_three_curves_beside_those_of_other_runs() -> Result<()> {
    visit("usage-curves", "?device=cpu", async |lab| {
        lab.wait_until_ready().await?;
        set_run_size(lab, 2, 64, 64).await?;
        for first in [true, false] {
            lab.click("play").await?;
            lab.wait_for_status("done", SHORT_RUN).await?;
            if first {
                lab.reset().await?;
            }
        }
        lab.open_nested_details().await?;
        for chart in ["chart-usage", "chart-usage-gini", "chart-usage-top"] {
            lab.wait_until_true(&format!("{} === 2", line_count(chart)))
                .await?;
        }
        lab.click("run-show-1").await?;
        for chart in ["chart-usage", "chart-usage-gini", "chart-usage-top"] {
            lab.wait_until_true(&format!("{} === 4", line_count(chart)))
                .await?;
        }
        // What a chart says at its end is what the table says now.
        for (chart, column) in [
            ("usage", "usage-effective-number-1"),
            ("usage-gini", "usage-gini-1"),
            ("usage-top", "usage-top-tenth-1"),
        ] {
            let now = lab.text(column).await?;
            ensure!(number(&now).is_some(), "`{now}`");
            let testid = format!("chart-{chart}");
            lab.focus(&testid).await?;
            lab.dispatch_key(&testid, "End").await?;
            let same = |text: &str| text.contains(&format!("RSC {now}"));
            lab.wait_for_text(&format!("chart-said-{chart}"), same, SOON)
                .await?;
        }
        // The heads of the table explain themselves.
        lab.reveal("usage").await?;
        lab.evaluate(
            "document.querySelector('[data-testid=usage] [data-testid=term-gini]').focus(); 0",
        )
        .await?;
        lab.wait_for_text("term-explanation", |text| text.contains("Gini"), SOON)
            .await?;
        lab.screenshot("usage-curves").await
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn formulas_show_what_they_came_to() -> Result<()> {
    visit("formulas-live", "?device=cpu", async |lab| {
        lab.wait_until_ready().await?;
        lab.wait_for_picture("stage-features", None).await?;
        let count = |formula: &str| {
            format!("document.querySelectorAll('[data-testid=formula-{formula}] math').length")
        };
        lab.wait_until_true(&format!("{} === 1", count("gap")))
            .await?;
        lab.open_nested_details().await?;
        // The threshold and the drop of the image under the microscope are known at once, the gap
        // after a step.
        lab.wait_until_true(&format!("{} === 4", count("quantile-threshold")))
            .await?;
        let drop = lab.text("microscope-drop").await?;
        let (_, drop) = drop.split_once("drop ").context("a drop")?;
        let drop = number(drop).context("a number")?;
        let selection = lab.text("formula-selection").await?;
        ensure!(contains_number(&selection, drop), "{drop} in {selection}");
        lab.make_steps(1).await?;
        lab.wait_until_true(&format!("{} === 2", count("gap")))
            .await?;
        let gap = lab.text("formula-gap").await?;
        let loss = lab.number("loss-rsc").await?.context("a loss")?;
        ensure!(contains_number(&gap, loss), "{loss} in {gap}");
        Ok(())
    })
    .await
}
