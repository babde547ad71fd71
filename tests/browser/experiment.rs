//! Settings and presets that the other tests do not touch: up to four arms, the published methods,
//! augmentation, held-out domains, own images' fit and split, and the way back from each.

use anyhow::{Context, Result, ensure};
use rsc_core::config::{ChallengeConfig, DataPreset, MethodPreset};
use serde_json::{Value, json};

use crate::lab::{DRAWN, LOAD, Lab, SOON, lab};
use crate::own_images::{name_class, write_class};
use crate::share::{comes_true, value};

async fn step(lab: &Lab) -> Result<()> {
    let next = (lab.steps().await? + 1).to_string();
    lab.click("step").await?;
    lab.wait_for("step-count", |text| text == next, SOON)
        .await?;
    lab.status("paused", SOON).await
}

async fn reset(lab: &Lab) -> Result<()> {
    lab.click("reset").await?;
    lab.wait_for("step-count", |text| text == "0", SOON).await?;
    lab.status("ready", SOON).await
}

async fn checked(lab: &Lab, testid: &str) -> Result<bool> {
    let read = format!("document.querySelector('[data-testid=\"{testid}\"]').checked");
    Ok(lab.evaluate(&read).await? == true)
}

async fn unfold(lab: &Lab, testid: &str) -> Result<()> {
    lab.evaluate(&format!(
        "document.querySelector('[data-testid=\"{testid}\"]').open = true; 0"
    ))
    .await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn four_arms_train_side_by_side() -> Result<()> {
    lab("four-arms", "?device=cpu", async |lab| {
        lab.ready().await?;
        lab.set_value("batch-size", "16").await?;
        lab.ready().await?;
        lab.click("add-arm").await?;
        lab.set_value("axis", "channel").await?;
        lab.click("add-arm").await?;
        lab.set_value("strategy", "random").await?;
        let full = "document.querySelector('[data-testid=add-arm]').disabled";
        comes_true(lab, full).await?;
        lab.ready().await?;
        step(lab).await?;
        step(lab).await?;
        let mut losses = Vec::new();
        for arm in ["erm", "rsc", "arm-3", "arm-4"] {
            let loss = lab.number(&format!("loss-{arm}")).await?;
            losses.push(loss.with_context(|| format!("no loss of {arm}"))?);
        }
        for (i, loss) in losses.iter().enumerate() {
            ensure!(!losses[..i].contains(loss), "two arms are one: {losses:?}");
        }
        let lines = "[...document.querySelectorAll('[data-testid=chart-loss] \
            ._chartistry_series > ._chartistry_line')] \
            .filter(line => line.querySelector('path')?.getAttribute('d')).length === 4";
        comes_true(lab, lines).await?;

        // All of them in the masks and under the microscope.
        lab.click("mask-beside").await?;
        let pictures = "document.querySelectorAll('.mask-card:not([hidden]) canvas[data-testid^=overlay-0]').length === 4";
        lab.wait_until("four masks of one image", DRAWN, async || {
            Ok(lab.evaluate(pictures).await? == true)
        })
        .await?;
        lab.click("scope-arm-4").await?;
        lab.wait_for("microscope-when", |text| text.contains("arm-4"), DRAWN)
            .await?;
        lab.screenshot("four-arms").await
    })
    .await
}

/// What the controls say of the challenge.
async fn says(lab: &Lab) -> Result<Value> {
    Ok(json!({
        "strategy": value(lab, "strategy").await?,
        "axis": value(lab, "axis").await?,
        "p": rounded(value(lab, "p").await?.parse()?),
        "b": rounded(value(lab, "b").await?.parse()?),
        "importance": value(lab, "importance").await?,
        "signal": value(lab, "signal").await?,
        "selection": value(lab, "selection").await?,
        "curriculum": checked(lab, "curriculum").await?,
        "minimum_drop": checked(lab, "minimum-drop").await?,
        "rounds": value(lab, "rounds").await?.parse::<u32>()?,
    }))
}

/// A slider has fewer digits than a third.
fn rounded(fraction: f64) -> f64 {
    (fraction * 1e9).round() / 1e9
}

/// What they should say.
fn wanted(challenge: &ChallengeConfig) -> Result<Value> {
    let mut wanted = serde_json::to_value(challenge)?;
    wanted["p"] = json!(rounded(challenge.p));
    wanted["b"] = json!(rounded(challenge.b));
    wanted["minimum_drop"] = json!(challenge.minimum_drop.is_some());
    Ok(wanted)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_published_methods_set_every_control() -> Result<()> {
    lab("methods", "?device=cpu", async |lab| {
        lab.ready().await?;
        for method in [
            MethodPreset::Official,
            MethodPreset::DomainBed,
            MethodPreset::Replication,
            MethodPreset::Paper,
        ] {
            let button = format!("method-{}", method.name());
            lab.press_on(&button).await?;
            let wanted = wanted(&method.challenge())?;
            let set = lab.wait_until(&button, SOON, async || Ok(says(lab).await? == wanted));
            if let Err(error) = set.await {
                return Err(error.context(format!("{} instead of {wanted}", says(lab).await?)));
            }
            let pressed =
                format!("document.querySelector('[data-testid={button}]').ariaPressed === 'true'");
            comes_true(lab, &pressed).await?;
            step(lab).await?;
            ensure!(lab.number("loss-rsc").await?.is_some(), "{button} trains");
        }
        Ok(())
    })
    .await
}

async fn some_steps(lab: &Lab) -> Result<()> {
    for _ in 0..5 {
        step(lab).await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn augmentation_changes_what_is_trained_on() -> Result<()> {
    // So fast that a few steps tell in the digits that are shown.
    lab("augmentation", "?device=cpu#v=1&lr=0.02", async |lab| {
        lab.ready().await?;
        unfold(lab, "more-augmentation").await?;
        some_steps(lab).await?;
        let plain = lab.text("loss-erm").await?;
        let mut seen = vec![plain.clone()];
        for (control, way_back) in [
            ("flip", "flip-default"),
            ("color-jitter", "color-jitter-default"),
        ] {
            reset(lab).await?;
            if control == "flip" {
                lab.press_on("flip").await?;
            } else {
                lab.set_value(control, "0.5").await?;
            }
            lab.ready().await?;
            some_steps(lab).await?;
            let now = lab.text("loss-erm").await?;
            ensure!(!seen.contains(&now), "{control} changes nothing: {now}");
            seen.push(now);
            // In the middle of a run the way back waits for a reset, and says so.
            lab.press_on(way_back).await?;
            comes_true(
                lab,
                &format!("document.querySelector('[data-testid={way_back}]').disabled"),
            )
            .await?;
            lab.wait_until("it waits for a reset", SOON, async || {
                lab.has("pending").await
            })
            .await?;
        }
        reset(lab).await?;
        some_steps(lab).await?;
        ensure!(
            lab.text("loss-erm").await? == plain,
            "back to the first run"
        );
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn another_domain_of_a_preset_is_held_out() -> Result<()> {
    lab("held-out", "?device=cpu", async |lab| {
        lab.ready().await?;
        lab.click("preset-styles").await?;
        lab.ready().await?;
        let domains = DataPreset::Styles.domains();
        let held_out = |index: usize| {
            let name = domains[index];
            move |text: &str| text.contains(name) && text.contains("new")
        };
        lab.wait_for("scope-domain-3", held_out(3), SOON).await?;
        lab.set_value("held-out", domains[1]).await?;
        lab.wait_for("scope-domain-1", held_out(1), LOAD).await?;
        lab.ready().await?;
        let other = lab.text("scope-domain-3").await?;
        ensure!(!other.contains("new"), "two domains are held out: {other}");
        step(lab).await?;
        // Nothing of it is trained on: its training split is empty.
        lab.click("scope-domain-1").await?;
        comes_true(
            lab,
            "document.querySelector('[data-testid=scope-split-train]').disabled",
        )
        .await?;
        reset(lab).await?;
        lab.press_on("held-out-default").await?;
        ensure!(value(lab, "held-out").await? == domains[3]);
        lab.wait_for("scope-domain-3", held_out(3), LOAD).await?;
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn own_images_are_split_and_fitted_as_the_controls_say() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let down = write_class(folder.path(), true, 10)?;
    let across = write_class(folder.path(), false, 10)?;
    lab("fit-and-split", "?device=cpu", async |lab| {
        lab.ready().await?;
        name_class(lab, 0, "down").await?;
        name_class(lab, 1, "across").await?;
        lab.upload("class-files-0", &down).await?;
        lab.upload("class-files-1", &across).await?;
        lab.wait_for("own-state", |text| text.contains("20 images"), LOAD)
            .await?;
        lab.set_value("batch-size", "4").await?;
        lab.click("use-own-images").await?;
        let named = "document.querySelector('#masks')?.textContent.includes('across')";
        lab.wait_until("the new classes", LOAD, async || {
            Ok(lab.evaluate(named).await? == true)
        })
        .await?;
        lab.status("ready", LOAD).await?;
        unfold(lab, "more-images").await?;
        lab.click("scope-split-test").await?;
        // A quarter of each class's ten at first, then half of them.
        let few = |text: &str| {
            ["of 4", "of 5", "of 6"]
                .iter()
                .any(|end| text.ends_with(end))
        };
        lab.wait_for("scope-place", few, LOAD).await?;
        lab.set_value("validation-fraction", "0.5").await?;
        lab.wait_for("scope-place", |text| text.ends_with("of 10"), LOAD)
            .await?;
        lab.press_on("validation-fraction-default").await?;
        lab.wait_for("scope-place", few, LOAD).await?;

        // Kept whole, the same image looks other than cut to its middle.
        lab.status("ready", LOAD).await?;
        let cut = lab.drawn("stage-input", None).await?;
        lab.set_value("fit", "contain").await?;
        let whole = lab.drawn("stage-input", Some(&cut)).await?;
        lab.press_on("fit-default").await?;
        let again = lab.drawn("stage-input", Some(&whole)).await?;
        ensure!(again == cut, "the way back leads to the same image");
        step(lab).await?;
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn every_setting_has_a_way_back_that_works() -> Result<()> {
    lab("ways-back", "?device=cpu", async |lab| {
        lab.ready().await?;
        lab.evaluate("document.querySelectorAll('details.more').forEach(it => it.open = true); 0")
            .await?;
        for (control, other) in [
            ("p", "0.9"),
            ("b", "0.9"),
            ("axis", "channel"),
            ("importance", "gradient_mean"),
            ("rounds", "2"),
            ("seed", "5"),
            ("epochs", "3"),
            ("learning-rate", "0.01"),
            ("shift", "2"),
            ("weight-decay", "0.01"),
        ] {
            let before = value(lab, control).await?;
            lab.set_value(control, other).await?;
            ensure!(value(lab, control).await? != before, "{control}");
            let way_back = format!("{control}-default");
            let back = format!(
                "document.querySelector('[data-testid={control}]').value === '{before}' \
                 && document.querySelector('[data-testid={way_back}]').disabled"
            );
            lab.press_on(&way_back).await?;
            comes_true(lab, &back).await?;
        }
        for control in ["curriculum", "minimum-drop", "flip"] {
            let before = checked(lab, control).await?;
            lab.press_on(control).await?;
            let way_back = format!("{control}-default");
            let other =
                format!("document.querySelector('[data-testid={control}]').checked !== {before}");
            comes_true(lab, &other).await?;
            lab.press_on(&way_back).await?;
            comes_true(lab, &format!("!({other})")).await?;
        }
        // A refused value goes with it.
        lab.set_value("epochs", "0").await?;
        lab.wait_for("notice", |text| text.contains("epochs"), SOON)
            .await?;
        lab.press_on("epochs-default").await?;
        lab.wait_for("notice", str::is_empty, SOON).await?;
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_device_panel_tells_pace_and_memory() -> Result<()> {
    lab("device-facts", "?device=cpu", async |lab| {
        lab.ready().await?;
        unfold(lab, "device-details").await?;
        // Without pressing anything.
        let memory = |text: &str| crate::lab::number(text) > Some(1.0) && text.contains("MB");
        lab.wait_for("device-memory", memory, SOON).await?;
        step(lab).await?;
        step(lab).await?;
        let pace = lab
            .wait_for(
                "device-pace",
                |text| text.contains("steps per second"),
                SOON,
            )
            .await?;
        ensure!(crate::lab::number(&pace) > Some(0.0), "`{pace}`");
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_device_panel_tells_a_gpus_limits_and_memory() -> Result<()> {
    lab("device-limits", "?device=webgpu", async |lab| {
        lab.ready().await?;
        unfold(lab, "device-details").await?;
        let limit = "[...document.querySelectorAll('.facts-list div')] \
            .filter(it => /\\d/.test(it.querySelector('dd').textContent)).length >= 4";
        comes_true(lab, limit).await?;
        step(lab).await?;
        let on_gpu = |text: &str| text.contains("On the GPU");
        let said = lab.wait_for("device-memory", on_gpu, SOON).await?;
        let (_, gpu) = said.split_once("On the GPU").context("a sentence")?;
        ensure!(crate::lab::number(gpu) > Some(0.0), "`{said}`");
        Ok(())
    })
    .await
}
