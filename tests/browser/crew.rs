//! A worker for each arm, on the processor: the page trains with several as with one.

use anyhow::{Context, Result, ensure};
use serde_json::json;

use crate::failure::KEEP_WORKERS;
use crate::lab::{LOAD, Lab, SOON, lab, number};
use crate::store::ASIDE_AT;

/// The step and both arms' losses.
async fn losses(lab: &Lab) -> Result<(u64, f64, f64)> {
    let erm = lab.number("loss-erm").await?.context("no ERM loss")?;
    let rsc = lab.number("loss-rsc").await?.context("no RSC loss")?;
    Ok((lab.steps().await?, erm, rsc))
}

/// Trains until so many steps are made, and pauses.
async fn train_to(lab: &Lab, steps: u64) -> Result<()> {
    lab.click("play").await?;
    lab.status("training", SOON).await?;
    let enough = |text: &str| number(text) >= Some(steps as f64);
    lab.wait_for("step-count", enough, SOON).await?;
    lab.click("play").await?;
    lab.status("paused", SOON).await
}

/// Waits until the run in hand, the newest of all, is stored as it stands.
async fn stored(lab: &Lab) -> Result<()> {
    lab.wait_until("the run to be stored", SOON, async || {
        let all = lab.evaluate(ASIDE_AT).await?;
        let newest = all.as_array().and_then(|all| all.last()?.as_u64());
        Ok(newest == Some(lab.steps().await?))
    })
    .await
}

/// Opens the page anew, from now on with a script that runs before its own.
async fn open_anew(lab: &Lab, script: &str) -> Result<()> {
    lab.reload_with(script).await?;
    lab.wait_until("a worker", LOAD, async || {
        let there = lab.evaluate("(globalThis.workers?.length ?? 0) > 0").await;
        Ok(there.is_ok_and(|there| there == true))
    })
    .await
}

async fn workers(lab: &Lab) -> Result<u64> {
    let count = lab.evaluate("workers.length").await?;
    count.as_u64().context("no workers")
}

#[tokio::test(flavor = "multi_thread")]
async fn each_arm_has_a_worker_and_the_page_does_not_notice() -> Result<()> {
    lab("crew", "?device=cpu", async |lab| {
        lab.ready().await?;
        open_anew(lab, KEEP_WORKERS).await?;
        lab.ready().await?;
        let cores = lab.evaluate("navigator.hardwareConcurrency").await?;
        let wanted = cores.as_u64().context("no cores")?.min(2);
        ensure!(workers(lab).await? == wanted, "not {wanted} workers");

        // Both arms go on together, stay where they are in a pause, and make single steps.
        train_to(lab, 5).await?;
        let first = losses(lab).await?;
        train_to(lab, first.0 + 60).await?;
        let second = losses(lab).await?;
        ensure!(
            second.1 != first.1 && second.2 != first.2,
            "{first:?}, then {second:?}"
        );
        lab.click("step").await?;
        let next = (second.0 + 1).to_string();
        lab.wait_for("step-count", |text| text == next, SOON)
            .await?;
        lab.status("paused", SOON).await?;

        // New runs, no new workers.
        for seed in ["5", "6"] {
            lab.click("reset").await?;
            lab.wait_for("step-count", |text| text == "0", SOON).await?;
            lab.set_value("seed", seed).await?;
            lab.ready().await?;
            lab.click("step").await?;
            lab.wait_for("step-count", |text| text == "1", SOON).await?;
            lab.status("paused", SOON).await?;
        }
        ensure!(workers(lab).await? == wanted, "more workers than before");

        // After a reload the run is there again, and goes on.
        lab.click("step").await?;
        lab.wait_for("step-count", |text| text == "2", SOON).await?;
        lab.status("paused", SOON).await?;
        let before = losses(lab).await?;
        stored(lab).await?;
        open_anew(lab, "").await?;
        lab.status("paused", LOAD).await?;
        ensure!(losses(lab).await? == before, "another state came back");
        train_to(lab, 6).await?;
        ensure!(workers(lab).await? == wanted, "not {wanted} workers again");
        stored(lab).await?;

        // One of them dies, the last one: the others end as well, and the run goes on.
        lab.click("play").await?;
        lab.status("training", SOON).await?;
        lab.evaluate(
            "workers.at(-1).terminate(); workers.at(-1).dispatchEvent( \
             new ErrorEvent('error', { message: 'gone', cancelable: true })); 0",
        )
        .await?;
        lab.wait_for("failure", |text| text.contains("gone"), SOON)
            .await?;
        let stopped = lab.text("step-count").await?;
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        ensure!(
            lab.text("step-count").await? == stopped,
            "an arm goes on alone"
        );
        lab.click("failure-go-on").await?;
        lab.in_state("paused", LOAD).await?;
        let kept = lab.steps().await?;
        ensure!(kept >= 6, "at step {kept} only");
        lab.click("play").await?;
        lab.wait_until("more steps", SOON, async || Ok(lab.steps().await? > kept))
            .await?;
        ensure!(
            lab.evaluate("workers.length").await? == json!(2 * wanted),
            "not as many workers as before"
        );
        Ok(())
    })
    .await
}
