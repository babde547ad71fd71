//! Steps, pauses and resets of the run, and waiting for its state.

use std::time::Duration;

use anyhow::{Result, ensure};

use super::page::Lab;
use super::reading::number;
use super::timeouts::{LOAD, SOON};

impl Lab {
    /// Waits until the whole page is loaded and the run ready.
    pub(crate) async fn wait_until_ready(&self) -> Result<()> {
        let complete = "document.documentElement.hasAttribute('data-complete')";
        self.wait_until("the whole page", LOAD, async || self.holds(complete).await)
            .await?;
        self.wait_for_status("ready", LOAD).await
    }

    /// Waits until the English status of the run contains `wanted`. A failed run is an error at
    /// once.
    pub(crate) async fn wait_for_status(&self, wanted: &str, within: Duration) -> Result<()> {
        let settled = |text: &str| text.contains(wanted) || text.contains("failed");
        let status = self.wait_for_text("status", settled, within).await?;
        ensure!(status.contains(wanted), "the run is `{status}`");
        Ok(())
    }

    /// Waits until the run is in this state, in any language of the page.
    pub(crate) async fn wait_for_state(&self, wanted: &str, within: Duration) -> Result<()> {
        self.wait_until(&format!("the run as `{wanted}`"), within, async || {
            // Nothing can be evaluated while one document replaces another.
            Ok(self.state().await.is_ok_and(|state| state == wanted))
        })
        .await
    }

    /// Waits until exactly so many steps are counted.
    pub(crate) async fn wait_for_step(&self, count: u64) -> Result<()> {
        let count = count.to_string();
        self.wait_for_text("step-count", |text| text == count, SOON)
            .await?;
        Ok(())
    }

    /// Clicks the step button and waits until `count` steps are counted; the run may not be paused
    /// yet.
    pub(crate) async fn click_step(&self, count: u64) -> Result<()> {
        self.click("step").await?;
        self.wait_for_step(count).await
    }

    /// Clicks the step button and waits until `count` steps are counted and the run is paused.
    pub(crate) async fn step_to(&self, count: u64) -> Result<()> {
        self.click_step(count).await?;
        self.wait_for_status("paused", SOON).await
    }

    /// Makes the first steps of a run, with a pause after the last.
    pub(crate) async fn make_first_steps(&self, count: u64) -> Result<()> {
        for step in 1..=count {
            self.click_step(step).await?;
        }
        self.wait_for_status("paused", SOON).await
    }

    /// Makes so many single steps, with a pause after each.
    pub(crate) async fn make_steps(&self, count: u64) -> Result<()> {
        let before = self.step_count().await?;
        for made in 1..=count {
            self.step_to(before + made).await?;
        }
        Ok(())
    }

    /// Trains until at least so many steps are counted, and pauses.
    pub(crate) async fn train_until(&self, steps: u64) -> Result<()> {
        self.click("play").await?;
        self.wait_for_status("training", SOON).await?;
        let enough = |text: &str| number(text) >= Some(steps as f64);
        self.wait_for_text("step-count", enough, SOON).await?;
        self.pause().await
    }

    /// Pauses a run that trains.
    pub(crate) async fn pause(&self) -> Result<()> {
        self.click("play").await?;
        self.wait_for_status("paused", SOON).await
    }

    /// Resets the run, to the initial weights and the settings of the controls.
    pub(crate) async fn reset(&self) -> Result<()> {
        self.click("reset").await?;
        self.wait_for_step(0).await?;
        self.wait_for_status("ready", SOON).await
    }
}
