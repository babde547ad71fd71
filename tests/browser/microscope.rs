//! The microscope: which image it looks at, how the pointer and the keys pick things out in it, and the
//! rounds of a challenge.

use anyhow::{Context, Result, ensure};

use crate::lab::{DRAWN, Lab, SOON, lab};
use crate::share::{comes_true, value};

/// How many the histogram says are muted, and of how many.
fn muted(text: &str) -> Option<(usize, usize)> {
    let (_, rest) = text.split_once(": ")?;
    let mut words = rest.split_whitespace();
    let muted = words.next()?.parse().ok()?;
    (words.next()? == "of").then_some(())?;
    Some((muted, words.next()?.parse().ok()?))
}

async fn said(lab: &Lab) -> Result<(usize, usize)> {
    let text = lab.text("histogram-text").await?;
    muted(&text).with_context(|| format!("`{text}`"))
}

/// Muted bars lie right of the line and kept ones left of it, as far as a bar's width can tell.
const AGREE: &str = "(() => { \
    const histogram = document.querySelector('[data-testid=histogram]'); \
    const line = Number(histogram.querySelector('.threshold').getAttribute('x1')); \
    const bars = kind => [...histogram.querySelectorAll(kind)] \
        .filter(it => Number(it.getAttribute('height')) > 0) \
        .map(it => [Number(it.getAttribute('x')), Number(it.getAttribute('width'))]); \
    const muted = bars('.bar-muted'), kept = bars('.bar-kept'); \
    return muted.length > 0 && muted.every(([x, w]) => x + w + 1 >= line) \
        && kept.every(([x]) => x <= line); })()";

#[tokio::test(flavor = "multi_thread")]
async fn the_stages_follow_p_and_the_keys() -> Result<()> {
    lab("microscope", "?device=cpu", async |lab| {
        lab.ready().await?;
        let features = lab.drawn("stage-features", None).await?;
        lab.drawn("stage-gradient", None).await?;
        let masked = lab.drawn("stage-masked", None).await?;
        ensure!(features != masked, "masking shows");

        // One key press on the histogram mutes one feature more, and p follows.
        let (count, n) = said(lab).await?;
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

        // Arrow keys pick a channel out in words, and a position in the histogram too.
        lab.key("stage-features", "ArrowRight").await?;
        lab.wait_for("readout", |text| text.contains("Channel"), SOON)
            .await?;
        ensure!(!lab.has("histogram-mark").await?, "it has positions only");
        lab.key("stage-input", "ArrowDown").await?;
        lab.wait_for("readout", |text| text.contains("Row 2"), SOON)
            .await?;
        lab.wait_until("the mark in the histogram", SOON, async || {
            lab.has("histogram-mark").await
        })
        .await?;
        lab.key("stage-input", "Escape").await?;
        lab.wait_for("readout", |text| text.contains("Nothing"), SOON)
            .await?;
        ensure!(!lab.has("histogram-mark").await?);

        // By channel, the same stages count channels, and the strip has keys of its own.
        lab.set_value("axis", "channel").await?;
        lab.wait_for("microscope-muted", |text| text.contains("channels"), DRAWN)
            .await?;
        let unmarked = lab.picture("strip-mark").await?;
        lab.key("stage-strip", "End").await?;
        lab.wait_for("readout", |text| text.contains("Channel 63"), SOON)
            .await?;
        ensure!(
            lab.picture("strip-mark").await? != unmarked,
            "a frame on the strip"
        );
        ensure!(lab.has("histogram-mark").await?);
        lab.key("stage-strip", "ArrowLeft").await?;
        lab.wait_for("readout", |text| text.contains("Channel 62"), SOON)
            .await?;
        lab.key("stage-strip", "Escape").await?;
        lab.wait_for("readout", |text| text.contains("Nothing"), SOON)
            .await?;
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pointer_picks_out_features_and_drags_the_threshold() -> Result<()> {
    lab("microscope-pointer", "?device=cpu", async |lab| {
        lab.ready().await?;
        lab.drawn("stage-features", None).await?;
        lab.hover("stage-features", (0.3, 0.3)).await?;
        let both = |text: &str| text.contains("Channel") && text.contains("Row");
        lab.wait_for("readout", both, SOON).await?;
        lab.wait_until("the mark in the histogram", SOON, async || {
            lab.has("histogram-mark").await
        })
        .await?;
        // Not in the very corner, which is rounded.
        lab.hover("stage-input", (0.93, 0.07)).await?;
        lab.wait_for("readout", |text| text.contains("Row 1, column 8"), SOON)
            .await?;
        lab.hover("microscope-when", (0.5, 0.5)).await?;
        lab.wait_for("readout", |text| text.contains("Nothing"), SOON)
            .await?;

        // The line, pulled to the left, mutes more; p, the masks and the engine follow.
        let p: f64 = value(lab, "p").await?.parse()?;
        let (count, n) = said(lab).await?;
        let line = "Number(document.querySelector('[data-testid=histogram] .threshold').getAttribute('x1')) / 240";
        let at = lab.evaluate(line).await?.as_f64().context("a line")?;
        lab.drag("histogram", (at, 0.5), (at * 0.5, 0.5)).await?;
        lab.wait_until("more is muted", SOON, async || {
            Ok(said(lab).await?.0 > count)
        })
        .await?;
        let (more, _) = said(lab).await?;
        ensure!(value(lab, "p").await?.parse::<f64>()? > p, "p follows");
        comes_true(lab, AGREE).await?;
        let counted = lab
            .wait_for("muted-count", |text| text == format!("{more} of {n}"), DRAWN)
            .await;
        counted.context("the engine mutes what the histogram says")?;
        // Let go, it stays where it is.
        lab.hover("histogram", (0.95, 0.5)).await?;
        ensure!(said(lab).await?.0 == more, "it was let go");
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn any_image_of_any_split_and_arm_can_be_looked_at() -> Result<()> {
    lab("microscope-images", "?device=cpu", async |lab| {
        lab.ready().await?;
        let first = lab.drawn("stage-input", None).await?;
        let features = lab.drawn("stage-features", None).await?;
        // The new domain's 512 test images, twelve on a page.
        lab.wait_for("scope-place", |text| text == "1 to 12 of 512", SOON)
            .await?;
        let choices = "document.querySelectorAll('.scope-choice').length === 12";
        comes_true(lab, choices).await?;
        lab.press_on("magnify-5").await?;
        let fifth = lab.drawn("stage-input", Some(&first)).await?;
        let pressed = "document.querySelector('[data-testid=magnify-5]').ariaPressed === 'true'";
        comes_true(lab, pressed).await?;
        lab.drawn("stage-features", Some(&features)).await?;
        let name = lab.text("microscope-when").await?;

        lab.press_on("scope-after").await?;
        lab.wait_for("scope-place", |text| text == "13 to 24 of 512", SOON)
            .await?;
        comes_true(lab, &format!("!({pressed})")).await?;
        lab.press_on("magnify-0").await?;
        lab.drawn("stage-input", Some(&fifth)).await?;
        lab.wait_for("microscope-when", |text| text != name, DRAWN)
            .await?;

        // The other domain, both of its splits.
        lab.click("scope-domain-0").await?;
        lab.wait_for("scope-place", |text| text == "1 to 12 of 512", SOON)
            .await?;
        let tested = lab.drawn("stage-input", Some(&fifth)).await?;
        lab.click("scope-split-train").await?;
        lab.wait_for("scope-place", |text| text == "1 to 12 of 1,024", SOON)
            .await?;
        let trained = lab.drawn("stage-input", Some(&tested)).await?;

        // Another arm: other weights once there was a step.
        for made in ["1", "2", "3"] {
            lab.click("step").await?;
            lab.wait_for("step-count", |text| text == made, SOON)
                .await?;
            lab.status("paused", SOON).await?;
        }
        let arm =
            |name: &'static str| move |text: &str| text.contains(name) && text.contains("3 steps");
        lab.wait_for("microscope-when", arm("RSC"), DRAWN).await?;
        let rsc = lab.picture("stage-gradient").await?;
        lab.click("scope-arm-1").await?;
        lab.wait_for("microscope-when", arm("ERM"), DRAWN).await?;
        lab.drawn("stage-gradient", Some(&rsc)).await?;
        ensure!(
            lab.picture("stage-input").await? == trained,
            "the image stays"
        );

        // The masks have a choice of their own, and a way to the microscope.
        lab.press_on("to-microscope-3").await?;
        lab.wait_for("microscope-when", arm("RSC"), DRAWN).await?;
        lab.drawn("stage-input", Some(&trained)).await?;
        lab.wait_for("scope-place", |text| text == "1 to 12 of 512", SOON)
            .await?;
        lab.screenshot("microscope-images").await
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn each_round_is_shown_and_its_line_bars_and_mask_agree() -> Result<()> {
    lab("rounds", "?device=cpu", async |lab| {
        lab.ready().await?;
        lab.drawn("stage-features", None).await?;
        ensure!(!lab.has("rounds-shown").await?, "one round needs no choice");
        comes_true(lab, AGREE).await?;
        lab.set_value("rounds", "3").await?;
        // A third of 64, of 42 and of 28.
        for (round, count) in [(1, "22 of 64"), (2, "14 of 42"), (3, "10 of 28")] {
            lab.wait_for(
                &format!("round-{round}"),
                |text| text.contains(count),
                DRAWN,
            )
            .await?;
        }
        let last = |text: &str| text.contains("round 3 of 3") && muted(text) == Some((10, 28));
        lab.wait_for("histogram-text", last, SOON).await?;
        comes_true(lab, AGREE).await?;
        lab.wait_for(
            "microscope-muted",
            |text| text.starts_with("46 of 64"),
            SOON,
        )
        .await?;
        let all = lab.drawn("stage-mask", None).await?;
        let importance = lab.drawn("stage-importance", None).await?;
        lab.press_on("round-1").await?;
        lab.wait_for(
            "microscope-muted",
            |text| text.starts_with("22 of 64"),
            SOON,
        )
        .await?;
        lab.wait_for("histogram-text", |text| muted(text) == Some((22, 64)), SOON)
            .await?;
        comes_true(lab, AGREE).await?;
        lab.drawn("stage-mask", Some(&all)).await?;
        lab.drawn("stage-importance", Some(&importance)).await?;
        lab.press_on("round-2").await?;
        lab.wait_for(
            "microscope-muted",
            |text| text.starts_with("36 of 64"),
            SOON,
        )
        .await?;
        comes_true(lab, AGREE).await?;
        lab.screenshot("rounds").await?;

        // A key changes p for all rounds, and the engine answers.
        lab.press_on("round-1").await?;
        lab.key("histogram", "ArrowLeft").await?;
        lab.wait_for(
            "histogram-text",
            |text| muted(text) == Some((23, 64)),
            DRAWN,
        )
        .await?;
        comes_true(lab, AGREE).await?;
        lab.set_value("rounds", "1").await?;
        lab.wait_until("no choice of rounds", DRAWN, async || {
            Ok(!lab.has("rounds-shown").await?)
        })
        .await
    })
    .await
}
