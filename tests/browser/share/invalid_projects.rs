//! Project files with a fault: each is refused by name, and nothing changes.

use anyhow::{Context, Result, ensure};
use rsc_core::config::RunConfig;
use serde_json::{Value, json};

use crate::lab::{SOON, visit};
use crate::samples::corpus::valid_image;
use crate::samples::zip::{FLAGS, overwrite_in_directory, rename_entry, zip_deflated, zip_stored};

/// The `runs.json` of a project with one run, in which the value at a JSON pointer is replaced.
fn run_with(place: &str, value: Value) -> Result<Vec<u8>> {
    let mut runs = json!([{
        "id": 1, "name": "strange-otter", "pinned": false, "config": RunConfig::default(),
        "changes": [], "curves": [], "evaluations": [], "steps": 5, "total_steps": 640,
        "state": "paused", "device": "CPU", "step_ms": 20.0, "started": 1e12
    }]);
    *runs.pointer_mut(place).context("no such place")? = value;
    Ok(serde_json::to_vec(&runs)?)
}

#[tokio::test(flavor = "multi_thread")]
async fn spoilt_projects_change_nothing() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let image = valid_image()?;
    let good = run_with("/0/pinned", json!(true))?;
    let wild = run_with("/0/config/training/learning_rate", json!(-3))?;
    let strange = run_with("/0/config/training/epochs", json!("many"))?;
    let mut locked = zip_stored(&[("images/cat/1.png", &image)])?;
    overwrite_in_directory(&mut locked, FLAGS, &1_u16.to_le_bytes());
    let cases: [(&str, Vec<u8>, &str); 6] = [
        (
            "wild",
            zip_stored(&[("runs.json", &wild)])?,
            "learning_rate",
        ),
        ("strange", zip_stored(&[("runs.json", &strange)])?, "many"),
        ("locked", locked, "password"),
        (
            "nested",
            zip_stored(&[
                ("runs.json", good.as_slice()),
                ("images/cat/x.zip", b"PK".as_slice()),
            ])?,
            "a zip file itself",
        ),
        (
            "climbing",
            rename_entry(
                zip_stored(&[("runs.json", &good), ("aa/up.png", &image)])?,
                "aa/up.png",
                "../up.png",
            ),
            "outside",
        ),
        (
            "packed",
            zip_deflated(&[("runs.json", &good)])?,
            "compressed",
        ),
    ];
    visit("bad-projects", "?device=cpu", async |lab| {
        lab.wait_until_ready().await?;
        lab.click("share-open").await?;
        for (name, bytes, part) in &cases {
            let file = folder.path().join(format!("{name}.zip"));
            std::fs::write(&file, bytes)?;
            lab.upload("import-project", &[file]).await?;
            let said = |text: &str| text.contains(&format!("{name}.zip")) && text.contains(part);
            lab.wait_for_text("project-refused", said, SOON).await?;
        }
        let there = "[...document.querySelectorAll('#runs input')]\
             .some(input => input.value === 'strange-otter')";
        ensure!(!lab.holds(there).await?, "a run was taken");
        // The same run without the fault is taken.
        let file = folder.path().join("good.zip");
        std::fs::write(&file, zip_stored(&[("runs.json", &good)])?)?;
        lab.upload("import-project", &[file]).await?;
        let taken = |text: &str| text.contains("1 run");
        lab.wait_for_text("project-said", taken, SOON).await?;
        ensure!(lab.holds(there).await?, "the run is not there");
        Ok(())
    })
    .await
}
