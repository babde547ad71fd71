//! Failures that are caused on purpose: what the page says, and that a run goes on.

use std::time::Duration;

use anyhow::{Result, ensure};
use tokio::time::sleep;

use crate::lab::{LOAD, SOON, lab};

/// Remembers every worker that a page starts, so that a test can end one.
const KEEP_WORKERS: &str = "globalThis.workers = []; \
    globalThis.Worker = class extends Worker { \
        constructor(...given) { super(...given); workers.push(this); } };";

/// Keeps away what the page fetches later, until a test says otherwise; the page's loader tells the
/// console of that.
const KEEP_PIECES_AWAY: &str = "globalThis.away = true; const fetchAny = globalThis.fetch; \
    globalThis.fetch = (address, ...rest) => away && String(address).includes('/later-') \
        ? Promise.reject(new TypeError('kept away')) : fetchAny(address, ...rest); \
    const tell = console.error; \
    console.error = (...said) => String(said[0]).includes('kept away') || tell(...said);";

/// As long as a run that trains takes to be put aside, and a little more.
const PUT_ASIDE: Duration = Duration::from_secs(7);

#[tokio::test(flavor = "multi_thread")]
async fn a_run_outlives_its_engine() -> Result<()> {
    lab("failure", "?device=cpu", async |lab| {
        lab.ready().await?;
        lab.reload_with(KEEP_WORKERS).await?;
        lab.wait_until("a worker", LOAD, async || {
            Ok(lab.evaluate("globalThis.workers?.length").await? == 1)
        })
        .await?;
        lab.ready().await?;
        lab.click("play").await?;
        sleep(PUT_ASIDE).await;
        let before = lab.steps().await?;
        ensure!(before > 0, "no step in {PUT_ASIDE:?}");

        // The engine dies.
        lab.evaluate(
            "workers[0].terminate(); workers[0].dispatchEvent( \
             new ErrorEvent('error', { message: 'gone', cancelable: true })); 0",
        )
        .await?;
        lab.wait_for("failure", |text| text.contains("gone"), SOON)
            .await?;
        lab.wait_for("status", |text| text.contains("failed"), SOON)
            .await?;

        // Another takes the run up where it was put aside, and trains on.
        lab.click("failure-go-on").await?;
        lab.wait_for("status", |text| !text.contains("failed"), SOON)
            .await?;
        lab.status("paused", LOAD).await?;
        let kept = lab.steps().await?;
        ensure!(kept > 0 && kept <= before, "at step {kept}, after {before}");
        ensure!(!lab.has("failure").await?, "still told of a failure");
        lab.click("play").await?;
        lab.wait_until("more steps", SOON, async || Ok(lab.steps().await? > kept))
            .await
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn pieces_that_are_missing_can_be_fetched_again() -> Result<()> {
    lab("pieces", "?device=cpu", async |lab| {
        lab.ready().await?;
        lab.reload_with(KEEP_PIECES_AWAY).await?;
        lab.wait_for("pieces-missing", |text| !text.is_empty(), LOAD)
            .await?;
        ensure!(!lab.has("learned").await?, "a missing piece is there");
        // What the first module has is there, and can be used.
        lab.set_value("learning-rate", "0.002").await?;
        let status = lab.text("status").await?;
        ensure!(status.contains("loading"), "the run is `{status}`");

        lab.evaluate("globalThis.away = false; 0").await?;
        lab.click("pieces-again").await?;
        lab.wait_until("the pieces", SOON, async || lab.has("learned").await)
            .await?;
        ensure!(!lab.has("pieces-missing").await?, "still told of");
        // The engine's messages have waited.
        lab.ready().await?;
        lab.click("step").await?;
        lab.wait_for("step-count", |text| text == "1", SOON).await?;
        Ok(())
    })
    .await
}
