//! What makes the page comfortable: messages that can be reached over a dialog, keys for everything,
//! a focus that can be seen, and what the visitor's system asks for.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::board::{pack_project, picture};
use crate::lab::{Lab, SOON, lab};
use crate::share::comes_true;

/// What an expression about the element in `element` says.
async fn about(lab: &Lab, testid: &str, expression: &str) -> Result<Value> {
    let selector = json!(format!("[data-testid=\"{testid}\"]"));
    lab.evaluate(&format!(
        "(element => element ? ({expression}) : null)(document.querySelector({selector}))"
    ))
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_warning_over_a_dialog_can_be_seen_and_dismissed() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let project = pack_project(
        folder.path(),
        "project.zip",
        &[
            ("images/cat/sound.png".into(), picture(3)?),
            ("images/cat/broken.png".into(), b"no picture".to_vec()),
        ],
    )?;
    lab("notice-in-dialog", "?device=cpu", async |lab| {
        lab.ready().await?;
        lab.click("share-open").await?;
        lab.upload("import-project", &[project]).await?;
        let named = |text: &str| text.contains("broken.png");
        lab.wait_for("notice", named, SOON).await?;
        lab.wait_for("project-said", |text| text.contains("1 image"), SOON)
            .await?;
        // It lies over the dialog: the middle of its button is the button, for the pointer too.
        let on_top = "(() => { const button = document.querySelector('[data-testid=dismiss]'); \
            const area = button.getBoundingClientRect(); \
            const found = document.elementFromPoint( \
                area.left + area.width / 2, area.top + area.height / 2); \
            return button.contains(found); })()";
        comes_true(lab, on_top).await?;
        lab.screenshot("notice-in-dialog").await?;
        lab.press_on("dismiss").await?;
        lab.wait_for("notice", str::is_empty, SOON).await?;
        let open = "document.querySelector('[data-testid=share]').open";
        ensure!(
            lab.evaluate(open).await? == true,
            "the dialog is still open"
        );

        // What is said over a dialog is still there once it is closed.
        lab.evaluate("document.querySelector('[data-testid=share-close]').focus(); 0")
            .await?;
        let bad = folder.path().join("again.zip");
        std::fs::copy(folder.path().join("project.zip"), &bad)?;
        lab.upload("import-project", &[bad]).await?;
        lab.wait_for("notice", named, SOON).await?;
        lab.click("share-close").await?;
        comes_true(lab, &format!("!{open}")).await?;
        lab.wait_for("notice", named, SOON).await?;
        let count = "document.querySelectorAll('[data-testid=notice]').length";
        ensure!(lab.evaluate(count).await? == 1, "one list at a time");
        lab.press_on("dismiss").await?;
        lab.wait_for("notice", str::is_empty, SOON).await?;
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_focus_is_seen_wherever_tab_leads() -> Result<()> {
    lab("focus", "?device=cpu", async |lab| {
        lab.ready().await?;
        let state = "(() => { const element = document.activeElement; \
            const name = element.dataset.testid || `${element.tagName}.${element.className}`; \
            const drawn = it => { const style = it && getComputedStyle(it); \
                return !!it && style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1; }; \
            return [name, drawn(element) || drawn(element.closest('.button')) \
                || drawn(element.closest('.toggle'))]; })()";
        let mut seen = Vec::new();
        for _ in 0..60 {
            lab.tab().await?;
            let now = lab.evaluate(state).await?;
            let name = now[0].as_str().context("a name")?.to_owned();
            if name.starts_with("BODY") {
                continue;
            }
            ensure!(now[1] == true, "the focus on {name} is not to be seen");
            if !seen.contains(&name) {
                seen.push(name);
            }
        }
        ensure!(seen.len() > 30, "Tab leads to {seen:?}");
        ensure!(seen.iter().any(|it| it == "play"), "{seen:?}");
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_moves_for_those_who_want_no_motion() -> Result<()> {
    lab("motion", "?device=cpu", async |lab| {
        lab.ready().await?;
        let moving = "(() => { const status = document.querySelector('[data-testid=status]'); \
            return [getComputedStyle(status, '::before').animationName, \
                getComputedStyle(document.querySelector('[data-testid=play]')).transitionDuration, \
                getComputedStyle(document.documentElement).scrollBehavior]; })()";
        lab.click("play").await?;
        lab.status("training", SOON).await?;
        lab.media("prefers-reduced-motion", "no-preference").await?;
        let with = lab.evaluate(moving).await?;
        ensure!(
            with[0] == "none" && with[1] != "0s" && with[2] == "smooth",
            "the page moves where it is touched, and not while it trains: {with}"
        );
        lab.media("prefers-reduced-motion", "reduce").await?;
        let without = lab.evaluate(moving).await?;
        ensure!(without == json!(["none", "0s", "auto"]), "{without}");
        let running = "document.getAnimations().filter(it => it.playState === 'running').length";
        ensure!(lab.evaluate(running).await? == 0);
        lab.click("play").await?;
        lab.status("paused", SOON).await
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_theme_button_goes_through_its_three_choices() -> Result<()> {
    lab("theme", "?device=cpu", async |lab| {
        lab.ready().await?;
        lab.color_scheme("dark").await?;
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
            comes_true(
                lab,
                &format!("{theme} === '{choice}' && {ground} === '{shown}'"),
            )
            .await?;
            let name = about(lab, "theme", "element.ariaLabel").await?;
            ensure!(name.as_str().is_some_and(|name| !name.is_empty()), "{name}");
            lab.press_on("theme").await?;
        }
        // The choice outlives a reload.
        lab.reload_with("0").await?;
        lab.ready().await?;
        comes_true(lab, &format!("{theme} === 'light' && {ground} === 'light'")).await
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn charts_are_read_by_keyboard() -> Result<()> {
    lab("chart-keys", "?device=cpu", async |lab| {
        lab.ready().await?;
        for made in 1..=3 {
            lab.click("step").await?;
            let next = made.to_string();
            lab.wait_for("step-count", |text| text == next, SOON)
                .await?;
            lab.status("paused", SOON).await?;
        }
        let focus = "element.focus(), document.activeElement === element";
        ensure!(
            about(lab, "chart-loss", focus).await? == true,
            "it takes the focus"
        );
        let keys = about(
            lab,
            "chart-loss",
            "document.getElementById(element.getAttribute('aria-describedby')).textContent",
        );
        ensure!(keys.await?.as_str().is_some_and(|it| it.contains("arrow")));
        lab.key("chart-loss", "End").await?;
        let erm = lab.text("loss-erm").await?;
        let rsc = lab.text("loss-rsc").await?;
        let whole =
            |text: &str| text.contains("step 3") && text.contains(&erm) && text.contains(&rsc);
        lab.wait_for("chart-said-loss", whole, SOON).await?;
        // The other charts mark the same step, and this one too: there is no pointer in it.
        lab.wait_for("cross-hair-accuracy", |text| text.contains('3'), SOON)
            .await?;
        lab.wait_for("cross-hair-loss", |text| text.contains('3'), SOON)
            .await?;
        lab.key("chart-loss", "ArrowLeft").await?;
        lab.wait_for("chart-said-loss", |text| text.contains("step 2"), SOON)
            .await?;
        lab.key("chart-loss", "Home").await?;
        lab.wait_for("chart-said-loss", |text| text.contains("step 1"), SOON)
            .await?;
        lab.key("chart-loss", "Escape").await?;
        lab.wait_for("chart-said-loss", str::is_empty, SOON).await?;
        lab.key("chart-loss", "End").await?;
        lab.wait_for("chart-said-loss", |text| text.contains("step 3"), SOON)
            .await?;
        lab.evaluate("document.activeElement.blur(); 0").await?;
        lab.wait_for("chart-said-loss", str::is_empty, SOON).await?;
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_of_keys_names_those_of_every_part() -> Result<()> {
    lab("keys-of-parts", "?device=cpu", async |lab| {
        lab.ready().await?;
        lab.click("show-keys").await?;
        for part in ["chart", "microscope", "histogram", "image of yours", "Ctrl"] {
            lab.wait_for("keys", |text| text.contains(part), SOON)
                .await
                .with_context(|| part.to_owned())?;
        }
        lab.screenshot("keys").await
    })
    .await
}

/// The sentence that is shown about a word.
#[tokio::test(flavor = "multi_thread")]
async fn words_are_explained_on_focus_and_under_the_pointer() -> Result<()> {
    lab("words", "?device=cpu", async |lab| {
        lab.ready().await?;
        lab.hover("term-importance", (0.5, 0.5)).await?;
        lab.wait_for("term-explanation", |text| text.contains("Importance"), SOON)
            .await?;
        lab.evaluate(
            "document.querySelectorAll('details').forEach(it => it.open = true); \
             document.querySelector('[data-testid=term-betas]').focus(); 0",
        )
        .await?;
        lab.wait_for("term-explanation", |text| text.contains("Adam"), SOON)
            .await?;
        // Every setting has a mark beside it that explains it.
        let bare = "[...document.querySelectorAll('.field-head')] \
            .filter(it => !it.closest('.sweep') && !it.querySelector('.term')) \
            .map(it => it.textContent.trim())";
        let bare = lab.evaluate(bare).await?;
        ensure!(bare == json!([]), "not explained: {bare}");
        Ok(())
    })
    .await
}
