//! The page fits the screens and colour schemes it is made for.

use anyhow::{Result, bail, ensure};

use crate::lab::{DRAWN, Lab, SOON, visit};

const SIZES: [(&str, i64, i64); 4] = [
    ("wide", 2560, 1440),
    ("desktop", 1440, 900),
    ("tablet", 820, 1180),
    ("phone", 390, 844),
];

/// The first elements that stick out of the page on the right.
const STICKING_OUT: &str = "[...document.querySelectorAll('body *')]\
    .filter(element => element.getBoundingClientRect().right > innerWidth + 1)\
    .slice(0, 5).map(element => `${element.tagName}.${element.className}`)";

/// The first names of controls that, with their values, are wider than their panels.
const TOO_LONG: &str = "[...document.querySelectorAll('.field-head')]\
    .filter(head => head.scrollWidth > head.clientWidth)\
    .slice(0, 5).map(head => head.textContent)";

#[tokio::test(flavor = "multi_thread")]
async fn fits_every_screen_in_light_and_dark() -> Result<()> {
    visit("looks", "?device=cpu", async |lab| {
        lab.wait_until_ready().await?;
        lab.make_first_steps(3).await?;
        lab.wait_for_picture("overlay-0", None).await?;

        let mut backgrounds = Vec::new();
        for scheme in ["light", "dark"] {
            lab.emulate_color_scheme(scheme).await?;
            for (name, width, height) in SIZES {
                lab.resize(width, height).await?;
                wait_for_layout(lab).await?;
                check_width(lab, name, width).await?;
                // A wide screen is used, and a narrow one to its edges.
                let used =
                    "document.querySelector('main').getBoundingClientRect().width / innerWidth";
                let used = lab.evaluate(used).await?.as_f64().unwrap_or_default();
                ensure!(
                    used > 0.8,
                    "at {width} px the page uses {used} of the width"
                );
                lab.screenshot(&format!("{name}-{scheme}")).await?;
            }
            backgrounds.push(brightness(lab).await?);
        }
        ensure!(
            backgrounds[0] > 160.0 && backgrounds[1] < 96.0,
            "brightness in light and dark: {backgrounds:?}"
        );
        Ok(())
    })
    .await
}

/// Every panel with all that it can unfold; with `RSC_SCREENSHOTS` also a picture of each.
#[tokio::test(flavor = "multi_thread")]
async fn unfolded_panels_fit_too() -> Result<()> {
    visit("panels", "?device=cpu", async |lab| {
        lab.wait_until_ready().await?;
        lab.set_values([
            ("epochs", "2"),
            ("train-images", "64"),
            ("test-images", "64"),
            ("rounds", "2"),
        ])
        .await?;
        lab.wait_until_ready().await?;
        lab.click("play").await?;
        lab.wait_for_status("done", DRAWN).await?;
        lab.wait_for_picture("stage-masked", None).await?;
        lab.click("mask-beside").await?;
        for _ in 0..3 {
            lab.open_all_details().await?;
            wait_for_layout(lab).await?;
        }
        lab.wait_for_text("batch-summary", |text| !text.is_empty(), DRAWN)
            .await?;
        for scheme in ["light", "dark"] {
            lab.emulate_color_scheme(scheme).await?;
            for (name, width, height) in [
                ("wide", 2560, 1440),
                ("desktop", 1440, 900),
                ("phone", 390, 844),
            ] {
                lab.resize(width, height).await?;
                wait_for_layout(lab).await?;
                check_width(lab, &format!("unfolded-{name}"), width).await?;
                for panel in [
                    "data",
                    "challenge",
                    "training",
                    "learned",
                    "masks",
                    "microscope",
                    "runs",
                    "sweep",
                    "own",
                    "device-panel",
                    "glossary",
                ] {
                    let picture = format!("panel-{panel}-{name}-{scheme}");
                    lab.screenshot_of(&format!(".panel.{panel}"), &picture)
                        .await?;
                }
            }
        }
        Ok(())
    })
    .await
}

/// Fails if the page is wider than the viewport, which leaves a screenshot, or a control's name than its panel.
async fn check_width(lab: &Lab, name: &str, width: i64) -> Result<()> {
    let fits = format!("document.documentElement.scrollWidth <= {width}");
    if !lab.holds(&fits).await? {
        let out = lab.evaluate(STICKING_OUT).await?;
        lab.screenshot(&format!("too-wide-{name}")).await?;
        bail!("{name}: at {width} px the page scrolls sideways: {out}");
    }
    let too_long = lab.evaluate(TOO_LONG).await?;
    ensure!(
        too_long == serde_json::json!([]),
        "{name}: at {width} px these stick out of their panels: {too_long}"
    );
    Ok(())
}

/// Waits for two animation frames, so that layout and drawing are up to date.
async fn wait_for_layout(lab: &Lab) -> Result<()> {
    let frames = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))";
    let expression = format!("globalThis.settled = false; {frames}.then(() => settled = true); 0");
    lab.evaluate(&expression).await?;
    lab.wait_until("two frames", SOON, async || {
        lab.holds("globalThis.settled").await
    })
    .await
}

/// Brightness of the page's background, from 0 to 255.
async fn brightness(lab: &Lab) -> Result<f64> {
    let read = "(() => { const canvas = document.createElement('canvas'); \
        canvas.width = canvas.height = 1; const context = canvas.getContext('2d'); \
        for (const element of [document.documentElement, document.body]) { \
            context.fillStyle = getComputedStyle(element).backgroundColor; \
            context.fillRect(0, 0, 1, 1); } \
        const [r, g, b] = context.getImageData(0, 0, 1, 1).data; return (r + g + b) / 3; })()";
    Ok(lab.evaluate(read).await?.as_f64().unwrap_or(-1.0))
}
