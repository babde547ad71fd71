//! The controls of the challenge: they mute what they say, at once and without training, and every
//! choice trains.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use rsc_core::config::{ChallengeConfig, MethodPreset};
use rsc_core::quantile::count_at_or_above;
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::lab::{Lab, SOON, visit};

/// `22 of 64` as numbers.
fn parse_count(text: &str) -> Option<(usize, usize)> {
    let (muted, all) = text.split_once(" of ")?;
    let all = all.split_whitespace().next()?;
    Some((muted.trim().parse().ok()?, all.parse().ok()?))
}

/// Waits until as many features are muted as the counting rule says for `p`. Returns how many there
/// are.
async fn wait_for_muted(lab: &Lab, p: f64) -> Result<usize> {
    let right = |text: &str| {
        parse_count(text).is_some_and(|(muted, all)| muted == count_at_or_above(all, p) && all > 1)
    };
    let text = lab.wait_for_text("muted-count", right, SOON).await;
    let text = text.with_context(|| format!("for p = {p}"))?;
    Ok(parse_count(&text).map_or(0, |(_, all)| all))
}

#[tokio::test(flavor = "multi_thread")]
async fn sliders_stay_under_the_hand() -> Result<()> {
    visit("sliders", "?device=cpu", async |lab| {
        lab.wait_until_ready().await?;
        // Beside some of these widths there is room for name and value in one line, beside others
        // not.
        for width in [1440, 1180, 820, 390] {
            lab.resize(width, 900).await?;
            for slider in ["p", "b"] {
                let find = format!(
                    "(() => {{ const it = document.querySelector('[data-testid={slider}]'); \
                     return it.getBoundingClientRect().top \
                         - it.closest('.field').getBoundingClientRect().top; }})()"
                );
                // The longest value in words, and short ones.
                lab.set_value(slider, "0.333333333333333").await?;
                let place = lab.evaluate(&find).await?;
                for value in ["0.9", "0.123", "0", "1"] {
                    lab.set_value(slider, value).await?;
                    let now = lab.evaluate(&find).await?;
                    ensure!(
                        now == place,
                        "{slider} = {value}, {width} px: {place}, {now}"
                    );
                }
            }
        }
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_share_muted_follows_p_at_once() -> Result<()> {
    visit("challenge", "?device=cpu", async |lab| {
        lab.wait_until_ready().await?;
        lab.step_to(1).await?;

        let positions = wait_for_muted(lab, 1.0 / 3.0).await?;
        ensure!(positions == 64, "{positions} positions in an 8×8 map");
        let mut picture = lab.wait_for_picture("overlay-0", None).await?;
        for p in [0.2, 0.5, 0.9] {
            lab.set_value("p", &p.to_string()).await?;
            wait_for_muted(lab, p).await?;
            picture = lab.wait_for_picture("overlay-0", Some(&picture)).await?;
        }
        lab.set_value("p", "0").await?;
        ensure!(
            wait_for_muted(lab, 0.0).await? == 64,
            "p = 0 mutes none of 64"
        );

        lab.set_value("p", "0.5").await?;
        lab.set_value("axis", "channel").await?;
        let channels = wait_for_muted(lab, 0.5).await?;
        ensure!(channels == 64, "{channels} channels of the last block");

        lab.set_value("strategy", "off").await?;
        let nothing = |text: &str| parse_count(text).is_some_and(|(muted, _)| muted == 0);
        lab.wait_for_text("muted-count", nothing, SOON).await?;
        lab.set_value("strategy", "top_gradient").await?;
        wait_for_muted(lab, 0.5).await?;

        sleep(Duration::from_secs(1)).await;
        ensure!(
            lab.step_count().await? == 1,
            "looking at another mask trained the networks"
        );
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn every_choice_can_be_trained_with() -> Result<()> {
    visit("choices", "?device=cpu", async |lab| {
        lab.wait_until_ready().await?;
        let choices = [
            ("strategy", "random"),
            ("strategy", "top_activation"),
            ("strategy", "top_gradient"),
            ("axis", "channel"),
            ("axis", "mixed"),
            ("axis", "spatial"),
            ("importance", "gradient_times_activation"),
            ("importance", "gradient_mean"),
            ("importance", "grad_cam"),
            ("signal", "loss"),
            ("signal", "loss_decrease"),
            ("signal", "true_logit"),
            ("b", "1"),
            ("rounds", "3"),
            ("learning-rate", "0.0005"),
        ];
        for (made, (control, value)) in choices.iter().enumerate() {
            lab.set_value(control, value).await?;
            let stepped = lab.step_to(made as u64 + 1).await;
            stepped.with_context(|| format!("after {control} = {value}"))?;
            for arm in ["loss-erm", "loss-rsc"] {
                let loss = lab.number(arm).await?;
                ensure!(loss.is_some(), "{control} = {value}: `{arm}` is no number");
            }
        }
        Ok(())
    })
    .await
}

/// The challenge as the controls show it.
async fn shown_challenge(lab: &Lab) -> Result<Value> {
    Ok(json!({
        "strategy": lab.value("strategy").await?,
        "axis": lab.value("axis").await?,
        "p": rounded(lab.value("p").await?.parse()?),
        "b": rounded(lab.value("b").await?.parse()?),
        "importance": lab.value("importance").await?,
        "signal": lab.value("signal").await?,
        "selection": lab.value("selection").await?,
        "curriculum": lab.checked("curriculum").await?,
        "minimum_drop": lab.checked("minimum-drop").await?,
        "rounds": lab.value("rounds").await?.parse::<u32>()?,
    }))
}

/// Sliders show fewer digits than a third has.
fn rounded(fraction: f64) -> f64 {
    (fraction * 1e9).round() / 1e9
}

/// What the controls show for this challenge.
fn as_shown(challenge: &ChallengeConfig) -> Result<Value> {
    let mut wanted = serde_json::to_value(challenge)?;
    wanted["p"] = json!(rounded(challenge.p));
    wanted["b"] = json!(rounded(challenge.b));
    wanted["minimum_drop"] = json!(challenge.minimum_drop.is_some());
    Ok(wanted)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_published_methods_set_every_control() -> Result<()> {
    visit("methods", "?device=cpu", async |lab| {
        lab.wait_until_ready().await?;
        for method in [
            MethodPreset::Official,
            MethodPreset::DomainBed,
            MethodPreset::Replication,
            MethodPreset::Paper,
        ] {
            let button = format!("method-{}", method.name());
            lab.click_with_pointer(&button).await?;
            let wanted = as_shown(&method.challenge())?;
            let set = lab.wait_until(&button, SOON, async || {
                Ok(shown_challenge(lab).await? == wanted)
            });
            if let Err(error) = set.await {
                return Err(error.context(format!(
                    "{} instead of {wanted}",
                    shown_challenge(lab).await?
                )));
            }
            let pressed =
                format!("document.querySelector('[data-testid={button}]').ariaPressed === 'true'");
            lab.wait_until_true(&pressed).await?;
            lab.make_steps(1).await?;
            ensure!(lab.number("loss-rsc").await?.is_some(), "{button} trains");
        }
        Ok(())
    })
    .await
}
