//! `?embed=…`: each part alone, with the settings of its link, in small windows, and without a trace.

use anyhow::{Result, ensure};
use serde_json::json;

use super::{STORED, check_width};
use crate::lab::{DRAWN, LOAD, Lab, SOON, visit};

/// What the whole page has and no part may have.
const WHOLE: [&str; 6] = [
    "lesson-open",
    "share-open",
    "theme",
    "language",
    "device-badge",
    "preset-tint-cue",
];

/// Parts, what each shows, and what belongs to another one.
const PARTS: [(&str, &[&str], &[&str]); 4] = [
    (
        "masks",
        &["masks", "overlay-0-rsc", "p"],
        &["accuracy-new-rsc"],
    ),
    (
        "microscope",
        &["stage-input"],
        &["masks", "p", "accuracy-new-rsc"],
    ),
    (
        "accuracy",
        &["accuracy-chart", "accuracy-new-rsc"],
        &["masks", "p"],
    ),
    (
        "play",
        &["accuracy-new-rsc", "masks", "overlay-0-rsc", "p"],
        &["microscope-when"],
    ),
];

const LINK: &str = "#v=1&data=tint-cue&seed=3&axis=channel&p=0.5&epochs=2&train=64&test=64";

#[tokio::test(flavor = "multi_thread")]
async fn every_part_stands_alone_and_fits_small_frames() -> Result<()> {
    for (part, shown, others) in PARTS {
        let query = format!("?device=cpu&embed={part}{LINK}");
        visit(&format!("embed-{part}"), &query, async |lab| {
            lab.wait_until_ready().await?;
            for testid in shown {
                lab.wait_for_element(testid, DRAWN).await?;
            }
            for testid in WHOLE.iter().chain(others) {
                ensure!(!lab.has(testid).await?, "{part} has `{testid}`");
            }
            let frame = "!document.querySelector('header, footer')";
            ensure!(lab.holds(frame).await?, "{part} has a header or a footer");

            lab.click("play").await?;
            lab.wait_for_state("done", LOAD).await?;
            lab.wait_for_text("step-count", |text| text != "0", SOON)
                .await?;
            for (width, height) in [(640, 420), (390, 600), (320, 480)] {
                lab.resize(width, height).await?;
                check_width(lab, &format!("{part} in {width} × {height}")).await?;
                lab.screenshot(&format!("embed-{part}-{width}")).await?;
            }
            check_way_out(lab).await?;
            let stored = lab.evaluate(STORED).await?;
            ensure!(stored == json!([]), "{part} has stored {stored}");
            Ok(())
        })
        .await?;
    }
    Ok(())
}

/// The link to the whole page has the settings, in a tab of its own.
async fn check_way_out(lab: &Lab) -> Result<()> {
    let href = lab.attribute("embed-open", "href").await?;
    let href = href.as_str().unwrap_or_default();
    let (before, settings) = href.split_once('#').unwrap_or_default();
    ensure!(before.ends_with("/?device=cpu"), "{href}");
    for setting in [
        "data=tint-cue",
        "seed=3",
        "axis=channel",
        "p=0.5",
        "epochs=2",
    ] {
        ensure!(settings.split('&').any(|given| given == setting), "{href}");
    }
    ensure!(lab.attribute("embed-open", "target").await? == "_blank");
    ensure!(lab.attribute("embed-open", "rel").await? == "noopener");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_follows_p_and_plays_by_itself_where_asked() -> Result<()> {
    let query = format!("?device=cpu&lang=de&embed=play&autoplay{LINK}");
    visit("embed-autoplay", &query, async |lab| {
        lab.wait_for_state("done", LOAD).await?;
        ensure!(lab.text("play").await?.contains("trainieren"), "not German");
        lab.wait_for_picture("overlay-0", None).await?;
        lab.set_value("p", "0.25").await?;
        lab.wait_until("the link of the new p", SOON, async || {
            let href = lab.attribute("embed-open", "href").await?;
            Ok(href.as_str().is_some_and(|href| href.contains("p=0.25")))
        })
        .await
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_part_is_named_and_the_whole_page_shown() -> Result<()> {
    visit("embed-unknown", "?device=cpu&embed=mask", async |lab| {
        let named = |text: &str| text.contains("mask") && text.contains("microscope");
        lab.wait_for_text("notice", named, LOAD).await?;
        lab.wait_until_ready().await?;
        ensure!(lab.has("share-open").await?, "this is not the whole page");
        ensure!(!lab.has("embed").await?, "a part is there");
        Ok(())
    })
    .await
}
