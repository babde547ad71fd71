//! The microscope: which image it shows, how pointer and keys pick features out, and the rounds of
//! a challenge.

use anyhow::{Context, Result, ensure};

use crate::lab::{DRAWN, Lab, SOON, visit};

/// How many features the histogram's text says are muted, and of how many.
fn parse_muted(text: &str) -> Option<(usize, usize)> {
    let (_, rest) = text.split_once(": ")?;
    let mut words = rest.split_whitespace();
    let muted = words.next()?.parse().ok()?;
    (words.next()? == "of").then_some(())?;
    Some((muted, words.next()?.parse().ok()?))
}

/// How many features are muted, and of how many.
async fn muted(lab: &Lab) -> Result<(usize, usize)> {
    let text = lab.text("histogram-text").await?;
    parse_muted(&text).with_context(|| format!("`{text}`"))
}

/// Whether muted bars lie right of the threshold and kept ones left of it, to the width of a bar.
const BARS_AGREE: &str = "(() => { \
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
    visit("microscope", "?device=cpu", async |lab| {
        lab.wait_until_ready().await?;
        let features = lab.wait_for_picture("stage-features", None).await?;
        lab.wait_for_picture("stage-gradient", None).await?;
        let masked = lab.wait_for_picture("stage-masked", None).await?;
        ensure!(features != masked, "masking shows");

        // One key press on the histogram mutes one feature more, and p follows.
        let (count, n) = muted(lab).await?;
        lab.dispatch_key("histogram", "ArrowLeft").await?;
        let one_more = |text: &str| parse_muted(text) == Some((count + 1, n));
        lab.wait_for_text("histogram-text", one_more, SOON).await?;
        let counted = lab
            .wait_for_text(
                "muted-count",
                |text| text == format!("{} of {n}", count + 1),
                DRAWN,
            )
            .await;
        counted.context("the engine mutes what the histogram says")?;
        lab.wait_for_picture("stage-masked", Some(&masked)).await?;

        // Arrow keys pick a channel out in words, and a position in the histogram too.
        lab.dispatch_key("stage-features", "ArrowRight").await?;
        lab.wait_for_text("readout", |text| text.contains("Channel"), SOON)
            .await?;
        ensure!(!lab.has("histogram-mark").await?, "it has positions only");
        lab.dispatch_key("stage-input", "ArrowDown").await?;
        lab.wait_for_text("readout", |text| text.contains("Row 2"), SOON)
            .await?;
        lab.wait_for_element("histogram-mark", SOON).await?;
        lab.dispatch_key("stage-input", "Escape").await?;
        lab.wait_for_text("readout", |text| text.contains("Nothing"), SOON)
            .await?;
        ensure!(!lab.has("histogram-mark").await?);

        // By channel, the same stages count channels, and the strip has keys of its own.
        lab.set_value("axis", "channel").await?;
        lab.wait_for_text("microscope-muted", |text| text.contains("channels"), DRAWN)
            .await?;
        let unmarked = lab.picture("strip-mark").await?;
        lab.dispatch_key("stage-strip", "End").await?;
        lab.wait_for_text("readout", |text| text.contains("Channel 63"), SOON)
            .await?;
        ensure!(
            lab.picture("strip-mark").await? != unmarked,
            "a frame on the strip"
        );
        ensure!(lab.has("histogram-mark").await?);
        lab.dispatch_key("stage-strip", "ArrowLeft").await?;
        lab.wait_for_text("readout", |text| text.contains("Channel 62"), SOON)
            .await?;
        lab.dispatch_key("stage-strip", "Escape").await?;
        lab.wait_for_text("readout", |text| text.contains("Nothing"), SOON)
            .await?;
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pointer_picks_out_features_and_drags_the_threshold() -> Result<()> {
    visit("microscope-pointer", "?device=cpu", async |lab| {
        lab.wait_until_ready().await?;
        lab.wait_for_picture("stage-features", None).await?;
        lab.hover("stage-features", (0.3, 0.3)).await?;
        let both = |text: &str| text.contains("Channel") && text.contains("Row");
        lab.wait_for_text("readout", both, SOON).await?;
        lab.wait_for_element("histogram-mark", SOON)
        .await?;
        // Not in the very corner, which is rounded.
        lab.hover("stage-input", (0.93, 0.07)).await?;
        lab.wait_for_text("readout", |text| text.contains("Row 1, column 8"), SOON)
            .await?;
        lab.hover("microscope-when", (0.5, 0.5)).await?;
        lab.wait_for_text("readout", |text| text.contains("Nothing"), SOON)
            .await?;

        // The line, pulled to the left, mutes more; p, the masks and the engine follow.
        let p: f64 = lab.value("p").await?.parse()?;
        let (count, n) = muted(lab).await?;
        let line = "Number(document.querySelector('[data-testid=histogram] .threshold').getAttribute('x1')) / 240";
        let at = lab.evaluate(line).await?.as_f64().context("a line")?;
        lab.drag("histogram", (at, 0.5), (at * 0.5, 0.5)).await?;
        lab.wait_until("more is muted", SOON, async || {
            Ok(muted(lab).await?.0 > count)
        })
        .await?;
        let (more, _) = muted(lab).await?;
        ensure!(lab.value("p").await?.parse::<f64>()? > p, "p follows");
        lab.wait_until_true(BARS_AGREE).await?;
        let counted = lab
            .wait_for_text("muted-count", |text| text == format!("{more} of {n}"), DRAWN)
            .await;
        counted.context("the engine mutes what the histogram says")?;
        // Let go, it stays where it is.
        lab.hover("histogram", (0.95, 0.5)).await?;
        ensure!(muted(lab).await?.0 == more, "it was let go");
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn any_image_of_any_split_and_arm_can_be_looked_at() -> Result<()> {
    visit("microscope-images", "?device=cpu", async |lab| {
        lab.wait_until_ready().await?;
        let first = lab.wait_for_picture("stage-input", None).await?;
        let features = lab.wait_for_picture("stage-features", None).await?;
        // The new domain's 512 test images, twelve on a page.
        lab.wait_for_text("scope-place", |text| text == "1 to 12 of 512", SOON)
            .await?;
        let choices = "document.querySelectorAll('.scope-choice').length === 12";
        lab.wait_until_true(choices).await?;
        lab.click_with_pointer("magnify-5").await?;
        let fifth = lab.wait_for_picture("stage-input", Some(&first)).await?;
        let pressed = "document.querySelector('[data-testid=magnify-5]').ariaPressed === 'true'";
        lab.wait_until_true(pressed).await?;
        lab.wait_for_picture("stage-features", Some(&features))
            .await?;
        let name = lab.text("microscope-when").await?;

        lab.click_with_pointer("scope-after").await?;
        lab.wait_for_text("scope-place", |text| text == "13 to 24 of 512", SOON)
            .await?;
        lab.wait_until_true(&format!("!({pressed})")).await?;
        lab.click_with_pointer("magnify-0").await?;
        lab.wait_for_picture("stage-input", Some(&fifth)).await?;
        lab.wait_for_text("microscope-when", |text| text != name, DRAWN)
            .await?;

        // The other domain, both of its splits.
        lab.click("scope-domain-0").await?;
        lab.wait_for_text("scope-place", |text| text == "1 to 12 of 512", SOON)
            .await?;
        let tested = lab.wait_for_picture("stage-input", Some(&fifth)).await?;
        lab.click("scope-split-train").await?;
        lab.wait_for_text("scope-place", |text| text == "1 to 12 of 1,024", SOON)
            .await?;
        let trained = lab.wait_for_picture("stage-input", Some(&tested)).await?;

        // Another arm: other weights once there was a step.
        for made in ["1", "2", "3"] {
            lab.click("step").await?;
            lab.wait_for_text("step-count", |text| text == made, SOON)
                .await?;
            lab.wait_for_status("paused", SOON).await?;
        }
        let arm =
            |name: &'static str| move |text: &str| text.contains(name) && text.contains("3 steps");
        lab.wait_for_text("microscope-when", arm("RSC"), DRAWN)
            .await?;
        let rsc = lab.picture("stage-gradient").await?;
        lab.click("scope-arm-1").await?;
        lab.wait_for_text("microscope-when", arm("ERM"), DRAWN)
            .await?;
        lab.wait_for_picture("stage-gradient", Some(&rsc)).await?;
        ensure!(
            lab.picture("stage-input").await? == trained,
            "the image stays"
        );

        // The masks have a choice of their own, and a way to the microscope.
        lab.click_with_pointer("to-microscope-3-rsc").await?;
        lab.wait_for_text("microscope-when", arm("RSC"), DRAWN)
            .await?;
        lab.wait_for_picture("stage-input", Some(&trained)).await?;
        lab.wait_for_text("scope-place", |text| text == "1 to 12 of 512", SOON)
            .await?;
        lab.screenshot("microscope-images").await
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn each_round_is_shown_and_its_line_bars_and_mask_agree() -> Result<()> {
    visit("rounds", "?device=cpu", async |lab| {
        lab.wait_until_ready().await?;
        lab.wait_for_picture("stage-features", None).await?;
        ensure!(!lab.has("rounds-shown").await?, "one round needs no choice");
        lab.wait_until_true(BARS_AGREE).await?;
        lab.set_value("rounds", "3").await?;
        // A third of 64, of 42 and of 28.
        for (round, count) in [(1, "22 of 64"), (2, "14 of 42"), (3, "10 of 28")] {
            lab.wait_for_text(
                &format!("round-{round}"),
                |text| text.contains(count),
                DRAWN,
            )
            .await?;
        }
        let last =
            |text: &str| text.contains("round 3 of 3") && parse_muted(text) == Some((10, 28));
        lab.wait_for_text("histogram-text", last, SOON).await?;
        lab.wait_until_true(BARS_AGREE).await?;
        lab.wait_for_text(
            "microscope-muted",
            |text| text.starts_with("46 of 64"),
            SOON,
        )
        .await?;
        let all = lab.wait_for_picture("stage-mask", None).await?;
        let importance = lab.wait_for_picture("stage-importance", None).await?;
        lab.click_with_pointer("round-1").await?;
        lab.wait_for_text(
            "microscope-muted",
            |text| text.starts_with("22 of 64"),
            SOON,
        )
        .await?;
        lab.wait_for_text(
            "histogram-text",
            |text| parse_muted(text) == Some((22, 64)),
            SOON,
        )
        .await?;
        lab.wait_until_true(BARS_AGREE).await?;
        lab.wait_for_picture("stage-mask", Some(&all)).await?;
        lab.wait_for_picture("stage-importance", Some(&importance))
            .await?;
        lab.click_with_pointer("round-2").await?;
        lab.wait_for_text(
            "microscope-muted",
            |text| text.starts_with("36 of 64"),
            SOON,
        )
        .await?;
        lab.wait_until_true(BARS_AGREE).await?;
        lab.screenshot("rounds").await?;

        // A key changes p for all rounds, and the engine answers.
        lab.click_with_pointer("round-1").await?;
        lab.dispatch_key("histogram", "ArrowLeft").await?;
        lab.wait_for_text(
            "histogram-text",
            |text| parse_muted(text) == Some((23, 64)),
            DRAWN,
        )
        .await?;
        lab.wait_until_true(BARS_AGREE).await?;
        lab.set_value("rounds", "1").await?;
        lab.wait_for_removal("rounds-shown", DRAWN).await
    })
    .await
}
