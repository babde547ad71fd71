//! Metrics, weights, charts and pictures are saved as files.

use anyhow::{Context, Result, ensure};
use rsc_core::protocol::EvaluationRecord;
use serde_json::{Value, json};

use crate::lab::{DRAWN, Lab, SOON, visit};
use crate::page_objects::downloads::{CATCH_FILES, save, save_text};
use crate::page_objects::settings::{SHORT_RUN, set_run_size};
use crate::page_objects::sweep::plan;

/// Clicks, and checks that a PNG with something in it is saved then.
async fn save_png(lab: &Lab, testid: &str) -> Result<()> {
    let file = save(lab, testid).await?;
    ensure!(file["type"] == "image/png", "{file}");
    ensure!(file["size"].as_u64() > Some(1000), "{file}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn evaluations_are_saved_as_a_table() -> Result<()> {
    visit("evaluations", "?device=cpu", async |lab| {
        lab.wait_until_ready().await?;
        set_run_size(lab, 2, 64, 32).await?;
        lab.click("play").await?;
        lab.wait_for_status("done", DRAWN).await?;
        lab.evaluate(CATCH_FILES).await?;
        lab.click("share-open").await?;
        let file = save(lab, "export-evaluations").await?;
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
    visit("exports", "?device=cpu", async |lab| {
        lab.wait_until_ready().await?;
        lab.make_first_steps(3).await?;
        lab.wait_for_picture("overlay-0", None).await?;
        lab.evaluate(CATCH_FILES).await?;
        lab.click("share-open").await?;

        let steps = save_text(lab, "export-steps").await?;
        ensure!(steps.starts_with("step,epoch,arm,loss"), "{steps}");
        ensure!(steps.lines().count() == 1 + 3 * 2, "{steps}");
        ensure!(steps.lines().any(|line| line.starts_with("3,0,rsc,")));

        let everything = save_text(lab, "export-metrics").await?;
        let everything: Value = serde_json::from_str(&everything)?;
        ensure!(everything["steps"].as_array().map(Vec::len) == Some(3));
        let evaluations = everything["evaluations"].clone();
        let evaluations: Vec<EvaluationRecord> = serde_json::from_value(evaluations)?;
        ensure!(evaluations.iter().all(|record| record.arms.len() == 2));

        let weights = save(lab, "export-weights-rsc").await?;
        ensure!(weights["name"] == "model.rsc.safetensors");
        // 23,844 weights of four bytes, and a header.
        let size = weights["size"].as_u64().unwrap_or_default();
        ensure!(size > 4 * 23_844 && size < 4 * 23_844 + 4096, "{size} bytes");
        let weights = weights["text"].as_str().unwrap_or_default();
        let program = lab.text("pytorch-snippet").await?;
        ensure!(weights.contains("blocks.2.conv.weight"));
        ensure!(program.contains("ConvBlock(32, 64)"), "{program}");

        let chart = save_text(lab, "chart-svg").await?;
        ensure!(chart.starts_with("<svg") && chart.contains("ERM"), "{chart}");
        let parsed = format!(
            "new DOMParser().parseFromString({}, 'image/svg+xml').querySelector('parsererror') === null",
            json!(chart)
        );
        ensure!(lab.holds(&parsed).await?, "not XML: {chart}");
        for picture in ["chart-png", "mask-png"] {
            save_png(lab, picture).await.context(picture)?;
        }

        // Copied, or selected where the browser refuses.
        lab.click("copy-link").await?;
        lab.wait_for_text("copy-link-said", |text| !text.is_empty(), SOON)
            .await?;

        lab.screenshot("share").await?;
        lab.resize(390, 844).await?;
        let fits = "(() => { const sheet = document.querySelector('[data-testid=share]'); \
            return sheet.scrollWidth <= sheet.clientWidth && sheet.offsetWidth <= innerWidth; })()";
        lab.wait_until_true(fits).await?;
        lab.screenshot("share-phone").await
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_drawn_can_be_saved() -> Result<()> {
    visit("drawings", "?device=cpu", async |lab| {
        lab.wait_until_ready().await?;
        set_run_size(lab, 1, 64, 64).await?;
        lab.click("play").await?;
        lab.wait_for_status("done", SHORT_RUN).await?;
        lab.open_nested_details().await?;
        lab.wait_for_picture("stage-masked", None).await?;
        plan(lab, "0.25, 0.5", "5").await?;
        lab.click("sweep-start").await?;
        let settled = |text: &str| text == "done" || text.contains("fault");
        lab.wait_for_text("sweep-status", settled, SHORT_RUN)
            .await?;
        lab.open_nested_details().await?;
        lab.wait_for_text("batch-summary", |text| !text.is_empty(), DRAWN)
            .await?;
        lab.evaluate(CATCH_FILES).await?;
        lab.click("share-open").await?;
        let read = "[...document.querySelectorAll('[data-testid=export-chart] option')] \
            .map(it => [it.value, it.textContent])";
        let listed: Vec<(String, String)> = serde_json::from_value(lab.evaluate(read).await?)?;
        for (name, part) in [
            ("Effective number of features", "<path"),
            ("Challenge gap", "<path"),
            ("Features in use: ", "<path"),
            ("Confusion matrix of ERM", "<rect"),
            ("Microscope: all stages", "<image"),
            ("Microscope: Feature map Z", "<image"),
            ("Microscope: Histogram", "<rect"),
            ("The last batch", "<image"),
            ("What is muted", "<image"),
            ("RSC: accuracy in the new domain", "<rect"),
        ] {
            let found = listed.iter().find(|(_, label)| label.contains(name));
            let (index, label) = found.with_context(|| format!("no {name} in {listed:?}"))?;
            lab.set_value("export-chart", index).await?;
            let text = save_text(lab, "chart-svg").await?;
            ensure!(text.contains(part), "{label} has no {part}: {text}");
            // As a picture, so that its own size is known.
            let sound = format!(
                "(async () => {{ const picture = new Image(); \
                 picture.src = 'data:image/svg+xml,' + encodeURIComponent({}); \
                 await picture.decode(); return picture.naturalWidth > 100; }})()",
                json!(text)
            );
            ensure!(lab.holds(&sound).await?, "{label} is no SVG: {text}");
            let saved = save_png(lab, "chart-png").await;
            saved.with_context(|| label.clone())?;
        }
        Ok(())
    })
    .await
}
