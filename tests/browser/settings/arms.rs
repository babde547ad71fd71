//! More arms than two: they train side by side, and the controls set the chosen one.

use anyhow::{Result, ensure};

use crate::lab::{DRAWN, SOON, number, visit};
use crate::page_objects::losses::{arm_losses, step_losses};
use crate::page_objects::settings::use_few_images;

#[tokio::test(flavor = "multi_thread")]
async fn a_third_arm_trains_beside_the_others() -> Result<()> {
    visit("arms", "?device=cpu", async |lab| {
        lab.wait_until_ready().await?;
        use_few_images(lab).await?;
        lab.click("add-arm").await?;
        lab.reset().await?;
        let three = ["erm", "rsc", "arm-3"];
        // It begins with the challenge of the arm that was chosen, RSC.
        let losses = step_losses(lab, &three).await?;
        ensure!(losses[1] == losses[2], "a copy of RSC: {losses:?}");
        // The second step of 32 images ends the epoch of 64.
        step_losses(lab, &three).await?;
        let known = |text: &str| number(text).is_some();
        for domain in ["new", "same"] {
            let testid = format!("accuracy-{domain}-arm-3");
            lab.wait_for_text(&testid, known, SOON).await?;
        }
        ensure!(lab.has("further-arms").await?, "no word on the third arm");

        // The controls set the arm that is chosen, and no other.
        lab.click("method-erm").await?;
        lab.reset().await?;
        let losses = step_losses(lab, &three).await?;
        ensure!(losses[0] == losses[2], "a copy of ERM: {losses:?}");
        let muted = |text: &str| number(text) > Some(0.0);
        lab.click("arm-tab-2").await?;
        lab.wait_for_text("muted-count", muted, SOON).await?;
        lab.click("arm-tab-3").await?;
        let none = |text: &str| number(text) == Some(0.0);
        lab.wait_for_text("muted-count", none, SOON).await?;

        lab.set_value("arm-name", "RSC").await?;
        let named = |text: &str| text.contains("arms[2].name");
        lab.wait_for_text("notice", named, SOON).await?;
        lab.set_value("arm-name", "plain").await?;
        lab.wait_for_text("notice", str::is_empty, SOON).await?;
        // The run goes on with the arms it has.
        step_losses(lab, &three).await?;
        lab.reset().await?;
        step_losses(lab, &["erm", "rsc", "plain"]).await?;

        lab.click("remove-arm").await?;
        lab.reset().await?;
        step_losses(lab, &["erm", "rsc"]).await?;
        ensure!(!lab.has("loss-plain").await?, "it is still there");
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn four_arms_train_side_by_side() -> Result<()> {
    visit("four-arms", "?device=cpu", async |lab| {
        lab.wait_until_ready().await?;
        lab.set_value("batch-size", "16").await?;
        lab.wait_until_ready().await?;
        lab.click("add-arm").await?;
        lab.set_value("axis", "channel").await?;
        lab.click("add-arm").await?;
        lab.set_value("strategy", "random").await?;
        let full = "document.querySelector('[data-testid=add-arm]').disabled";
        lab.wait_until_true(full).await?;
        lab.wait_until_ready().await?;
        lab.make_steps(2).await?;
        let losses = arm_losses(lab, &["erm", "rsc", "arm-3", "arm-4"]).await?;
        for (i, loss) in losses.iter().enumerate() {
            ensure!(!losses[..i].contains(loss), "two arms are one: {losses:?}");
        }
        let lines = "[...document.querySelectorAll('[data-testid=chart-loss] \
            ._chartistry_series > ._chartistry_line')] \
            .filter(line => line.querySelector('path')?.getAttribute('d')).length === 4";
        lab.wait_until_true(lines).await?;

        // All of them in the masks and under the microscope.
        lab.click("mask-beside").await?;
        let pictures = "document.querySelectorAll('.mask-card:not([hidden]) canvas[data-testid^=overlay-0]').length === 4";
        lab.wait_until("four masks of one image", DRAWN, async || {
            lab.holds(pictures).await
        })
        .await?;
        lab.click("scope-arm-4").await?;
        lab.wait_for_text("microscope-when", |text| text.contains("arm-4"), DRAWN)
            .await?;
        lab.screenshot("four-arms").await
    })
    .await
}
