//! The challenge's controls: what they say is what is muted, at once and without training.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use rsc_core::quantile::count_at_or_above;
use tokio::time::sleep;

use crate::lab::{Lab, SOON, lab};

/// `22 of 64` as numbers.
fn parsed(text: &str) -> Option<(usize, usize)> {
    let (muted, all) = text.split_once(" of ")?;
    let all = all.split_whitespace().next()?;
    Some((muted.trim().parse().ok()?, all.parse().ok()?))
}

/// Waits until as many are muted as the counting rule says for `p`, and returns of how many.
async fn muted_for(lab: &Lab, p: f64) -> Result<usize> {
    let right = |text: &str| {
        parsed(text).is_some_and(|(muted, all)| muted == count_at_or_above(all, p) && all > 1)
    };
    let text = lab.wait_for("muted-count", right, SOON).await;
    let text = text.with_context(|| format!("for p = {p}"))?;
    Ok(parsed(&text).map_or(0, |(_, all)| all))
}

#[tokio::test(flavor = "multi_thread")]
async fn sliders_stay_under_the_hand() -> Result<()> {
    lab("sliders", "?device=cpu", async |lab| {
        lab.ready().await?;
        // Beside some of these widths there is room for name and value in one line, beside others not.
        for width in [1440, 1180, 820, 390] {
            lab.size(width, 900).await?;
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
    lab("challenge", "?device=cpu", async |lab| {
        lab.ready().await?;
        lab.click("step").await?;
        lab.wait_for("step-count", |text| text == "1", SOON).await?;
        lab.status("paused", SOON).await?;

        let positions = muted_for(lab, 1.0 / 3.0).await?;
        ensure!(positions == 64, "{positions} positions in an 8×8 map");
        let mut picture = lab.drawn("overlay-0", None).await?;
        for p in [0.2, 0.5, 0.9] {
            lab.set_value("p", &p.to_string()).await?;
            muted_for(lab, p).await?;
            picture = lab.drawn("overlay-0", Some(&picture)).await?;
        }
        lab.set_value("p", "0").await?;
        ensure!(muted_for(lab, 0.0).await? == 64, "p = 0 mutes none of 64");

        lab.set_value("p", "0.5").await?;
        lab.set_value("axis", "channel").await?;
        let channels = muted_for(lab, 0.5).await?;
        ensure!(channels == 64, "{channels} channels of the last block");

        lab.set_value("strategy", "off").await?;
        let nothing = |text: &str| parsed(text).is_some_and(|(muted, _)| muted == 0);
        lab.wait_for("muted-count", nothing, SOON).await?;
        lab.set_value("strategy", "top_gradient").await?;
        muted_for(lab, 0.5).await?;

        sleep(Duration::from_secs(1)).await;
        ensure!(
            lab.steps().await? == 1,
            "looking at another mask trained the networks"
        );
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn every_choice_can_be_trained_with() -> Result<()> {
    lab("choices", "?device=cpu", async |lab| {
        lab.ready().await?;
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
            lab.click("step").await?;
            let next = (made + 1).to_string();
            let stepped = |text: &str| text == next;
            let count = lab.wait_for("step-count", stepped, SOON).await;
            count.with_context(|| format!("after {control} = {value}"))?;
            lab.status("paused", SOON).await?;
            for arm in ["loss-erm", "loss-rsc"] {
                let loss = lab.number(arm).await?;
                ensure!(loss.is_some(), "{control} = {value}: `{arm}` is no number");
            }
        }
        Ok(())
    })
    .await
}
