//! The camera: its picture is answered by both arms with the reason, and a second round of recording
//! becomes a domain that is held out.

use anyhow::{Result, ensure};
use serde_json::json;

use crate::lab::{LOAD, Lab, SOON, number, visit};
use crate::page_objects::board::name_class;
use crate::page_objects::camera::{ALLOW_CAMERA, CAMERA_STOPPED, REFUSE_CAMERA, RELEASE};

#[tokio::test(flavor = "multi_thread")]
async fn what_the_camera_sees_is_answered_with_the_reason() -> Result<()> {
    visit("predict-camera", "?device=cpu#v=1&epochs=1", async |lab| {
        lab.wait_until_ready().await?;
        lab.click("play").await?;
        lab.wait_for_status("done", LOAD).await?;

        lab.evaluate(REFUSE_CAMERA).await?;
        lab.click("predict-camera").await?;
        let explained = |text: &str| text.contains("did not allow");
        lab.wait_for_text("predict-refused", explained, SOON)
            .await?;

        lab.evaluate(ALLOW_CAMERA).await?;
        lab.click("predict-camera").await?;
        for arm in ["erm", "rsc"] {
            let answer = format!("predict-answer-{arm}");
            lab.wait_for_text(&answer, |text| text.contains('%'), SOON)
                .await?;
            let why = format!("predict-why-{arm}");
            lab.wait_for_text(&why, |text| text.contains("without"), SOON)
                .await?;
            let drawn = lab.picture(&format!("predict-overlay-{arm}")).await?;
            ensure!(drawn.colors > 20, "no mask is drawn for {arm}");
        }
        let rate = |text: &str| text.contains("second");
        lab.wait_for_text("predict-facts", rate, SOON).await?;
        lab.click("predict-camera").await?;
        lab.wait_until("the camera let go", SOON, async || {
            lab.holds(CAMERA_STOPPED).await
        })
        .await
    })
    .await
}

/// Records some pictures of a hue for each of the two classes.
async fn record(lab: &Lab, hues: [u32; 2]) -> Result<()> {
    for (class, hue) in hues.iter().enumerate() {
        lab.click(&format!("record-for-{class}")).await?;
        lab.evaluate(&format!("window.scene = {hue}")).await?;
        lab.dispatch_key("camera-record", " ").await?;
        let several = |text: &str| {
            let count = text.split_whitespace().last().and_then(number);
            count.is_some_and(|taken| taken >= 8.0)
        };
        lab.wait_for_text(&format!("record-for-{class}"), several, SOON)
            .await?;
        lab.evaluate(RELEASE).await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_round_is_a_domain_that_is_held_out() -> Result<()> {
    visit("second-round", "?device=cpu", async |lab| {
        lab.wait_until_ready().await?;
        name_class(lab, 0, "red").await?;
        name_class(lab, 1, "blue").await?;
        lab.evaluate(ALLOW_CAMERA).await?;
        lab.click("camera-open").await?;
        lab.wait_for_element("camera-video", SOON).await?;
        let seen = "(document.querySelector('[data-testid=camera-video]')?.videoWidth ?? 0) > 0";
        lab.wait_until("the camera's picture", SOON, async || lab.holds(seen).await)
            .await?;
        ensure!(!lab.has("round-begin").await?, "there is no first round");
        record(lab, [0, 240]).await?;
        lab.wait_for_element("round-begin", SOON).await?;
        lab.click("round-begin").await?;
        lab.wait_for_text("round-now", |text| text.contains("round 2"), SOON)
            .await?;
        record(lab, [30, 210]).await?;
        lab.click("round-end").await?;
        lab.click("camera-close").await?;
        lab.wait_until_equal(
            "document.querySelector('[data-testid=own-held-out]')?.value",
            json!("domain:round 2"),
        )
        .await?;
        // The network of photographs would do as well, but takes longer.
        lab.click("use-own-images").await?;
        lab.wait_until_ready().await?;
        lab.click("play").await?;
        lab.wait_for_status("done", LOAD).await?;
        for arm in ["erm", "rsc"] {
            let known = |text: &str| number(text).is_some();
            lab.wait_for_text(&format!("accuracy-new-{arm}"), known, SOON)
                .await?;
        }
        lab.screenshot("second-round").await?;
        Ok(())
    })
    .await
}
