//! The page in the sizes and colour schemes it is looked at in.

use anyhow::{Result, ensure};

use crate::lab::{Lab, SOON, lab};

const SIZES: [(&str, i64, i64); 3] = [
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
                let fits = "document.documentElement.scrollWidth <= innerWidth";
                if lab.evaluate(fits).await? != true {
                    let out = lab.evaluate(STICKING_OUT).await?;
                    lab.screenshot(&format!("too-wide-{name}")).await?;
                    anyhow::bail!("at {width} px the page scrolls sideways: {out}");
                }
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
