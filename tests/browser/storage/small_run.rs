//! A small run, and waiting for it to train or to be restored.

use anyhow::Result;

use crate::lab::{LOAD, Lab};

/// The address of a small run.
pub(super) const SMALL: &str =
    "?device=cpu#v=1&size=16&train=256&test=8&net=cnn-4-8&batch=8&epochs=1000";

/// Waits until the run has made so many more steps.
pub(super) async fn wait_for_more_steps(lab: &Lab, count: u64) -> Result<()> {
    let before = lab.step_count().await?;
    lab.wait_until("more steps", LOAD, async || {
        Ok(lab.step_count().await? >= before + count)
    })
    .await
}

/// Waits for the run of a page that was reloaded.
pub(super) async fn wait_for_run(lab: &Lab) -> Result<()> {
    lab.wait_until("a run", LOAD, async || {
        let state = lab.state().await;
        Ok(state.is_ok_and(|state| ["ready", "paused", "done"].contains(&&*state)))
    })
    .await
}
