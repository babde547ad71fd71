//! The methods beside the challenge: they train, have their formulas, stand in the link, and are refused
//! where the images have one domain.

use anyhow::{Result, ensure};

use crate::lab::{LOAD, Lab, SOON, visit};
use crate::page_objects::losses::step_losses;
use crate::page_objects::settings::use_few_images;

#[tokio::test(flavor = "multi_thread")]
async fn an_arm_minimises_what_is_chosen_for_it() -> Result<()> {
    visit("methods", "?device=cpu", async |lab| {
        lab.wait_until_ready().await?;
        lab.click("preset-styles").await?;
        use_few_images(lab).await?;
        // The challenged arm becomes a plain one with an objective.
        lab.click("method-erm").await?;
        lab.reset().await?;
        let [erm, rsc] = losses(lab).await?;
        ensure!(erm == rsc, "two plain arms: {erm} and {rsc}");

        lab.set_value("objective", "vrex").await?;
        lab.set_value("objective-parameter", "25").await?;
        lab.set_value("objective-anneal", "0").await?;
        let by_domain = |text: &str| text.contains("as many images");
        lab.wait_for_text("objective-domains", by_domain, SOON)
            .await?;
        lab.reset().await?;
        let [erm, vrex] = losses(lab).await?;
        ensure!(erm < vrex, "a variance is added: {erm} and {vrex}");
        let weighted = |text: &str| text.contains("25") && text.contains("variance");
        lab.click("formulas").await?;
        lab.wait_for_text("formula-loss", weighted, SOON).await?;
        let linked = "location.hash.includes('obj=vrex,25,0')";
        lab.wait_until_true(linked).await?;

        lab.set_value("objective", "erm").await?;
        lab.set_value("regularizer", "drop_block").await?;
        lab.set_value("regularizer-block", "2").await?;
        lab.reset().await?;
        // The first losses are all close to that of guessing.
        lab.make_steps(12).await?;
        let [erm, dropped] = losses(lab).await?;
        ensure!(erm != dropped, "squares are dropped: {erm}");
        lab.wait_for_text("formula-regularizer", |text| text.contains('γ'), SOON)
            .await?;
        ensure!(lab.text("notice").await?.is_empty());
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn one_training_domain_is_not_compared() -> Result<()> {
    visit("one-domain", "?device=cpu", async |lab| {
        lab.wait_until_ready().await?;
        lab.set_value("objective", "coral").await?;
        let one = |text: &str| text.contains("only one");
        lab.wait_for_text("objective-domains", one, SOON).await?;
        let refused = |text: &str| text.contains("arms[1].objective.kind");
        lab.wait_for_text("notice", refused, SOON).await?;
        // Of several domains the same is trained.
        lab.click("preset-styles").await?;
        lab.wait_for_text("notice", str::is_empty, LOAD).await?;
        lab.wait_until_ready().await?;
        step_losses(lab, &["erm", "rsc"]).await?;
        Ok(())
    })
    .await
}

async fn losses(lab: &Lab) -> Result<[f64; 2]> {
    let losses = step_losses(lab, &["erm", "rsc"]).await?;
    Ok([losses[0], losses[1]])
}
