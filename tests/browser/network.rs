//! The network, the optimizer, the amount of data and the arms: every choice gives a run that
//! trains, and the parameters that the page works out are those that the engine counts.

use anyhow::{Context, Result, ensure};

use crate::lab::{Lab, SOON, lab};

/// Few images, so that a run is prepared at once.
async fn few_images(lab: &Lab) -> Result<()> {
    for control in ["train-images", "test-images"] {
        lab.set_value(control, "64").await?;
    }
    lab.ready().await?;
    Ok(())
}

/// A new run with what the controls say.
async fn restart(lab: &Lab) -> Result<()> {
    lab.click("reset").await?;
    lab.wait_for("step-count", |text| text == "0", SOON).await?;
    lab.status("ready", SOON).await
}

/// One step, and the losses of these arms.
async fn step(lab: &Lab, arms: &[&str]) -> Result<Vec<f64>> {
    let next = lab.steps().await? + 1;
    lab.click("step").await?;
    let made = |text: &str| text == next.to_string();
    lab.wait_for("step-count", made, SOON).await?;
    lab.status("paused", SOON).await?;
    let mut losses = Vec::new();
    for arm in arms {
        let loss = lab.number(&format!("loss-{arm}")).await?;
        losses.push(loss.with_context(|| format!("no loss of `{arm}`"))?);
    }
    Ok(losses)
}

/// What the page says the network has, once the engine agrees.
async fn parameters(lab: &Lab) -> Result<f64> {
    let counted = lab.number("parameters").await?;
    let agrees = |text: &str| crate::lab::number(text) == counted;
    lab.wait_for("run-parameters", agrees, SOON)
        .await
        .context("the page counts other parameters than the engine")?;
    counted.context("no number of parameters")
}

#[tokio::test(flavor = "multi_thread")]
async fn every_network_trains_and_is_counted_rightly() -> Result<()> {
    lab("network", "?device=cpu", async |lab| {
        lab.ready().await?;
        ensure!(parameters(lab).await? == 23_844.0, "the default network");
        let adds = lab.text("multiply-adds").await?;
        ensure!(adds == "2.80 million", "multiply-adds are `{adds}`");
        few_images(lab).await?;

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
            restart(lab).await.with_context(about)?;
            parameters(lab).await.with_context(about)?;
            step(lab, &["erm", "rsc"]).await.with_context(about)?;
        }

        lab.click("width-narrow").await?;
        restart(lab).await?;
        let narrow = parameters(lab).await?;
        lab.click("width-wide").await?;
        restart(lab).await?;
        let wide = parameters(lab).await?;
        ensure!(narrow < wide, "{narrow} parameters narrow, {wide} wide");
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_width_out_of_range_changes_nothing() -> Result<()> {
    lab("widths", "?device=cpu", async |lab| {
        lab.ready().await?;
        let before = lab.text("parameters").await?;
        lab.set_value("width-2", "0").await?;
        let named = |text: &str| text.contains("channels[1]") && text.contains("512");
        lab.wait_for("notice", named, SOON).await?;
        ensure!(lab.text("parameters").await? == before, "it was taken");
        lab.set_value("width-2", "32").await?;
        lab.wait_for("notice", str::is_empty, SOON).await?;
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn every_optimizer_trains() -> Result<()> {
    lab("optimizer", "?device=cpu", async |lab| {
        lab.ready().await?;
        few_images(lab).await?;
        let arms = ["erm", "rsc"];
        let plain = step(lab, &arms).await?;
        let adam = step(lab, &arms).await?;
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
            restart(lab).await.with_context(about)?;
            let first = step(lab, &arms).await.with_context(about)?;
            ensure!(first == plain, "{control} changed the first loss");
            let second = step(lab, &arms).await.with_context(about)?;
            if (control, value) == ("optimizer", "sgd") {
                ensure!(second != adam, "SGD steps as Adam does: {second:?}");
            }
        }
        lab.set_value("label-smoothing", "0.9").await?;
        restart(lab).await?;
        let smooth = step(lab, &arms).await?;
        ensure!(smooth != plain, "label smoothing left the loss {plain:?}");
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_third_arm_trains_beside_the_others() -> Result<()> {
    lab("arms", "?device=cpu", async |lab| {
        lab.ready().await?;
        few_images(lab).await?;
        lab.click("add-arm").await?;
        restart(lab).await?;
        let three = ["erm", "rsc", "arm-3"];
        // It begins with the challenge of the arm that was chosen, RSC.
        let losses = step(lab, &three).await?;
        ensure!(losses[1] == losses[2], "a copy of RSC: {losses:?}");
        // The second step of 32 images ends the epoch of 64.
        step(lab, &three).await?;
        let known = |text: &str| crate::lab::number(text).is_some();
        for domain in ["new", "same"] {
            let testid = format!("accuracy-{domain}-arm-3");
            lab.wait_for(&testid, known, SOON).await?;
        }
        ensure!(lab.has("further-arms").await?, "no word on the third arm");

        // The controls set the arm that is chosen, and no other.
        lab.click("method-erm").await?;
        restart(lab).await?;
        let losses = step(lab, &three).await?;
        ensure!(losses[0] == losses[2], "a copy of ERM: {losses:?}");
        let muted = |text: &str| crate::lab::number(text) > Some(0.0);
        lab.click("arm-tab-2").await?;
        lab.wait_for("muted-count", muted, SOON).await?;
        lab.click("arm-tab-3").await?;
        let none = |text: &str| crate::lab::number(text) == Some(0.0);
        lab.wait_for("muted-count", none, SOON).await?;

        lab.set_value("arm-name", "RSC").await?;
        let named = |text: &str| text.contains("arms[2].name");
        lab.wait_for("notice", named, SOON).await?;
        lab.set_value("arm-name", "plain").await?;
        lab.wait_for("notice", str::is_empty, SOON).await?;
        // The run goes on with the arms it has.
        step(lab, &three).await?;
        restart(lab).await?;
        step(lab, &["erm", "rsc", "plain"]).await?;

        lab.click("remove-arm").await?;
        restart(lab).await?;
        step(lab, &["erm", "rsc"]).await?;
        ensure!(!lab.has("loss-plain").await?, "it is still there");
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn arms_are_looked_at_side_by_side() -> Result<()> {
    lab(
        "beside",
        "?device=cpu#arms=erm,rsc,third&third.p=0.9",
        async |lab| {
            lab.ready().await?;
            few_images(lab).await?;
            lab.drawn("overlay-0", None).await?;
            ensure!(!lab.has("overlay-0-rsc").await?, "one arm at first");
            lab.click("mask-beside").await?;
            // From the same first weights, all arms see the same.
            let first = lab.drawn("overlay-0", None).await?;
            for arm in ["rsc", "third"] {
                let picture = lab.drawn(&format!("overlay-0-{arm}"), None).await?;
                ensure!(picture == first, "{arm} has other first weights");
            }
            lab.click("mask-scale-shared").await?;
            lab.wait_for("mask-scale", |text| text.contains("one scale"), SOON)
                .await?;
            lab.drawn("overlay-0", Some(&first)).await?;
            step(lab, &["erm", "rsc", "third"]).await?;

            lab.click("mask-arm-2").await?;
            let alone = async || Ok(!lab.has("overlay-0-third").await?);
            lab.wait_until("one arm is left", SOON, alone).await
        },
    )
    .await
}
