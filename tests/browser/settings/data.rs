//! The presets of data: the size of the network follows their classes, digits and icons are fetched
//! when chosen, and another domain can be held out.

use anyhow::{Result, ensure};
use rsc_core::config::DataPreset;

use crate::lab::{LOAD, SOON, number, visit};

#[tokio::test(flavor = "multi_thread")]
async fn parameters_are_counted_for_the_classes_of_the_data() -> Result<()> {
    visit("preset-classes", "?device=cpu", async |lab| {
        lab.wait_until_ready().await?;
        // Three blocks of 16, 32 and 64 channels, and for each class 64 weights and a bias.
        let blocks = 448 + 4_640 + 18_496;
        for (preset, classes) in [
            ("preset-rotated-digits", 10),
            ("preset-coloured-digits", 2),
            ("preset-emoji", 7),
            ("preset-corner-cue", 4),
        ] {
            let expected = f64::from(blocks + 65 * classes);
            lab.click(preset).await?;
            let same = |text: &str| number(text) == Some(expected);
            lab.wait_for_text("parameters", same, LOAD).await?;
            // The engine, which has the network, says the same.
            lab.wait_for_text("run-parameters", same, LOAD).await?;
        }
        ensure!(lab.text("notice").await?.is_empty());
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn digits_are_fetched_when_chosen() -> Result<()> {
    visit("digits", "?device=cpu", async |lab| {
        lab.wait_until_ready().await?;
        let fetched = "performance.getEntriesByType('resource')\
            .filter(it => it.name.includes('mnist')).length";
        ensure!(
            lab.evaluate(fetched).await? == 0,
            "not before they are chosen"
        );
        for preset in ["preset-rotated-digits", "preset-coloured-digits"] {
            lab.click(preset).await?;
            lab.wait_until_ready().await?;
            lab.click_step(1).await?;
            lab.click("reset").await?;
            lab.wait_until_ready().await?;
        }
        ensure!(lab.evaluate(fetched).await? == 1, "fetched once");
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn emoji_are_fetched_trained_on_and_credited() -> Result<()> {
    visit("emoji", "?device=cpu", async |lab| {
        lab.wait_until_ready().await?;
        let fetched = "performance.getEntriesByType('resource')\
            .filter(it => it.name.includes('.pack')).length";
        ensure!(
            lab.evaluate(fetched).await? == 0,
            "not before they are chosen"
        );
        ensure!(!lab.has("emoji-credits").await?, "credited too early");
        lab.click("preset-emoji").await?;
        let told = |text: &str| text.contains("icons are");
        lab.wait_for_text("progress-left", told, SOON).await?;
        let line = |text: &str| text.contains("line") && text.contains("new");
        lab.wait_for_text("scope-domain-4", line, LOAD).await?;
        lab.wait_until_ready().await?;
        ensure!(lab.value("train-images").await? == "1460");
        ensure!(lab.value("held-out").await? == "line");
        let credits = lab.text("emoji-credits").await?;
        for part in ["Fluent Emoji", "Noto Emoji", "Twemoji", "CC BY 4.0"] {
            ensure!(credits.contains(part), "no {part} in: {credits}");
        }
        lab.make_steps(2).await?;

        // Two steps an epoch, on another split.
        lab.reset().await?;
        for (control, value) in [
            ("train-images", "64"),
            ("test-images", "16"),
            ("epochs", "1"),
        ] {
            lab.set_value(control, value).await?;
        }
        lab.set_value("held-out", "twemoji").await?;
        let twemoji = |text: &str| text.contains("twemoji") && text.contains("new");
        lab.wait_for_text("scope-domain-3", twemoji, LOAD).await?;
        lab.wait_until_ready().await?;
        lab.click("play").await?;
        lab.wait_for_status("done", SOON).await?;
        for testid in ["accuracy-same-erm", "accuracy-new-erm"] {
            let known = |text: &str| number(text).is_some();
            lab.wait_for_text(testid, known, SOON).await?;
        }
        ensure!(lab.evaluate(fetched).await? == 1, "fetched once");
        ensure!(lab.text("notice").await?.is_empty());
        Ok(())
    })
    .await
}

/// Fetches of the icons do what `away` says: fail, give something else, or work.
const KEEP_EMOJI_AWAY: &str = "globalThis.away = 'failed'; const fetchAny = globalThis.fetch; \
    globalThis.fetch = (address, ...rest) => { \
        if (!away || !String(address).includes('.pack')) return fetchAny(address, ...rest); \
        if (away === 'failed') return Promise.reject(new TypeError('kept away')); \
        return Promise.resolve(new Response(away === 'missing' ? '' : 'RIFF', \
            { status: away === 'missing' ? 404 : 200 })); \
    };";

#[tokio::test(flavor = "multi_thread")]
async fn emoji_that_cannot_be_fetched_are_said_so() -> Result<()> {
    visit("emoji-away", "?device=cpu", async |lab| {
        lab.wait_until_ready().await?;
        lab.reload_with_script(KEEP_EMOJI_AWAY).await?;
        lab.wait_until_ready().await?;
        lab.click("preset-emoji").await?;
        let says = |part: &'static str| {
            move |text: &str| text.contains("icons could not be loaded") && text.contains(part)
        };
        lab.wait_for_text("notice", says("kept away"), SOON).await?;
        for (away, part) in [("missing", "404"), ("damaged", "damaged")] {
            lab.evaluate(&format!("globalThis.away = '{away}'; 0"))
                .await?;
            lab.click("reset").await?;
            lab.wait_for_text("notice", says(part), SOON).await?;
        }
        // Other data can be trained on.
        lab.click("preset-styles").await?;
        lab.wait_until_ready().await?;
        lab.click_step(1).await?;
        ensure!(lab.text("notice").await?.is_empty(), "still told of");
        // The icons, as soon as they can be had.
        lab.evaluate("globalThis.away = ''; 0").await?;
        lab.reset().await?;
        lab.click("preset-emoji").await?;
        lab.wait_for_text("scope-domain-4", |text| text.contains("line"), LOAD)
            .await?;
        lab.wait_until_ready().await?;
        lab.click_step(1).await
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn another_domain_of_a_preset_is_held_out() -> Result<()> {
    visit("held-out", "?device=cpu", async |lab| {
        lab.wait_until_ready().await?;
        lab.click("preset-styles").await?;
        lab.wait_until_ready().await?;
        let domains = DataPreset::Styles.domains();
        let held_out = |index: usize| {
            let name = domains[index];
            move |text: &str| text.contains(name) && text.contains("new")
        };
        lab.wait_for_text("scope-domain-3", held_out(3), SOON)
            .await?;
        lab.set_value("held-out", domains[1]).await?;
        lab.wait_for_text("scope-domain-1", held_out(1), LOAD)
            .await?;
        lab.wait_until_ready().await?;
        let other = lab.text("scope-domain-3").await?;
        ensure!(!other.contains("new"), "two domains are held out: {other}");
        lab.make_steps(1).await?;
        // Nothing of it is trained on: its training split is empty.
        lab.click("scope-domain-1").await?;
        lab.wait_until_true("document.querySelector('[data-testid=scope-split-train]').disabled")
            .await?;
        lab.reset().await?;
        lab.click_with_pointer("held-out-default").await?;
        ensure!(lab.value("held-out").await? == domains[3]);
        lab.wait_for_text("scope-domain-3", held_out(3), LOAD)
            .await?;
        Ok(())
    })
    .await
}
