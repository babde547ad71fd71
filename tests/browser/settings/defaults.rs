//! Every setting has a button that restores its default; augmentation changes what is trained on.

use anyhow::{Result, ensure};

use crate::lab::{SOON, visit};

#[tokio::test(flavor = "multi_thread")]
async fn augmentation_changes_what_is_trained_on() -> Result<()> {
    // So fast that a few steps tell in the digits that are shown.
    visit("augmentation", "?device=cpu#v=1&lr=0.02", async |lab| {
        lab.wait_until_ready().await?;
        lab.open_details("more-augmentation").await?;
        lab.make_steps(5).await?;
        let plain = lab.text("loss-erm").await?;
        let mut seen = vec![plain.clone()];
        for (control, way_back) in [
            ("flip", "flip-default"),
            ("color-jitter", "color-jitter-default"),
        ] {
            lab.reset().await?;
            if control == "flip" {
                lab.click_with_pointer("flip").await?;
            } else {
                lab.set_value(control, "0.5").await?;
            }
            lab.wait_until_ready().await?;
            lab.make_steps(5).await?;
            let now = lab.text("loss-erm").await?;
            ensure!(!seen.contains(&now), "{control} changes nothing: {now}");
            seen.push(now);
            // In the middle of a run the way back waits for a reset, and says so.
            lab.click_with_pointer(way_back).await?;
            lab.wait_until_true(&format!(
                "document.querySelector('[data-testid={way_back}]').disabled"
            ))
            .await?;
            lab.wait_for_element("pending", SOON).await?;
        }
        lab.reset().await?;
        lab.make_steps(5).await?;
        ensure!(
            lab.text("loss-erm").await? == plain,
            "back to the first run"
        );
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn every_setting_has_a_way_back_that_works() -> Result<()> {
    visit("ways-back", "?device=cpu", async |lab| {
        lab.wait_until_ready().await?;
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
            let before = lab.value(control).await?;
            lab.set_value(control, other).await?;
            ensure!(lab.value(control).await? != before, "{control}");
            let way_back = format!("{control}-default");
            let back = format!(
                "document.querySelector('[data-testid={control}]').value === '{before}' \
                 && document.querySelector('[data-testid={way_back}]').disabled"
            );
            lab.click_with_pointer(&way_back).await?;
            lab.wait_until_true(&back).await?;
        }
        for control in ["curriculum", "minimum-drop", "flip"] {
            let before = lab.checked(control).await?;
            lab.click_with_pointer(control).await?;
            let way_back = format!("{control}-default");
            let other =
                format!("document.querySelector('[data-testid={control}]').checked !== {before}");
            lab.wait_until_true(&other).await?;
            lab.click_with_pointer(&way_back).await?;
            lab.wait_until_true(&format!("!({other})")).await?;
        }
        // A refused value goes with it.
        lab.set_value("epochs", "0").await?;
        lab.wait_for_text("notice", |text| text.contains("epochs"), SOON)
            .await?;
        lab.click_with_pointer("epochs-default").await?;
        lab.wait_for_text("notice", str::is_empty, SOON).await?;
        Ok(())
    })
    .await
}
