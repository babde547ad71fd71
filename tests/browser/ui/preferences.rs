//! Preferences of the visitor's system and of the page: reduced motion and the theme.

use anyhow::{Result, ensure};
use serde_json::json;

use crate::lab::{SOON, visit};

#[tokio::test(flavor = "multi_thread")]
async fn nothing_moves_for_those_who_want_no_motion() -> Result<()> {
    visit("motion", "?device=cpu", async |lab| {
        lab.wait_until_ready().await?;
        let moving = "(() => { const status = document.querySelector('[data-testid=status]'); \
            return [getComputedStyle(status, '::before').animationName, \
                getComputedStyle(document.querySelector('[data-testid=play]')).transitionDuration, \
                getComputedStyle(document.documentElement).scrollBehavior]; })()";
        lab.click("play").await?;
        lab.wait_for_status("training", SOON).await?;
        lab.emulate_media("prefers-reduced-motion", "no-preference")
            .await?;
        let with = lab.evaluate(moving).await?;
        ensure!(
            with[0] == "none" && with[1] != "0s" && with[2] == "smooth",
            "the page moves where it is touched, and not while it trains: {with}"
        );
        lab.emulate_media("prefers-reduced-motion", "reduce")
            .await?;
        let without = lab.evaluate(moving).await?;
        ensure!(without == json!(["none", "0s", "auto"]), "{without}");
        let running = "document.getAnimations().filter(it => it.playState === 'running').length";
        ensure!(lab.evaluate(running).await? == 0);
        lab.click("play").await?;
        lab.wait_for_status("paused", SOON).await
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_theme_button_goes_through_its_three_choices() -> Result<()> {
    visit("theme", "?device=cpu", async |lab| {
        lab.wait_until_ready().await?;
        lab.emulate_color_scheme("dark").await?;
        let ground = "(() => { const canvas = document.createElement('canvas'); \
            const context = canvas.getContext('2d'); \
            context.fillStyle = getComputedStyle(document.body).backgroundColor; \
            context.fillRect(0, 0, 1, 1); \
            const [r, g, b] = context.getImageData(0, 0, 1, 1).data; \
            return (r + g + b) / 3 > 128 ? 'light' : 'dark'; })()";
        let theme = "document.documentElement.dataset.theme";
        for (choice, shown) in [
            ("system", "dark"),
            ("light", "light"),
            ("dark", "dark"),
            ("system", "dark"),
        ] {
            lab.wait_until_true(&format!("{theme} === '{choice}' && {ground} === '{shown}'"))
                .await?;
            let name = lab.evaluate_on("theme", "element.ariaLabel").await?;
            ensure!(name.as_str().is_some_and(|name| !name.is_empty()), "{name}");
            lab.click_with_pointer("theme").await?;
        }
        // The choice outlives a reload.
        lab.reload_with_script("0").await?;
        lab.wait_until_ready().await?;
        lab.wait_until_true(&format!("{theme} === 'light' && {ground} === 'light'"))
            .await
    })
    .await
}
