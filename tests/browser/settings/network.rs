//! The network and the optimizer: every choice trains, and the page counts the parameters that the
//! engine has.

use anyhow::{Context, Result, ensure};

use crate::lab::{Lab, SOON, number, visit};
use crate::page_objects::losses::step_losses;
use crate::page_objects::settings::use_few_images;

/// What the page says the network has, once the engine agrees.
async fn parameters(lab: &Lab) -> Result<f64> {
    let counted = lab.number("parameters").await?;
    let agrees = |text: &str| number(text) == counted;
    lab.wait_for_text("run-parameters", agrees, SOON)
        .await
        .context("the page counts other parameters than the engine")?;
    counted.context("no number of parameters")
}

#[tokio::test(flavor = "multi_thread")]
async fn every_network_trains_and_is_counted_rightly() -> Result<()> {
    visit("network", "?device=cpu", async |lab| {
        lab.wait_until_ready().await?;
        ensure!(parameters(lab).await? == 23_844.0, "the default network");
        let adds = lab.text("multiply-adds").await?;
        ensure!(adds == "2.80 million", "multiply-adds are `{adds}`");
        use_few_images(lab).await?;

        let choices = [
            ("depth", "2"),
            ("width-1", "24"),
            ("width-2", "20"),
            ("challenge-after", "1"),
            ("activation", "gelu"),
            ("normalization", "group"),
            ("groups", "2"),
            ("normalization", "batch"),
            ("head", "flatten_linear"),
            ("image-size", "28"),
            ("depth", "4"),
            ("challenge-after", "3"),
            ("backbone", "resnet"),
            ("stem", "8"),
            ("stage-channels-1", "12"),
            ("stage-stride-2", "1"),
            ("depth", "2"),
            ("stage-blocks-1", "2"),
            ("challenge-after", "2"),
        ];
        for (control, value) in choices {
            let about = || format!("after {control} = {value}");
            lab.set_value(control, value).await?;
            lab.reset().await.with_context(about)?;
            parameters(lab).await.with_context(about)?;
            step_losses(lab, &["erm", "rsc"])
                .await
                .with_context(about)?;
        }

        lab.click("width-narrow").await?;
        lab.reset().await?;
        let narrow = parameters(lab).await?;
        lab.click("width-wide").await?;
        lab.reset().await?;
        let wide = parameters(lab).await?;
        ensure!(narrow < wide, "{narrow} parameters narrow, {wide} wide");
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_width_out_of_range_changes_nothing() -> Result<()> {
    visit("widths", "?device=cpu", async |lab| {
        lab.wait_until_ready().await?;
        let before = lab.text("parameters").await?;
        lab.set_value("width-2", "0").await?;
        let named = |text: &str| text.contains("channels[1]") && text.contains("512");
        lab.wait_for_text("notice", named, SOON).await?;
        ensure!(lab.text("parameters").await? == before, "it was taken");
        lab.set_value("width-2", "32").await?;
        lab.wait_for_text("notice", str::is_empty, SOON).await?;
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn every_optimizer_trains() -> Result<()> {
    visit("optimizer", "?device=cpu", async |lab| {
        lab.wait_until_ready().await?;
        use_few_images(lab).await?;
        let arms = ["erm", "rsc"];
        let plain = step_losses(lab, &arms).await?;
        let adam = step_losses(lab, &arms).await?;
        let choices = [
            ("optimizer", "sgd"),
            ("momentum", "0.5"),
            ("weight-decay", "0.001"),
            ("optimizer", "adam"),
            ("beta-1", "0.8"),
            ("beta-2", "0.99"),
            ("epsilon", "0.0001"),
        ];
        for (control, value) in choices {
            let about = || format!("after {control} = {value}");
            lab.set_value(control, value).await?;
            lab.reset().await.with_context(about)?;
            let first = step_losses(lab, &arms).await.with_context(about)?;
            ensure!(first == plain, "{control} changed the first loss");
            let second = step_losses(lab, &arms).await.with_context(about)?;
            if (control, value) == ("optimizer", "sgd") {
                ensure!(second != adam, "SGD steps as Adam does: {second:?}");
            }
        }
        lab.set_value("label-smoothing", "0.9").await?;
        lab.reset().await?;
        let smooth = step_losses(lab, &arms).await?;
        ensure!(smooth != plain, "label smoothing left the loss {plain:?}");
        Ok(())
    })
    .await
}
