//! What must hold after any actions of a visitor.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use tokio::time::sleep;

use super::visitor::Visitor;
use crate::lab::{LOAD, SOON};

/// A run that was seen so long ago is stored: it may not be lost any more.
const SAFE: Duration = Duration::from_secs(10);

/// The ids of the runs in the list, without those that can still be undeleted.
const RUNS: &str = "[...document.querySelectorAll('.run-list > li')] \
    .filter(row => !row.querySelector('[data-testid^=run-undo-]')) \
    .map(row => row.dataset.testid.slice(4))";

impl Visitor<'_> {
    /// Checks the page and its workers, and that no run is lost. Leaves the run paused.
    pub(super) async fn check(&mut self) -> Result<()> {
        let faults = self.lab.monitor.faults();
        ensure!(faults.is_empty(), "in the console: {faults:#?}");
        self.pause().await?;
        ensure!(!self.lab.has("failure").await?, "a failure is told of");
        self.check_workers().await?;
        if self.lab.state().await? != "done" {
            self.check_step().await?;
        }
        self.check_runs().await
    }

    async fn pause(&self) -> Result<()> {
        let lab = self.lab;
        lab.wait_until("a run at rest", LOAD, async || {
            let state = lab.state().await?;
            if state == "training" {
                lab.evaluate("document.querySelector('[data-testid=play]').click(); 0")
                    .await?;
                sleep(Duration::from_millis(300)).await;
            }
            Ok(["ready", "paused", "done"].contains(&&*state))
        })
        .await
    }

    /// There is one worker for each core at most: those of a sweep or a benchmark have ended.
    async fn check_workers(&mut self) -> Result<()> {
        let lab = self.lab;
        self.most_workers = self.most_workers.max(lab.monitor.living_workers());
        let cores = lab.cores().await? as usize;
        lab.wait_until("no more workers than cores", SOON, async || {
            Ok((1..=cores).contains(&lab.monitor.living_workers()))
        })
        .await
    }

    /// The run on the page is the one that the engine has: a step of it is seen.
    async fn check_step(&self) -> Result<()> {
        let lab = self.lab;
        let before = lab.step_count().await?;
        lab.click("step").await?;
        // More than one where steps were still on their way.
        lab.wait_until(
            "a step",
            SOON,
            async || Ok(lab.step_count().await? > before),
        )
        .await?;
        let settled = ["paused", "done"];
        lab.wait_until("a pause", SOON, async || {
            Ok(settled.contains(&&*lab.state().await?))
        })
        .await
    }

    /// Every run that is stored is listed, unless it was deleted.
    async fn check_runs(&mut self) -> Result<()> {
        let rows: Vec<String> = serde_json::from_value(self.lab.evaluate(RUNS).await?)?;
        let now = Instant::now();
        for (seen, run) in &self.known {
            let gone = !rows.contains(run) && !self.deleted.contains(run);
            ensure!(
                !gone || now - *seen < SAFE || rows.len() > 50,
                "run {run} is lost; there are {rows:?}"
            );
        }
        self.known
            .retain(|(_, run)| rows.contains(run) && !self.deleted.contains(run));
        for row in rows {
            if !self.known.iter().any(|(_, run)| *run == row) {
                self.known.push((now, row));
            }
        }
        Ok(())
    }
}
