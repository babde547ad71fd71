//! Keys: a visible focus, charts read by keyboard, and the list of keys.

use anyhow::{Context, Result, ensure};

use crate::lab::{SOON, visit};

#[tokio::test(flavor = "multi_thread")]
async fn the_focus_is_seen_wherever_tab_leads() -> Result<()> {
    visit("focus", "?device=cpu", async |lab| {
        lab.wait_until_ready().await?;
        let state = "(() => { const element = document.activeElement; \
            const name = element.dataset.testid || `${element.tagName}.${element.className}`; \
            const drawn = it => { const style = it && getComputedStyle(it); \
                return !!it && style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1; }; \
            return [name, drawn(element) || drawn(element.closest('.button')) \
                || drawn(element.closest('.toggle'))]; })()";
        let mut seen = Vec::new();
        for _ in 0..60 {
            lab.press_tab().await?;
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
async fn charts_are_read_by_keyboard() -> Result<()> {
    visit("chart-keys", "?device=cpu", async |lab| {
        lab.wait_until_ready().await?;
        lab.make_steps(3).await?;
        let focus = "element.focus(), document.activeElement === element";
        ensure!(
            lab.evaluate_on("chart-loss", focus).await? == true,
            "it takes the focus"
        );
        let keys = lab.evaluate_on(
            "chart-loss",
            "document.getElementById(element.getAttribute('aria-describedby')).textContent",
        );
        ensure!(keys.await?.as_str().is_some_and(|it| it.contains("arrow")));
        lab.dispatch_key("chart-loss", "End").await?;
        let erm = lab.text("loss-erm").await?;
        let rsc = lab.text("loss-rsc").await?;
        let whole =
            |text: &str| text.contains("step 3") && text.contains(&erm) && text.contains(&rsc);
        lab.wait_for_text("chart-said-loss", whole, SOON).await?;
        // The other charts mark the same step, and this one too: there is no pointer in it.
        lab.wait_for_text("cross-hair-accuracy", |text| text.contains('3'), SOON)
            .await?;
        lab.wait_for_text("cross-hair-loss", |text| text.contains('3'), SOON)
            .await?;
        lab.dispatch_key("chart-loss", "ArrowLeft").await?;
        lab.wait_for_text("chart-said-loss", |text| text.contains("step 2"), SOON)
            .await?;
        lab.dispatch_key("chart-loss", "Home").await?;
        lab.wait_for_text("chart-said-loss", |text| text.contains("step 1"), SOON)
            .await?;
        lab.dispatch_key("chart-loss", "Escape").await?;
        lab.wait_for_text("chart-said-loss", str::is_empty, SOON)
            .await?;
        lab.dispatch_key("chart-loss", "End").await?;
        lab.wait_for_text("chart-said-loss", |text| text.contains("step 3"), SOON)
            .await?;
        lab.evaluate("document.activeElement.blur(); 0").await?;
        lab.wait_for_text("chart-said-loss", str::is_empty, SOON)
            .await?;
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_of_keys_opens_and_closes() -> Result<()> {
    let open = "document.querySelector('[data-testid=keys]').open === true";
    let closed = "document.querySelector('[data-testid=keys]').open === false";
    visit("keys", "?device=cpu", async |lab| {
        lab.wait_until_ready().await?;
        ensure!(lab.holds(closed).await?);
        lab.press_key("?").await?;
        lab.wait_until_true(open).await?;
        let listed = lab.text("keys").await?;
        ensure!(
            listed.contains("Space") && listed.contains("step"),
            "{listed}"
        );

        // Keys are for the dialog while it is open.
        lab.press_key("s").await?;
        lab.press_key("Escape").await?;
        lab.wait_until_true(closed).await?;
        ensure!(
            lab.step_count().await? == 0,
            "a key reached the page behind"
        );

        lab.click("show-keys").await?;
        lab.wait_until_true(open).await?;
        lab.click("keys-close").await?;
        lab.wait_until_true(closed).await?;

        lab.evaluate("document.activeElement.blur(); 0").await?;
        lab.press_key("s").await?;
        lab.wait_for_step(1).await
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_of_keys_names_those_of_every_part() -> Result<()> {
    visit("keys-of-parts", "?device=cpu", async |lab| {
        lab.wait_until_ready().await?;
        lab.click("show-keys").await?;
        for part in ["chart", "microscope", "histogram", "image of yours", "Ctrl"] {
            lab.wait_for_text("keys", |text| text.contains(part), SOON)
                .await
                .with_context(|| part.to_owned())?;
        }
        lab.screenshot("keys").await
    })
    .await
}
