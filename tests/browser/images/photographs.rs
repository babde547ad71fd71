//! Photographs: a pretrained network is chosen for them and trained by one click, it tells new ones
//! apart, and a picture that is not in the data is answered with the reason.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use image::imageops::{FilterType, crop_imm, resize};
use serde_json::json;

use crate::lab::{LOAD, Lab, SOON, number, visit};
use crate::page_objects::board::{name_class, wait_for_counts};

/// Photographs of each class on the board.
const COUNT: u32 = 16;

/// Parts of one of the public-domain photographs that the engine is compared with PyTorch on, each from
/// another place, with another side, every other one mirrored.
fn write_photographs(folder: &Path, name: &str, count: u32) -> Result<Vec<PathBuf>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let whole = image::open(root.join(format!("fixtures/lite0/{name}-224.png")))?.into_rgb8();
    (0..count)
        .map(|number| {
            let side = 120 + 37 * number % 80;
            let (x, y) = (53 * number % (224 - side), 29 * number % (224 - side));
            let part = crop_imm(&whole, x, y, side, side).to_image();
            let mut part = resize(&part, 160, 160, FilterType::Triangle);
            if number % 2 == 1 {
                image::imageops::flip_horizontal_in_place(&mut part);
            }
            let file = folder.join(format!("{name}-{number}.png"));
            part.save(&file)?;
            Ok(file)
        })
        .collect()
}

/// Photographs of a cat and of a cup of coffee on the board; the last ones, which are not.
async fn add_photographs(lab: &Lab, folder: &Path) -> Result<[PathBuf; 2]> {
    let mut held_back = Vec::new();
    for (column, (class, name)) in [("cat", "chelsea"), ("cup", "coffee")].iter().enumerate() {
        name_class(lab, column, class).await?;
        let mut files = write_photographs(folder, name, COUNT + 1)?;
        held_back.extend(files.pop());
        lab.upload(&format!("class-files-{column}"), &files).await?;
    }
    let counted = format!("{COUNT} images");
    wait_for_counts(lab, &counted, &counted).await?;
    let [cat, cup] = held_back.try_into().ok().context("two classes")?;
    Ok([cat, cup])
}

#[tokio::test(flavor = "multi_thread")]
async fn photographs_are_told_apart_by_one_click() -> Result<()> {
    let folder = tempfile::tempdir()?;
    visit("photographs", "?device=cpu", async |lab| {
        lab.wait_until_ready().await?;
        let [cat, cup] = add_photographs(lab, folder.path()).await?;
        lab.click("use-own-images").await?;
        lab.wait_for_status("done", LOAD).await?;
        ensure!(lab.value("backbone").await? == "efficientnet_lite0");
        for arm in ["erm", "rsc"] {
            let above = |text: &str| number(text).is_some_and(|it| it > 90.0);
            let testid = format!("accuracy-same-{arm}");
            lab.wait_for_text(&testid, above, SOON).await?;
        }
        // Pictures that no run has seen, in every arm, with the reason.
        for (file, class) in [(cat, "cat"), (cup, "cup")] {
            lab.upload("predict-file", &[file]).await?;
            for arm in ["erm", "rsc"] {
                let answers = |text: &str| text.starts_with(class);
                lab.wait_for_text(&format!("predict-answer-{arm}"), answers, SOON)
                    .await?;
                let why = |text: &str| text.starts_with(class) && text.contains("without");
                lab.wait_for_text(&format!("predict-why-{arm}"), why, SOON)
                    .await?;
                let drawn = lab.picture(&format!("predict-overlay-{arm}")).await?;
                ensure!(drawn.colors > 50, "no mask is drawn for {arm}");
            }
        }
        lab.screenshot("photographs").await?;
        lab.click("predict-close").await?;
        ensure!(!lab.has("predict-answer-erm").await?, "still looked at");
        Ok(())
    })
    .await
}

/// Fetches of weights do what `away` says: fail, or find nothing.
const KEEP_WEIGHTS_AWAY: &str = "globalThis.away = 'missing'; const fetchAny = globalThis.fetch; \
    globalThis.fetch = (address, ...rest) => { \
        if (!away || !String(address).includes('efficientnet')) return fetchAny(address, ...rest); \
        return Promise.resolve(new Response('', { status: 404 })); \
    };";

#[tokio::test(flavor = "multi_thread")]
async fn without_the_weights_the_small_network_goes_on() -> Result<()> {
    let folder = tempfile::tempdir()?;
    visit("photographs-away", "?device=cpu", async |lab| {
        lab.wait_until_ready().await?;
        lab.reload_with_script(KEEP_WEIGHTS_AWAY).await?;
        lab.wait_until_ready().await?;
        add_photographs(lab, folder.path()).await?;
        lab.click("use-own-images").await?;
        let said = |text: &str| text.contains("404") && text.contains("small CNN");
        lab.wait_for_text("notice", said, LOAD).await?;
        ensure!(lab.value("backbone").await? == "small_cnn");
        lab.wait_for_status("done", LOAD).await?;

        // Chosen by hand it is waited for, until it can be had.
        lab.set_value("backbone", "efficientnet_lite0").await?;
        lab.click("reset").await?;
        lab.wait_for_text("waiting", |text| text.contains("404"), SOON)
            .await?;
        lab.evaluate("globalThis.away = ''; 0").await?;
        lab.click("weights-again").await?;
        lab.wait_until_ready().await?;
        lab.click_step(1).await
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn weights_of_another_network_are_refused() -> Result<()> {
    visit("weights-refused", "?device=cpu", async |lab| {
        lab.wait_until_ready().await?;
        lab.set_value("backbone", "resnet18").await?;
        lab.wait_for_text("waiting", |text| text.contains("choose their file"), SOON)
            .await?;
        let site = Path::new(env!("CARGO_MANIFEST_DIR")).join("../www/site/models");
        // Chromium reads nothing on a path with `..` in it.
        let file = site.join("efficientnet-lite0.safetensors").canonicalize()?;
        lab.upload("waiting-weights-file", &[file]).await?;
        let named = |text: &str| {
            text.contains("an EfficientNet-Lite0") && text.contains("a ResNet-18 is needed")
        };
        lab.wait_for_text("waiting", named, LOAD).await?;
        // The way on.
        lab.click("weights-small-cnn").await?;
        lab.wait_until_ready().await?;
        lab.click_step(1).await?;
        ensure!(lab.value("backbone").await? == "small_cnn");
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_to_a_pretrained_network_prepares_and_trains_it() -> Result<()> {
    let address =
        "?device=cpu#v=1&size=64&train=32&test=16&epochs=1&batch=16&net=lite0-head&head=conv-8";
    visit("pretrained-link", address, async |lab| {
        lab.wait_until_ready().await?;
        ensure!(lab.value("backbone").await? == "efficientnet_lite0");
        lab.wait_for_text("weights-status", |text| text.contains("million"), SOON)
            .await?;
        lab.wait_until_equal(
            "document.querySelectorAll('[data-testid=frozen-note]').length",
            json!(1),
        )
        .await?;
        lab.click("play").await?;
        lab.wait_for_status("done", LOAD).await?;
        // 1×1 convolution from 320 to 8 channels, linear to four classes.
        ensure!(number(&lab.text("run-parameters").await?) == Some(2_604.0));
        Ok(())
    })
    .await
}
