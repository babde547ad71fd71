//! On the CPU each arm has its own worker, and the page trains with several as with one.

use std::time::Duration;

use anyhow::{Result, ensure};
use tokio::time::sleep;

use crate::lab::{LOAD, Lab, SOON, visit};
use crate::page_objects::database::CHECKPOINT_STEPS;
use crate::page_objects::losses::losses;
use crate::page_objects::workers::{KEEP_WORKERS, reload_with_workers, worker_count};

/// Waits until the current step of the newest run is stored.
async fn wait_until_stored(lab: &Lab) -> Result<()> {
    lab.wait_until("the run to be stored", SOON, async || {
        let all = lab.evaluate(CHECKPOINT_STEPS).await?;
        let newest = all.as_array().and_then(|all| all.last()?.as_u64());
        Ok(newest == Some(lab.step_count().await?))
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn each_arm_has_a_worker_and_the_page_does_not_notice() -> Result<()> {
    visit("worker-pool", "?device=cpu", async |lab| {
        lab.wait_until_ready().await?;
        reload_with_workers(lab, KEEP_WORKERS).await?;
        lab.wait_until_ready().await?;
        let wanted = lab.cores().await?.min(2);
        ensure!(worker_count(lab).await? == wanted, "not {wanted} workers");

        // Both arms go on together, stay where they are in a pause, and make single steps.
        lab.train_until(5).await?;
        let first = losses(lab).await?;
        lab.train_until(first.step + 60).await?;
        let second = losses(lab).await?;
        ensure!(
            second.erm != first.erm && second.rsc != first.rsc,
            "{first:?}, then {second:?}"
        );
        lab.step_to(second.step + 1).await?;

        // New runs, no new workers.
        for seed in ["5", "6"] {
            lab.click("reset").await?;
            lab.wait_for_step(0).await?;
            lab.set_value("seed", seed).await?;
            lab.wait_until_ready().await?;
            lab.step_to(1).await?;
        }
        ensure!(
            worker_count(lab).await? == wanted,
            "more workers than before"
        );

        // After a reload the run is there again, and goes on.
        lab.step_to(2).await?;
        let before = losses(lab).await?;
        wait_until_stored(lab).await?;
        reload_with_workers(lab, "").await?;
        lab.wait_for_status("paused", LOAD).await?;
        ensure!(losses(lab).await? == before, "another state came back");
        lab.train_until(6).await?;
        ensure!(
            worker_count(lab).await? == wanted,
            "not {wanted} workers again"
        );
        wait_until_stored(lab).await?;

        // If one worker dies, here the last, the others end as well, and the run can go on.
        lab.click("play").await?;
        lab.wait_for_status("training", SOON).await?;
        lab.evaluate(
            "workers.at(-1).terminate(); workers.at(-1).dispatchEvent( \
             new ErrorEvent('error', { message: 'gone', cancelable: true })); 0",
        )
        .await?;
        lab.wait_for_text("failure", |text| text.contains("gone"), SOON)
            .await?;
        let stopped = lab.text("step-count").await?;
        sleep(Duration::from_secs(1)).await;
        ensure!(
            lab.text("step-count").await? == stopped,
            "an arm goes on alone"
        );
        lab.click("failure-go-on").await?;
        // It was training.
        lab.wait_for_state("training", LOAD).await?;
        let kept = lab.step_count().await?;
        ensure!(kept >= 6, "at step {kept} only");
        lab.wait_until("more steps", SOON, async || {
            Ok(lab.step_count().await? > kept)
        })
        .await?;
        ensure!(
            worker_count(lab).await? == 2 * wanted,
            "not as many workers as before"
        );
        Ok(())
    })
    .await
}
