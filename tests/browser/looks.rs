//! The page in the sizes and colour schemes it is looked at in.

use anyhow::{Result, ensure};

use crate::lab::{DRAWN, Lab, SOON, lab};

const SIZES: [(&str, i64, i64); 4] = [
    ("wide", 2560, 1440),
    ("desktop", 1440, 900),
    ("tablet", 820, 1180),
    ("phone", 390, 844),
];

/// Elements that stick out of the page on the right, for the message.
const STICKING_OUT: &str = "[...document.querySelectorAll('body *')]\
    .filter(element => element.getBoundingClientRect().right > innerWidth + 1)\
    .slice(0, 5).map(element => `${element.tagName}.${element.className}`)";

#[tokio::test(flavor = "multi_thread")]
async fn fits_every_screen_in_light_and_dark() -> Result<()> {
    lab("looks", "?device=cpu", async |lab| {
        lab.ready().await?;
        for made in 1..=3 {
            lab.click("step").await?;
            let next = made.to_string();
            lab.wait_for("step-count", |text| text == next, SOON)
                .await?;
        }
        lab.status("paused", SOON).await?;
        lab.drawn("overlay-0", None).await?;

        let mut backgrounds = Vec::new();
        for scheme in ["light", "dark"] {
            lab.color_scheme(scheme).await?;
            for (name, width, height) in SIZES {
                lab.size(width, height).await?;
                settle(lab).await?;
                let fits = format!("document.documentElement.scrollWidth <= {width}");
                if lab.evaluate(&fits).await? != true {
                    let out = lab.evaluate(STICKING_OUT).await?;
                    lab.screenshot(&format!("too-wide-{name}")).await?;
                    anyhow::bail!("at {width} px the page scrolls sideways: {out}");
                }
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
    lab("panels", "?device=cpu", async |lab| {
        lab.ready().await?;
        for (control, value) in [
            ("epochs", "2"),
            ("train-images", "64"),
            ("test-images", "64"),
            ("rounds", "2"),
        ] {
            lab.set_value(control, value).await?;
        }
        lab.ready().await?;
        lab.click("play").await?;
        lab.status("done", DRAWN).await?;
        lab.drawn("stage-masked", None).await?;
        lab.click("mask-beside").await?;
        for _ in 0..3 {
            lab.evaluate("document.querySelectorAll('details').forEach(it => it.open = true); 0")
                .await?;
            settle(lab).await?;
        }
        lab.wait_for("batch-summary", |text| !text.is_empty(), DRAWN)
            .await?;
        for scheme in ["light", "dark"] {
            lab.color_scheme(scheme).await?;
            for (name, width, height) in [
                ("wide", 2560, 1440),
                ("desktop", 1440, 900),
                ("phone", 390, 844),
            ] {
                lab.size(width, height).await?;
                settle(lab).await?;
                let fits = format!("document.documentElement.scrollWidth <= {width}");
                if lab.evaluate(&fits).await? != true {
                    let out = lab.evaluate(STICKING_OUT).await?;
                    anyhow::bail!("unfolded at {width} px the page scrolls sideways: {out}");
                }
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

/// Two frames: layout and drawing have caught up.
async fn settle(lab: &Lab) -> Result<()> {
    let frames = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))";
    let expression = format!("globalThis.settled = false; {frames}.then(() => settled = true); 0");
    lab.evaluate(&expression).await?;
    lab.wait_until("two frames", SOON, async || {
        Ok(lab.evaluate("globalThis.settled").await? == true)
    })
    .await
}

/// How bright the page's own background is, 0 to 255.
async fn brightness(lab: &Lab) -> Result<f64> {
    let read = "(() => { const canvas = document.createElement('canvas'); \
        canvas.width = canvas.height = 1; const context = canvas.getContext('2d'); \
        for (const element of [document.documentElement, document.body]) { \
            context.fillStyle = getComputedStyle(element).backgroundColor; \
            context.fillRect(0, 0, 1, 1); } \
        const [r, g, b] = context.getImageData(0, 0, 1, 1).data; return (r + g + b) / 3; })()";
    Ok(lab.evaluate(read).await?.as_f64().unwrap_or(-1.0))
}
