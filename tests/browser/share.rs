//! What leaves the page and comes back: links, files, and the list of keys.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use rsc_core::config::{DataPreset, DataSource, RunConfig};
use rsc_core::protocol::EvaluationRecord;
use serde_json::{Value, json};

use crate::lab::{DRAWN, Lab, SOON, lab};

/// Keeps what the page saves in `saved` instead of in the browser's downloads.
pub(crate) const CATCH_FILES: &str = "globalThis.saved = []; \
    const make = URL.createObjectURL.bind(URL); \
    URL.createObjectURL = blob => { \
        const file = { name: '', size: blob.size, type: blob.type, text: null }; \
        saved.push(file); \
        blob.text().then(text => { file.text = text; }); \
        return make(blob); }; \
    HTMLAnchorElement.prototype.click = function () { saved.at(-1).name = this.download; }; \
    0";

/// The value of a control.
pub(crate) async fn value(lab: &Lab, testid: &str) -> Result<String> {
    let selector = json!(format!("[data-testid=\"{testid}\"]"));
    let value = lab
        .evaluate(&format!("document.querySelector({selector})?.value"))
        .await?;
    let value = value.as_str().map(str::to_owned);
    value.with_context(|| format!("`{testid}` has no value"))
}

/// Waits until a control has a value.
async fn takes_value(lab: &Lab, testid: &str, wanted: &str) -> Result<()> {
    let there = lab
        .wait_until(testid, SOON, async || {
            Ok(value(lab, testid).await.is_ok_and(|now| now == wanted))
        })
        .await;
    there.with_context(|| format!("`{testid}` is not {wanted}"))
}

/// Waits until an expression is true.
pub(crate) async fn comes_true(lab: &Lab, expression: &str) -> Result<()> {
    lab.wait_until(expression, SOON, async || {
        Ok(lab.evaluate(expression).await? == true)
    })
    .await
}

/// Clicks and returns the file that is saved then.
pub(crate) async fn saves(lab: &Lab, testid: &str) -> Result<Value> {
    let before = lab.evaluate("saved.length").await?;
    lab.click(testid).await?;
    let arrived = format!("saved.length > {before} && saved.at(-1).text !== null");
    lab.wait_until(testid, DRAWN, async || {
        Ok(lab.evaluate(&arrived).await? == true)
    })
    .await?;
    // A picture as text would be long, and is not looked at.
    lab.evaluate(
        "({ name: saved.at(-1).name, size: saved.at(-1).size, type: saved.at(-1).type, \
            text: saved.at(-1).type.startsWith('image/png') ? '' : saved.at(-1).text })",
    )
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_sets_the_controls_and_follows_them() -> Result<()> {
    let query = "?device=cpu#v=1&data=tint-cue&batch=16&seed=3&axis=channel&p=0.5";
    lab("link", query, async |lab| {
        lab.ready().await?;
        takes_value(lab, "seed", "3").await?;
        takes_value(lab, "batch-size", "16").await?;
        takes_value(lab, "axis", "channel").await?;
        takes_value(lab, "p", "0.5").await?;
        let chosen =
            "document.querySelector('[data-testid=preset-tint-cue]').ariaPressed === 'true'";
        comes_true(lab, chosen).await?;
        ensure!(
            lab.text("notice").await?.is_empty(),
            "the link is sound, and the page complains"
        );

        // The address follows the controls and keeps what stands before the hash.
        lab.set_value("p", "0.25").await?;
        comes_true(lab, "location.hash.includes('p=0.25')").await?;
        comes_true(lab, "location.search === '?device=cpu'").await?;
        let entries = lab.evaluate("history.length").await?;
        lab.set_value("p", "0.75").await?;
        comes_true(lab, "location.hash.includes('p=0.75')").await?;
        ensure!(lab.evaluate("history.length").await? == entries);

        // The controls follow the address.
        let other = "location.hash = '#v=1&data=corner-cue&seed=5'; 0";
        lab.evaluate(other).await?;
        takes_value(lab, "seed", "5").await?;
        takes_value(lab, "axis", "spatial").await?;
        takes_value(lab, "batch-size", "32").await?;
        lab.evaluate("history.back(); 0").await?;
        takes_value(lab, "seed", "3").await?;
        takes_value(lab, "p", "0.75").await?;

        // A link to a place on the page leaves both alone.
        lab.click("to-own-images").await?;
        comes_true(lab, "location.hash.includes('seed=3')").await?;
        takes_value(lab, "seed", "3").await?;
        lab.status("ready", SOON).await?;
        lab.click("step").await?;
        lab.wait_for("step-count", |text| text == "1", SOON).await?;
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_link_says_what_was_ignored() -> Result<()> {
    let query = "?device=cpu#v=1&p=7&colour=red&epochs=5&%%%";
    lab("broken-link", query, async |lab| {
        let all = |text: &str| {
            ["p=7", "from 0 to 1", "colour=red"]
                .iter()
                .all(|part| text.contains(part))
        };
        lab.wait_for("notice", all, SOON).await?;
        lab.ready().await?;
        takes_value(lab, "epochs", "5").await?;
        let p: f64 = value(lab, "p").await?.parse()?;
        ensure!((p - 1.0 / 3.0).abs() < 1e-6, "p is {p}");
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_with_images_of_ones_own_says_that_they_stay_behind() -> Result<()> {
    lab("own-link", "?device=cpu#v=1&data=own&seed=4", async |lab| {
        let explained = |text: &str| text.contains("own") && text.contains("Your images");
        lab.wait_for("notice", explained, SOON).await?;
        lab.ready().await?;
        takes_value(lab, "seed", "4").await
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_teachers_link_hides_panels_until_all_are_wanted() -> Result<()> {
    let hidden = "getComputedStyle(document.querySelector('#masks')).display === 'none'";
    lab(
        "teacher",
        "?device=cpu#v=1&hide=masks,own-images",
        async |lab| {
            lab.ready().await?;
            comes_true(lab, hidden).await?;
            lab.screenshot("teacher").await?;
            lab.click("show-everything").await?;
            comes_true(lab, &format!("!({hidden})")).await?;

            lab.click("share-open").await?;
            lab.click("hide-data").await?;
            let link = "hide=data,masks,own-images";
            lab.wait_until("the class link", SOON, async || {
                Ok(value(lab, "teacher-link").await?.ends_with(link))
            })
            .await?;
            ensure!(!value(lab, "share-link").await?.contains("hide="));
            Ok(())
        },
    )
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_go_out_as_a_file_and_come_back() -> Result<()> {
    let folder = tempfile::tempdir()?;
    lab("config-file", "?device=cpu", async |lab| {
        lab.ready().await?;
        lab.set_value("seed", "7").await?;
        lab.set_value("axis", "channel").await?;
        lab.status("ready", SOON).await?;
        lab.set_value("p", "0.25").await?;
        lab.evaluate(CATCH_FILES).await?;
        lab.click("share-open").await?;
        let file = saves(lab, "export-config").await?;
        ensure!(file["name"] == "config.json", "{}", file["name"]);
        let text = file["text"].as_str().unwrap_or_default();
        let config: RunConfig = serde_json::from_str(text)?;
        let mut expected = RunConfig::default();
        expected.training.seed = 7;
        expected.arms[1].challenge.axis = rsc_core::config::Axis::Channel;
        expected.arms[1].challenge.p = 0.25;
        ensure!(config == expected, "{config:?}");

        expected.data.source = DataSource::Preset {
            preset: DataPreset::TintCue,
        };
        expected.training.seed = 8;
        let sound = folder.path().join("config.json");
        std::fs::write(&sound, serde_json::to_string(&expected)?)?;
        lab.upload("import-config", &[sound]).await?;
        lab.wait_for("import-said", |text| text.contains("config.json"), SOON)
            .await?;
        takes_value(lab, "seed", "8").await?;

        for (name, text, problem) in [
            ("unknown.json", r#"{"epohcs": 3}"#, "epohcs"),
            (
                "range.json",
                r#"{"training": {"epochs": 0}}"#,
                "training.epochs",
            ),
            ("garbage.json", "hello", "JSON"),
        ] {
            let broken = folder.path().join(name);
            std::fs::write(&broken, text)?;
            lab.upload("import-config", &[broken]).await?;
            let named = |text: &str| text.contains(name) && text.contains(problem);
            lab.wait_for("import-refused", named, SOON).await?;
            takes_value(lab, "seed", "8").await?;
        }
        Ok(())
    })
    .await
}

/// `core/tests/program.rs` gives this file to `rsc train --config`.
#[tokio::test(flavor = "multi_thread")]
async fn a_config_json_of_the_page_is_the_one_that_rsc_trains_by() -> Result<()> {
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/page/config.json");
    lab("config-fixture", "?device=cpu", async |lab| {
        lab.ready().await?;
        for (control, value) in [
            ("seed", "7"),
            ("epochs", "1"),
            ("train-images", "64"),
            ("test-images", "32"),
            ("axis", "channel"),
            ("p", "0.25"),
        ] {
            lab.set_value(control, value).await?;
        }
        lab.ready().await?;
        comes_true(lab, "location.hash.includes('p=0.25')").await?;
        lab.evaluate(CATCH_FILES).await?;
        lab.click("share-open").await?;
        let file = saves(lab, "export-config").await?;
        let text = file["text"].as_str().unwrap_or_default();
        if std::env::var_os("RSC_WRITE_FIXTURES").is_some() {
            std::fs::write(&fixture, text)?;
        }
        let expected = std::fs::read_to_string(&fixture)?;
        ensure!(text == expected, "the page saves {text}");
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn evaluations_are_saved_as_a_table() -> Result<()> {
    lab("evaluations", "?device=cpu", async |lab| {
        lab.ready().await?;
        for (control, value) in [
            ("epochs", "2"),
            ("train-images", "64"),
            ("test-images", "32"),
        ] {
            lab.set_value(control, value).await?;
        }
        lab.ready().await?;
        lab.click("play").await?;
        lab.status("done", DRAWN).await?;
        lab.evaluate(CATCH_FILES).await?;
        lab.click("share-open").await?;
        let file = saves(lab, "export-evaluations").await?;
        ensure!(file["name"] == "evaluations.csv", "{}", file["name"]);
        let csv = file["text"].as_str().unwrap_or_default();
        let mut lines = csv.lines();
        let columns: Vec<&str> = lines.next().unwrap_or_default().split(',').collect();
        ensure!(columns[..3] == ["step", "epoch", "arm"], "{columns:?}");
        let column = |name: &str| columns.iter().position(|column| *column == name);
        let new = column("accuracy_new_domain").context("no column of the new domain")?;
        let cued = column("accuracy: cued").context("no column of a domain")?;
        // 64 images in batches of 32, two epochs, two arms.
        let rows: Vec<Vec<&str>> = lines.map(|line| line.split(',').collect()).collect();
        let place: Vec<_> = rows.iter().map(|row| row[..3].to_vec()).collect();
        ensure!(
            place
                == [
                    ["2", "0", "erm"],
                    ["2", "0", "rsc"],
                    ["4", "1", "erm"],
                    ["4", "1", "rsc"],
                ],
            "{csv}"
        );
        for row in &rows {
            for value in [row[new], row[cued]] {
                let value: f64 = value.parse()?;
                ensure!((0.0..=1.0).contains(&value), "{csv}");
            }
        }
        // As the page shows it.
        let shown = lab.number("run-new-rsc-1").await?;
        let saved: f64 = rows[3][new].parse()?;
        ensure!(
            shown.is_some_and(|shown| (shown - 100.0 * saved).abs() < 0.051),
            "{shown:?} is shown, {saved} is saved"
        );
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_weights_and_pictures_are_saved() -> Result<()> {
    lab("exports", "?device=cpu", async |lab| {
        lab.ready().await?;
        for made in 1..=3 {
            lab.click("step").await?;
            let next = made.to_string();
            lab.wait_for("step-count", |text| text == next, SOON)
                .await?;
        }
        lab.status("paused", SOON).await?;
        lab.drawn("overlay-0", None).await?;
        lab.evaluate(CATCH_FILES).await?;
        lab.click("share-open").await?;

        let steps = saves(lab, "export-steps").await?;
        let steps = steps["text"].as_str().unwrap_or_default();
        ensure!(steps.starts_with("step,epoch,arm,loss"), "{steps}");
        ensure!(steps.lines().count() == 1 + 3 * 2, "{steps}");
        ensure!(steps.lines().any(|line| line.starts_with("3,0,rsc,")));

        let everything = saves(lab, "export-metrics").await?;
        let everything = everything["text"].as_str().unwrap_or_default();
        let everything: Value = serde_json::from_str(everything)?;
        ensure!(everything["steps"].as_array().map(Vec::len) == Some(3));
        let evaluations = everything["evaluations"].clone();
        let evaluations: Vec<EvaluationRecord> = serde_json::from_value(evaluations)?;
        ensure!(evaluations.iter().all(|record| record.arms.len() == 2));

        let weights = saves(lab, "export-weights-rsc").await?;
        ensure!(weights["name"] == "model.rsc.safetensors");
        // 23,844 weights of four bytes, and a header.
        let size = weights["size"].as_u64().unwrap_or_default();
        ensure!(size > 4 * 23_844 && size < 4 * 23_844 + 4096, "{size} bytes");
        let weights = weights["text"].as_str().unwrap_or_default();
        let program = lab.text("pytorch-snippet").await?;
        ensure!(weights.contains("blocks.2.conv.weight"));
        ensure!(program.contains("ConvBlock(32, 64)"), "{program}");

        let chart = saves(lab, "chart-svg").await?;
        let chart = chart["text"].as_str().unwrap_or_default();
        ensure!(chart.starts_with("<svg") && chart.contains("ERM"), "{chart}");
        let parsed = format!(
            "new DOMParser().parseFromString({}, 'image/svg+xml').querySelector('parsererror') === null",
            json!(chart)
        );
        ensure!(lab.evaluate(&parsed).await? == true, "not XML: {chart}");
        for picture in ["chart-png", "mask-png"] {
            let picture = saves(lab, picture).await?;
            ensure!(picture["type"] == "image/png", "{picture}");
            ensure!(picture["size"].as_u64() > Some(1000), "{picture}");
        }

        // Copied, or selected where the browser refuses.
        lab.click("copy-link").await?;
        lab.wait_for("copy-link-said", |text| !text.is_empty(), SOON)
            .await?;

        lab.screenshot("share").await?;
        lab.size(390, 844).await?;
        let fits = "(() => { const sheet = document.querySelector('[data-testid=share]'); \
            return sheet.scrollWidth <= sheet.clientWidth && sheet.offsetWidth <= innerWidth; })()";
        comes_true(lab, fits).await?;
        lab.screenshot("share-phone").await
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_of_keys_opens_and_closes() -> Result<()> {
    let open = "document.querySelector('[data-testid=keys]').open === true";
    let closed = "document.querySelector('[data-testid=keys]').open === false";
    lab("keys", "?device=cpu", async |lab| {
        lab.ready().await?;
        ensure!(lab.evaluate(closed).await? == true);
        lab.press("?").await?;
        comes_true(lab, open).await?;
        let listed = lab.text("keys").await?;
        ensure!(
            listed.contains("Space") && listed.contains("step"),
            "{listed}"
        );

        // Keys are for the dialog while it is open.
        lab.press("s").await?;
        lab.press("Escape").await?;
        comes_true(lab, closed).await?;
        ensure!(lab.steps().await? == 0, "a key reached the page behind");

        lab.click("show-keys").await?;
        comes_true(lab, open).await?;
        lab.click("keys-close").await?;
        comes_true(lab, closed).await?;

        lab.evaluate("document.activeElement.blur(); 0").await?;
        lab.press("s").await?;
        lab.wait_for("step-count", |text| text == "1", SOON).await?;
        Ok(())
    })
    .await
}
