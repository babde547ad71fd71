//! What was learned: the challenge gap and the use of features as curves, beside those of other runs;
//! the scale of the masks; formulas with measured numbers; and all that is drawn as files.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::lab::{DRAWN, Lab, SOON, lab, number};
use crate::share::{CATCH_FILES, comes_true, saves};

/// A short run, evaluation included.
const RUN: Duration = Duration::from_secs(240);

/// The lines of a chart that have something to draw.
fn lines(chart: &str) -> String {
    format!(
        "[...document.querySelectorAll('[data-testid={chart}] ._chartistry_series > ._chartistry_line')] \
         .filter(line => line.querySelector('path')?.getAttribute('d')).length"
    )
}

/// Whether one of the numbers in a text is this one, as far as three digits tell.
fn has(text: &str, value: f64) -> bool {
    let numbers = text.split(|c: char| !(c.is_ascii_digit() || c == '.'));
    let mut numbers = numbers.filter_map(|it| it.parse::<f64>().ok());
    numbers.any(|it| (it - value.abs()).abs() < 6e-4)
}

async fn unfold(lab: &Lab) -> Result<()> {
    for _ in 0..2 {
        lab.evaluate("document.querySelectorAll('details').forEach(it => it.open = true); 0")
            .await?;
    }
    Ok(())
}

async fn steps(lab: &Lab, count: u64) -> Result<()> {
    for _ in 0..count {
        let next = (lab.steps().await? + 1).to_string();
        lab.click("step").await?;
        lab.wait_for("step-count", |text| text == next, SOON)
            .await?;
        lab.status("paused", SOON).await?;
    }
    Ok(())
}

/// The gap of the third step is the curve's last value, and both are the engine's number.
#[tokio::test(flavor = "multi_thread")]
async fn the_challenge_gap_is_a_curve_beside_those_of_other_runs() -> Result<()> {
    lab("gap-curve", "?device=cpu", async |lab| {
        lab.ready().await?;
        unfold(lab).await?;
        steps(lab, 3).await?;
        comes_true(lab, &format!("{} === 1", lines("chart-gap"))).await?;
        lab.evaluate("document.querySelector('[data-testid=chart-gap]').focus(); 0")
            .await?;
        let mut told = Vec::new();
        for key in ["Home", "ArrowRight", "ArrowRight"] {
            lab.key("chart-gap", key).await?;
            let wanted = format!("step {}", told.len() + 1);
            let said = lab
                .wait_for("chart-said-gap", |text| text.contains(&wanted), SOON)
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
        let everything = saves(lab, "export-metrics").await?;
        let everything: Value =
            serde_json::from_str(everything["text"].as_str().unwrap_or_default())?;
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

        lab.click("reset").await?;
        lab.wait_for("step-count", |text| text == "0", SOON).await?;
        lab.status("ready", SOON).await?;
        steps(lab, 2).await?;
        lab.click("run-show-1").await?;
        comes_true(lab, &format!("{} === 2", lines("chart-gap"))).await
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn usage_along_training_is_three_curves_beside_those_of_other_runs() -> Result<()> {
    lab("usage-curves", "?device=cpu", async |lab| {
        lab.ready().await?;
        for (control, value) in [
            ("epochs", "2"),
            ("train-images", "64"),
            ("test-images", "64"),
        ] {
            lab.set_value(control, value).await?;
        }
        lab.ready().await?;
        for first in [true, false] {
            lab.click("play").await?;
            lab.status("done", RUN).await?;
            if first {
                lab.click("reset").await?;
                lab.wait_for("step-count", |text| text == "0", SOON).await?;
                lab.status("ready", SOON).await?;
            }
        }
        unfold(lab).await?;
        for chart in ["chart-usage", "chart-usage-gini", "chart-usage-top"] {
            comes_true(lab, &format!("{} === 2", lines(chart))).await?;
        }
        lab.click("run-show-1").await?;
        for chart in ["chart-usage", "chart-usage-gini", "chart-usage-top"] {
            comes_true(lab, &format!("{} === 4", lines(chart))).await?;
        }
        // What a chart says at its end is what the table says now.
        for (chart, column) in [
            ("usage", "usage-effective-number-1"),
            ("usage-gini", "usage-gini-1"),
            ("usage-top", "usage-top-tenth-1"),
        ] {
            let now = lab.text(column).await?;
            ensure!(number(&now).is_some(), "`{now}`");
            lab.evaluate(&format!(
                "document.querySelector('[data-testid=chart-{chart}]').focus(); 0"
            ))
            .await?;
            lab.key(&format!("chart-{chart}"), "End").await?;
            let same = |text: &str| text.contains(&format!("RSC {now}"));
            lab.wait_for(&format!("chart-said-{chart}"), same, SOON)
                .await?;
        }
        // The heads of the table explain themselves.
        lab.evaluate(
            "document.querySelector('[data-testid=usage] [data-testid=term-gini]').focus(); 0",
        )
        .await?;
        lab.wait_for("term-explanation", |text| text.contains("Gini"), SOON)
            .await?;
        lab.screenshot("usage-curves").await
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn formulas_show_what_they_came_to() -> Result<()> {
    lab("formulas-live", "?device=cpu", async |lab| {
        lab.ready().await?;
        lab.drawn("stage-features", None).await?;
        let count = |formula: &str| {
            format!("document.querySelectorAll('[data-testid=formula-{formula}] math').length")
        };
        comes_true(lab, &format!("{} === 1", count("gap"))).await?;
        unfold(lab).await?;
        // The threshold and the drop of the image under the microscope are known at once, the gap
        // after a step.
        comes_true(lab, &format!("{} === 4", count("quantile-threshold"))).await?;
        let drop = lab.text("microscope-drop").await?;
        let (_, drop) = drop.split_once("drop ").context("a drop")?;
        let drop = number(drop).context("a number")?;
        let selection = lab.text("formula-selection").await?;
        ensure!(has(&selection, drop), "{drop} in {selection}");
        steps(lab, 1).await?;
        comes_true(lab, &format!("{} === 2", count("gap"))).await?;
        let gap = lab.text("formula-gap").await?;
        let loss = lab.number("loss-rsc").await?.context("a loss")?;
        ensure!(has(&gap, loss), "{loss} in {gap}");
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn maps_of_an_image_share_their_scale_across_arms() -> Result<()> {
    lab("mask-scales", "?device=cpu", async |lab| {
        lab.ready().await?;
        steps(lab, 3).await?;
        let alone = lab.drawn("overlay-0", None).await?;
        let own = lab.text("mask-scale").await?;
        lab.click("mask-arm-1").await?;
        let erm = lab.drawn("overlay-0", Some(&alone)).await?;
        lab.click("mask-beside").await?;
        let beside = |text: &str| text != own && text.contains("every arm");
        lab.wait_for("mask-scale", beside, DRAWN).await?;
        lab.wait_until("both arms", DRAWN, async || lab.has("overlay-0-rsc").await)
            .await?;
        // On a scale that is wide enough for both, at least one of them looks other than alone.
        let together = lab.drawn("overlay-0", None).await?;
        let rsc = lab.drawn("overlay-0-rsc", None).await?;
        ensure!(
            together != erm || rsc != alone,
            "each still has its own scale"
        );
        lab.click("mask-scale-shared").await?;
        lab.wait_for("mask-scale", |text| text.contains("on one scale"), SOON)
            .await?;
        lab.wait_until("another scale", DRAWN, async || {
            Ok(lab.picture("overlay-0").await? != together
                || lab.picture("overlay-0-rsc").await? != rsc)
        })
        .await
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_drawn_can_be_saved() -> Result<()> {
    lab("drawings", "?device=cpu", async |lab| {
        lab.ready().await?;
        for (control, value) in [
            ("epochs", "1"),
            ("train-images", "64"),
            ("test-images", "64"),
        ] {
            lab.set_value(control, value).await?;
        }
        lab.ready().await?;
        lab.click("play").await?;
        lab.status("done", RUN).await?;
        unfold(lab).await?;
        lab.drawn("stage-masked", None).await?;
        lab.set_value("sweep-second", "none").await?;
        lab.set_value("sweep-first-values", "0.25, 0.5").await?;
        lab.set_value("sweep-seeds", "5").await?;
        lab.click("sweep-start").await?;
        let settled = |text: &str| text == "done" || text.contains("fault");
        lab.wait_for("sweep-status", settled, RUN).await?;
        unfold(lab).await?;
        lab.wait_for("batch-summary", |text| !text.is_empty(), DRAWN)
            .await?;
        lab.evaluate(CATCH_FILES).await?;
        lab.click("share-open").await?;
        let read = "[...document.querySelectorAll('[data-testid=export-chart] option')] \
            .map(it => [it.value, it.textContent])";
        let listed: Vec<(String, String)> = serde_json::from_value(lab.evaluate(read).await?)?;
        for (name, part) in [
            ("Effective number of features", "<path"),
            ("Challenge gap", "<path"),
            ("Features in use: ", "<path"),
            ("Confusion matrix of ERM", "<rect"),
            ("Microscope: all stages", "<image"),
            ("Microscope: Feature map Z", "<image"),
            ("Microscope: Histogram", "<rect"),
            ("The last batch", "<image"),
            ("What is muted", "<image"),
            ("RSC: accuracy in the new domain", "<rect"),
        ] {
            let found = listed.iter().find(|(_, label)| label.contains(name));
            let (index, label) = found.with_context(|| format!("no {name} in {listed:?}"))?;
            lab.set_value("export-chart", index).await?;
            let file = saves(lab, "chart-svg").await?;
            let text = file["text"].as_str().unwrap_or_default();
            ensure!(text.contains(part), "{label} has no {part}: {text}");
            // As a picture, so that its own size is known.
            let sound = format!(
                "(async () => {{ const picture = new Image(); \
                 picture.src = 'data:image/svg+xml,' + encodeURIComponent({}); \
                 await picture.decode(); return picture.naturalWidth > 100; }})()",
                json!(text)
            );
            ensure!(
                lab.evaluate(&sound).await? == true,
                "{label} is no SVG: {text}"
            );
            let file = saves(lab, "chart-png").await?;
            ensure!(file["type"] == "image/png", "{label}: {file}");
            ensure!(file["size"].as_u64() > Some(1000), "{label}: {file}");
        }
        Ok(())
    })
    .await
}
