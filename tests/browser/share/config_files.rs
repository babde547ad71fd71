//! `config.json`: it is saved, imported, and read by the program `rsc`.

use std::path::Path;

use anyhow::{Result, ensure};
use rsc_core::config::{Axis, DataPreset, DataSource, RunConfig};

use crate::lab::{SOON, visit};
use crate::page_objects::downloads::{CATCH_FILES, save, save_text};

#[tokio::test(flavor = "multi_thread")]
async fn settings_go_out_as_a_file_and_come_back() -> Result<()> {
    let folder = tempfile::tempdir()?;
    visit("config-file", "?device=cpu", async |lab| {
        lab.wait_until_ready().await?;
        lab.set_value("seed", "7").await?;
        lab.set_value("axis", "channel").await?;
        lab.wait_for_status("ready", SOON).await?;
        lab.set_value("p", "0.25").await?;
        lab.evaluate(CATCH_FILES).await?;
        lab.click("share-open").await?;
        let file = save(lab, "export-config").await?;
        ensure!(file["name"] == "config.json", "{}", file["name"]);
        let text = file["text"].as_str().unwrap_or_default();
        let config: RunConfig = serde_json::from_str(text)?;
        let mut expected = RunConfig::default();
        expected.training.seed = 7;
        expected.arms[1].challenge.axis = Axis::Channel;
        expected.arms[1].challenge.p = 0.25;
        ensure!(config == expected, "{config:?}");

        expected.data.source = DataSource::Preset {
            preset: DataPreset::TintCue,
        };
        expected.training.seed = 8;
        let sound = folder.path().join("config.json");
        std::fs::write(&sound, serde_json::to_string(&expected)?)?;
        lab.upload("import-config", &[sound]).await?;
        lab.wait_for_text("import-said", |text| text.contains("config.json"), SOON)
            .await?;
        lab.wait_for_value("seed", "8").await?;

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
            lab.wait_for_text("import-refused", named, SOON).await?;
            lab.wait_for_value("seed", "8").await?;
        }
        Ok(())
    })
    .await
}

/// `core/tests/cli/program/` gives this file to `rsc train --config`.
#[tokio::test(flavor = "multi_thread")]
async fn a_config_json_of_the_page_is_the_one_that_rsc_trains_by() -> Result<()> {
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/page/config.json");
    visit("config-fixture", "?device=cpu", async |lab| {
        lab.wait_until_ready().await?;
        lab.set_values([
            ("seed", "7"),
            ("epochs", "1"),
            ("train-images", "64"),
            ("test-images", "32"),
            ("axis", "channel"),
            ("p", "0.25"),
        ])
        .await?;
        lab.wait_until_ready().await?;
        lab.wait_until_true("location.hash.includes('p=0.25')")
            .await?;
        lab.evaluate(CATCH_FILES).await?;
        lab.click("share-open").await?;
        let text = save_text(lab, "export-config").await?;
        if std::env::var_os("RSC_WRITE_FIXTURES").is_some() {
            std::fs::write(&fixture, &text)?;
        }
        let expected = std::fs::read_to_string(&fixture)?;
        ensure!(text == expected, "the page saves {text}");
        Ok(())
    })
    .await
}
