//! The workers that a page starts, for tests that count or end them.

use anyhow::{Context, Result};

use crate::lab::{LOAD, Lab};

/// Keeps every worker that a page starts in `workers`.
pub(crate) const KEEP_WORKERS: &str = "globalThis.workers = []; \
    globalThis.Worker = class extends Worker { \
        constructor(...given) { super(...given); workers.push(this); } };";

/// Reloads the page, from now on with a script before its own that includes [`KEEP_WORKERS`] once,
/// and waits until a worker has started.
pub(crate) async fn reload_with_workers(lab: &Lab, script: &str) -> Result<()> {
    lab.reload_with_script(script).await?;
    lab.wait_until("a worker", LOAD, async || {
        let started = lab.holds("(globalThis.workers?.length ?? 0) > 0").await;
        Ok(started.unwrap_or(false))
    })
    .await
}

/// Number of workers that the page has started.
pub(crate) async fn worker_count(lab: &Lab) -> Result<u64> {
    let count = lab.evaluate("workers.length").await?;
    count.as_u64().context("no workers")
}
