//! The list of runs: what is kept at a reset, what a row says, and what can be done with it.

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use crate::lab::{Lab, SOON, visit};
use crate::page_objects::losses::loss_texts;

/// The `data-testid`s of the rows, from the top.
async fn rows(lab: &Lab) -> Result<Vec<String>> {
    let read = "[...document.querySelectorAll('.run-list > li')].map(row => row.dataset.testid)";
    let rows = lab.evaluate(read).await?;
    Ok(serde_json::from_value(rows)?)
}

async fn wait_for_rows(lab: &Lab, wanted: &[&str]) -> Result<()> {
    lab.wait_until(&format!("the rows {wanted:?}"), SOON, async || {
        Ok(rows(lab).await? == wanted)
    })
    .await
}

/// Waits until an expression about `element` has this value.
async fn wait_until_equal_on(
    lab: &Lab,
    testid: &str,
    expression: &str,
    wanted: Value,
) -> Result<()> {
    lab.wait_until(
        &format!("{expression} of `{testid}` as {wanted}"),
        SOON,
        async || Ok(lab.evaluate_on(testid, expression).await? == wanted),
    )
    .await
}

/// The settings that a row lists as different.
const FIELDS: &str =
    "[...element.querySelectorAll('[data-field]')].map(item => item.dataset.field)";

/// Number of lines in a chart that have something to draw.
const LINES: &str = "[...element.querySelectorAll('._chartistry_series > ._chartistry_line')]\
    .filter(line => line.querySelector('path')?.getAttribute('d')).length";

const P: &str = "arms[1].challenge.p";

#[tokio::test(flavor = "multi_thread")]
async fn runs_are_kept_and_compared() -> Result<()> {
    visit("runs", "?device=cpu", async |lab| {
        lab.wait_until_ready().await?;
        wait_for_rows(lab, &["run-1"]).await?;
        lab.make_steps(2).await?;
        // A change that no step was made with is no part of the run.
        lab.set_value("p", "0.5").await?;
        lab.reset().await?;
        lab.make_steps(2).await?;

        wait_for_rows(lab, &["run-2", "run-1"]).await?;
        wait_until_equal_on(lab, "run-differences-2", FIELDS, json!([P])).await?;
        wait_until_equal_on(lab, "run-differences-1", FIELDS, json!([])).await?;
        let said = lab.text("run-differences-2").await?;
        ensure!(said.contains("0.5"), "it says `{said}`");
        ensure!(
            !lab.has("run-changes-1").await?,
            "nothing was changed in it"
        );
        let state = lab.text("run-state-1").await?;
        ensure!(state.contains('2'), "two steps were made: `{state}`");

        // A name of one's own, refused where another run has it.
        lab.set_value("run-name-1", "p one third").await?;
        lab.wait_for_attribute("run-1", "aria-label", json!("Run p one third"), SOON)
            .await?;
        lab.set_value("run-name-2", "P one third").await?;
        lab.wait_for_text("notice", |text| text.contains("P one third"), SOON)
            .await?;
        lab.wait_for_attribute("run-name-2", "aria-invalid", json!("true"), SOON)
            .await?;
        lab.set_value("run-name-2", "p one half").await?;
        lab.wait_for_attribute("run-name-2", "aria-invalid", json!(null), SOON)
            .await?;

        // A third run, with a change on the way that is named with its step.
        lab.reset().await?;
        lab.make_steps(1).await?;
        lab.set_value("p", "0.9").await?;
        lab.make_steps(1).await?;
        wait_for_rows(lab, &["run-3", "run-2", "run-1"]).await?;
        wait_until_equal_on(lab, "run-changes-3", FIELDS, json!([P])).await?;
        let changed = lab.text("run-changes-3").await?;
        ensure!(changed.contains("step 1"), "it says `{changed}`");

        // Pinned, the oldest comes before the others.
        lab.click("run-pin-1").await?;
        wait_for_rows(lab, &["run-3", "run-1", "run-2"]).await?;
        lab.click("run-pin-1").await?;
        wait_for_rows(lab, &["run-3", "run-2", "run-1"]).await?;

        // Deleted, and taken back.
        lab.click("run-delete-1").await?;
        lab.wait_for_removal("run-name-1", SOON).await?;
        lab.click("run-undo-1").await?;
        wait_until_equal_on(lab, "run-name-1", "element.value", json!("p one third")).await?;

        // Deleted for good once its time is over, which is put off while the focus is on “Undo”.
        lab.click("run-delete-2").await?;
        lab.wait_until("the run is gone", SOON, async || {
            lab.evaluate("document.activeElement?.blur()").await?;
            Ok(rows(lab).await? == ["run-3", "run-1"])
        })
        .await?;
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn runs_are_drawn_beside_the_current_one() -> Result<()> {
    visit("runs-overlaid", "?device=cpu", async |lab| {
        lab.wait_until_ready().await?;
        // More runs than the charts take, of two steps each: a line needs two points.
        for _ in 0..5 {
            lab.make_steps(2).await?;
            lab.reset().await?;
        }
        lab.make_steps(2).await?;
        wait_until_equal_on(lab, "chart-loss", LINES, json!(2)).await?;

        for (id, lines) in [(1, 4), (2, 6), (3, 8), (4, 10)] {
            lab.click(&format!("run-show-{id}")).await?;
            wait_until_equal_on(lab, "chart-loss", LINES, json!(lines)).await?;
        }
        lab.wait_for_text("chart-run-1", |text| !text.is_empty(), SOON)
            .await?;
        let dashes = "[...element.querySelectorAll('._chartistry_series > ._chartistry_line path')]\
            .map(path => getComputedStyle(path).strokeDasharray)";
        let dashes: Vec<String> =
            serde_json::from_value(lab.evaluate_on("chart-loss", dashes).await?)?;
        ensure!(
            dashes.len() == 10 && dashes[..2].iter().all(|dash| dash == "none"),
            "the run's own lines are whole: {dashes:?}"
        );
        for place in 0..4 {
            let own = &dashes[2 + 2 * place];
            let other = dashes[2..].iter().filter(|dash| *dash == own).count();
            ensure!(
                own != "none" && other == 2,
                "each run has dashes of its own: {dashes:?}"
            );
        }
        // A fifth is refused, and said so.
        lab.click("run-show-5").await?;
        lab.wait_for_text("notice", |text| text.contains("4 runs"), SOON)
            .await?;
        wait_until_equal_on(lab, "chart-loss", LINES, json!(10)).await?;

        // Pointing at a step in one chart marks it in the other.
        let point = "(() => { const line = element.querySelector('._chartistry_axis_marker line'); \
            const { left, top } = element.getBoundingClientRect(); \
            const at = Number(line.getAttribute('x1')) + 2; \
            element.dispatchEvent(new PointerEvent('pointermove', \
                { bubbles: true, clientX: left + at, clientY: top + 50 })); return true; })()";
        lab.evaluate_on("chart-loss", point).await?;
        let step = lab
            .wait_for_text("cross-hair-accuracy", |text| text.contains("step"), SOON)
            .await?;
        ensure!(!lab.has("cross-hair-loss").await?, "marked twice: {step}");

        for id in [2, 3, 4] {
            lab.click(&format!("chart-hide-{id}")).await?;
        }
        wait_until_equal_on(lab, "chart-loss", LINES, json!(4)).await?;
        // A run that is deleted leaves the charts.
        lab.click("run-delete-1").await?;
        wait_until_equal_on(lab, "chart-loss", LINES, json!(2)).await?;
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_can_be_had_again() -> Result<()> {
    visit("runs-again", "?device=cpu", async |lab| {
        lab.wait_until_ready().await?;
        lab.set_value("seed", "7").await?;
        lab.wait_until_ready().await?;
        lab.make_steps(2).await?;
        let first = loss_texts(lab).await?;
        lab.reset().await?;

        lab.set_value("seed", "8").await?;
        lab.set_value("p", "0.9").await?;
        lab.wait_until_ready().await?;
        lab.make_steps(2).await?;
        let other = loss_texts(lab).await?;
        ensure!(
            first != other,
            "another seed gave the same losses: {first:?}"
        );

        lab.click("run-use-1").await?;
        wait_until_equal_on(lab, "seed", "element.value", json!("7")).await?;
        lab.reset().await?;
        lab.make_steps(2).await?;
        let again = loss_texts(lab).await?;
        ensure!(first == again, "{first:?} became {again:?}");
        Ok(())
    })
    .await
}
