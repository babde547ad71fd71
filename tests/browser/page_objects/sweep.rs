//! The sweep: its form and its status.

use std::time::Duration;

use anyhow::{Result, ensure};

use crate::lab::Lab;

/// Limit for a few short runs on one CPU core.
pub(crate) const SWEPT: Duration = Duration::from_secs(300);

/// Fills in a sweep over one setting.
pub(crate) async fn plan(lab: &Lab, values: &str, seeds: &str) -> Result<()> {
    lab.set_value("sweep-second", "none").await?;
    lab.set_value("sweep-first-values", values).await?;
    lab.set_value("sweep-seeds", seeds).await
}

/// Waits for a status of the sweep. A fault is an error at once.
pub(crate) async fn wait_for_sweep(lab: &Lab, wanted: &str, within: Duration) -> Result<()> {
    let settled = |text: &str| text == wanted || text.contains("fault");
    let status = lab.wait_for_text("sweep-status", settled, within).await?;
    ensure!(status == wanted, "the sweep is `{status}`");
    Ok(())
}
