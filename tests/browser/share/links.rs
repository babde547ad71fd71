//! Links: they set the controls and follow them, and name what they could not apply.

use anyhow::{Result, ensure};

use crate::lab::{SOON, visit};

#[tokio::test(flavor = "multi_thread")]
async fn a_link_sets_the_controls_and_follows_them() -> Result<()> {
    let query = "?device=cpu#v=1&data=tint-cue&batch=16&seed=3&axis=channel&p=0.5";
    visit("link", query, async |lab| {
        lab.wait_until_ready().await?;
        lab.wait_for_value("seed", "3").await?;
        lab.wait_for_value("batch-size", "16").await?;
        lab.wait_for_value("axis", "channel").await?;
        lab.wait_for_value("p", "0.5").await?;
        let chosen =
            "document.querySelector('[data-testid=preset-tint-cue]').ariaPressed === 'true'";
        lab.wait_until_true(chosen).await?;
        ensure!(
            lab.text("notice").await?.is_empty(),
            "the link is sound, and the page complains"
        );

        // The address follows the controls and keeps what stands before the hash.
        lab.set_value("p", "0.25").await?;
        lab.wait_until_true("location.hash.includes('p=0.25')")
            .await?;
        lab.wait_until_true("location.search === '?device=cpu'")
            .await?;
        let entries = lab.evaluate("history.length").await?;
        lab.set_value("p", "0.75").await?;
        lab.wait_until_true("location.hash.includes('p=0.75')")
            .await?;
        ensure!(lab.evaluate("history.length").await? == entries);

        // The controls follow the address.
        let other = "location.hash = '#v=1&data=corner-cue&seed=5'; 0";
        lab.evaluate(other).await?;
        lab.wait_for_value("seed", "5").await?;
        lab.wait_for_value("axis", "spatial").await?;
        lab.wait_for_value("batch-size", "32").await?;
        lab.evaluate("history.back(); 0").await?;
        lab.wait_for_value("seed", "3").await?;
        lab.wait_for_value("p", "0.75").await?;

        // A link to a place on the page leaves both alone.
        lab.click("to-own-images").await?;
        lab.wait_until_true("location.hash.includes('seed=3')")
            .await?;
        lab.wait_for_value("seed", "3").await?;
        lab.wait_for_status("ready", SOON).await?;
        lab.click_step(1).await
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_link_says_what_was_ignored() -> Result<()> {
    let query = "?device=cpu#v=1&p=7&colour=red&epochs=5&%%%";
    visit("broken-link", query, async |lab| {
        let all = |text: &str| {
            ["p=7", "from 0 to 1", "colour=red"]
                .iter()
                .all(|part| text.contains(part))
        };
        lab.wait_for_text("notice", all, SOON).await?;
        lab.wait_until_ready().await?;
        lab.wait_for_value("epochs", "5").await?;
        let p: f64 = lab.value("p").await?.parse()?;
        ensure!((p - 1.0 / 3.0).abs() < 1e-6, "p is {p}");
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_with_images_of_ones_own_says_that_they_stay_behind() -> Result<()> {
    visit("own-link", "?device=cpu#v=1&data=own&seed=4", async |lab| {
        let explained = |text: &str| text.contains("own") && text.contains("Your images");
        lab.wait_for_text("notice", explained, SOON).await?;
        lab.wait_until_ready().await?;
        lab.wait_for_value("seed", "4").await
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_teachers_link_hides_panels_until_all_are_wanted() -> Result<()> {
    let hidden = "getComputedStyle(document.querySelector('#masks')).display === 'none'";
    visit(
        "teacher",
        "?device=cpu#v=1&hide=masks,own-images",
        async |lab| {
            lab.wait_until_ready().await?;
            lab.wait_until_true(hidden).await?;
            lab.screenshot("teacher").await?;
            lab.click("show-everything").await?;
            lab.wait_until_true(&format!("!({hidden})")).await?;

            lab.click("share-open").await?;
            lab.click("hide-data").await?;
            let link = "hide=data,masks,own-images";
            lab.wait_until("the class link", SOON, async || {
                Ok(lab.value("teacher-link").await?.ends_with(link))
            })
            .await?;
            ensure!(!lab.value("share-link").await?.contains("hide="));
            Ok(())
        },
    )
    .await
}
