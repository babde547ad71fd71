//! The masks over images: all arms side by side, each on its own scale or all on one.

use anyhow::{Result, ensure};

use crate::lab::{DRAWN, SOON, visit};
use crate::page_objects::losses::step_losses;
use crate::page_objects::settings::use_few_images;

#[tokio::test(flavor = "multi_thread")]
async fn arms_are_looked_at_side_by_side() -> Result<()> {
    visit(
        "beside",
        "?device=cpu#arms=erm,rsc,third&third.p=0.9",
        async |lab| {
            lab.wait_until_ready().await?;
            use_few_images(lab).await?;
            // From the same first weights, all arms see the same.
            let first = lab.wait_for_picture("overlay-0", None).await?;
            for arm in ["rsc", "third"] {
                let picture = lab
                    .wait_for_picture(&format!("overlay-0-{arm}"), None)
                    .await?;
                ensure!(picture == first, "{arm} has other first weights");
            }
            lab.click("mask-scale-shared").await?;
            lab.wait_for_text("mask-scale", |text| text.contains("one scale"), SOON)
                .await?;
            lab.wait_for_picture("overlay-0", Some(&first)).await?;
            step_losses(lab, &["erm", "rsc", "third"]).await?;

            lab.click("mask-arm-2").await?;
            lab.wait_for_removal("overlay-0-third", SOON).await
        },
    )
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn maps_of_an_image_share_their_scale_across_arms() -> Result<()> {
    visit("mask-scales", "?device=cpu", async |lab| {
        lab.wait_until_ready().await?;
        lab.make_steps(3).await?;
        lab.click("mask-arm-2").await?;
        lab.wait_for_removal("overlay-0-rsc", DRAWN).await?;
        let alone = lab.wait_for_picture("overlay-0", None).await?;
        let own = lab.text("mask-scale").await?;
        lab.click("mask-arm-1").await?;
        let erm = lab.wait_for_picture("overlay-0", Some(&alone)).await?;
        lab.click("mask-beside").await?;
        let beside = |text: &str| text != own && text.contains("every arm");
        lab.wait_for_text("mask-scale", beside, DRAWN).await?;
        lab.wait_for_element("overlay-0-rsc", DRAWN).await?;
        // On a scale that is wide enough for both, at least one of them looks other than alone.
        let together = lab.wait_for_picture("overlay-0", None).await?;
        let rsc = lab.wait_for_picture("overlay-0-rsc", None).await?;
        ensure!(
            together != erm || rsc != alone,
            "each still has its own scale"
        );
        lab.click("mask-scale-shared").await?;
        lab.wait_for_text("mask-scale", |text| text.contains("on one scale"), SOON)
            .await?;
        lab.wait_until("another scale", DRAWN, async || {
            Ok(lab.picture("overlay-0").await? != together
                || lab.picture("overlay-0-rsc").await? != rsc)
        })
        .await
    })
    .await
}
