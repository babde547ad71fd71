//! What a network costs follows from the data that are chosen.

use anyhow::{Result, ensure};

use crate::lab::{LOAD, lab};

#[tokio::test(flavor = "multi_thread")]
async fn parameters_are_counted_for_the_classes_of_the_data() -> Result<()> {
    lab("preset-classes", "?device=cpu", async |lab| {
        lab.ready().await?;
        // Three blocks of 16, 32 and 64 channels, and for each class 64 weights and a bias.
        let blocks = 448 + 4_640 + 18_496;
        for (preset, classes) in [
            ("preset-rotated-digits", 10),
            ("preset-coloured-digits", 2),
            ("preset-corner-cue", 4),
        ] {
            let expected = f64::from(blocks + 65 * classes);
            lab.click(preset).await?;
            let same = |text: &str| crate::lab::number(text) == Some(expected);
            lab.wait_for("parameters", same, LOAD).await?;
            // The engine, which has the network, says the same.
            lab.wait_for("run-parameters", same, LOAD).await?;
        }
        ensure!(lab.text("notice").await?.is_empty());
        Ok(())
    })
    .await
}
