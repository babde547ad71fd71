//! A page that is left, frozen or hidden while it trains, and clocks that jump.

use std::time::Duration;

use anyhow::{Result, ensure};
use chromiumoxide::cdp::browser_protocol::page::{
    SetWebLifecycleStateParams, SetWebLifecycleStateState,
};
use tokio::time::sleep;

use super::small_run::{SMALL, wait_for_more_steps, wait_for_run};
use crate::lab::{LOAD, visit};

#[tokio::test(flavor = "multi_thread")]
async fn a_page_left_in_mid_training_comes_back() -> Result<()> {
    visit("left", SMALL, async |lab| {
        lab.wait_until_ready().await?;
        lab.click("play").await?;
        wait_for_more_steps(lab, 10).await?;
        // Longer than until it is suspended and written.
        sleep(Duration::from_secs(10)).await;
        let mut least = lab.step_count().await?;
        for way in ["reload", "leave"] {
            // The steps of these seconds may be lost, those before may not.
            sleep(Duration::from_secs(10)).await;
            if way == "reload" {
                lab.evaluate("location.reload(); 0").await?;
                // Until the page is another one.
                sleep(Duration::from_secs(1)).await;
            } else {
                lab.leave_and_return().await?;
            }
            lab.wait_for_state("paused", LOAD).await?;
            let kept = lab.step_count().await?;
            ensure!(kept >= least, "{way}: at step {kept} only, after {least}");
            lab.click("play").await?;
            wait_for_more_steps(lab, 10).await?;
            least = kept;
        }
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn sleep_and_jumping_clocks_do_no_harm() -> Result<()> {
    visit("sleep", SMALL, async |lab| {
        lab.wait_until_ready().await?;
        let jump = "globalThis.jump = 0; const { now } = Date; \
            Date.now = () => now() + globalThis.jump; globalThis.away = false; \
            Object.defineProperty(document, 'hidden', { get: () => globalThis.away }); \
            Object.defineProperty(document, 'visibilityState', \
                { get: () => globalThis.away ? 'hidden' : 'visible' });";
        lab.reload_with_script(jump).await?;
        wait_for_run(lab).await?;
        lab.click("play").await?;
        wait_for_more_steps(lab, 10).await?;

        for state in [
            SetWebLifecycleStateState::Frozen,
            SetWebLifecycleStateState::Active,
        ] {
            lab.command(SetWebLifecycleStateParams::new(state)).await?;
            sleep(Duration::from_secs(4)).await;
        }
        wait_for_more_steps(lab, 10).await?;

        for away in ["true", "false"] {
            lab.evaluate(&format!(
                "globalThis.away = {away}; \
                 document.dispatchEvent(new Event('visibilitychange')); 0"
            ))
            .await?;
            wait_for_more_steps(lab, 10).await?;
        }

        for days in [-3000, 3000, 0] {
            lab.evaluate(&format!("globalThis.jump = {days} * 864e5; 0"))
                .await?;
            wait_for_more_steps(lab, 10).await?;
            lab.click("reset").await?;
            wait_for_run(lab).await?;
            lab.click("play").await?;
            wait_for_more_steps(lab, 10).await?;
        }
        ensure!(!lab.has("failure").await?, "a failure is told of");
        Ok(())
    })
    .await
}
