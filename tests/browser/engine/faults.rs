//! Causes faults in the engine's workers, and follows the page from the message to the resumed run.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::json;
use tokio::time::sleep;

use crate::lab::{LOAD, Lab, number};
use crate::page_objects::database::CHECKPOINTS;
use crate::page_objects::workers::KEEP_WORKERS;

/// The settings of a run so small that an emulated GPU makes a step at once.
pub(super) const SMALL: &str = "#v=1&size=16&train=256&test=8&net=cnn-4-8&batch=8&epochs=1000";

/// In a worker: breaks its GPU in the way that a channel asks for.
pub(super) const BREAK_GPU: &str = "(() => { \
    const { requestDevice } = GPUAdapter.prototype; \
    const { createShaderModule } = GPUDevice.prototype; \
    let device; let broken = false; \
    GPUAdapter.prototype.requestDevice = async function (...given) { \
        device = await requestDevice.apply(this, given); return device; }; \
    GPUDevice.prototype.createShaderModule = function (given) { \
        const code = given.code + (broken ? ' this is no shader' : ''); \
        return createShaderModule.call(this, { ...given, code }); }; \
    const causes = { \
        lost: () => device.destroy(), \
        memory: () => device.dispatchEvent(new GPUUncapturedErrorEvent('uncapturederror', \
            { error: new GPUOutOfMemoryError('stands in for a GPU that is full') })), \
        shader: () => { broken = true; }, \
        invalid: () => { device.createBuffer({ size: 4, usage: 0 }); }, \
    }; \
    new BroadcastChannel('faults').onmessage = ({ data }) => causes[data](); })();";

/// In a worker: makes an emulated GPU look like a real one.
pub(super) const PRETEND_REAL_GPU: &str = "Object.defineProperty(GPUAdapterInfo.prototype, 'isFallbackAdapter', \
    { get: () => false });";

/// In a worker: there is no GPU adapter.
pub(super) const NO_ADAPTER: &str = "navigator.gpu.requestAdapter = async () => null;";

/// In a worker: throws an exception in the middle of the engine's work, when the channel asks for
/// it.
pub(super) const BREAK_CLOCK: &str = "new BroadcastChannel('faults').onmessage = () => { \
    Performance.prototype.now = () => { throw new Error('the clock is broken'); }; };";

/// Asks the workers for a fault.
pub(super) async fn cause_fault(lab: &Lab, fault: &str) -> Result<()> {
    let send = format!(
        "new BroadcastChannel('faults').postMessage({}); 0",
        json!(fault)
    );
    lab.evaluate(&send).await?;
    Ok(())
}

/// Reloads the page with this script in its workers.
pub(super) async fn reload_with_faults(lab: &Lab, script: &str) -> Result<()> {
    lab.wait_for_state("ready", LOAD).await?;
    lab.worker_prelude.set(script);
    lab.reload_with_script(KEEP_WORKERS).await?;
    lab.wait_until("a worker", LOAD, async || {
        let one = lab.holds("globalThis.workers?.length >= 1").await;
        Ok(one.unwrap_or(false))
    })
    .await?;
    lab.wait_for_state("ready", LOAD).await
}

/// Trains for some time, until at least so many steps, and until a checkpoint is stored, whose answer
/// takes long on a busy machine. Returns the step count over time.
pub(super) async fn train_for(
    lab: &Lab,
    least: u64,
    time: Duration,
) -> Result<Vec<(Instant, u64)>> {
    lab.click("play").await?;
    let began = Instant::now();
    let mut course = vec![(began, lab.step_count().await?)];
    lab.wait_until("some steps", LOAD, async || {
        Ok(lab.step_count().await? >= least)
    })
    .await?;
    lab.wait_until("a checkpoint", LOAD, async || {
        lab.holds(&format!("{CHECKPOINTS}.then(ids => ids.length > 0)"))
            .await
    })
    .await?;
    while began.elapsed() < time {
        course.push((Instant::now(), lab.step_count().await?));
        sleep(Duration::from_millis(200)).await;
    }
    course.push((Instant::now(), lab.step_count().await?));
    Ok(course)
}

/// Limit for the time that a run trains between two checkpoints. The answer takes long on a busy
/// machine.
pub(super) const MAX_UNSAVED: Duration = Duration::from_secs(10);

/// Checks that a checkpoint is at most 50 steps old, or [`MAX_UNSAVED`].
pub(super) fn check_kept(course: &[(Instant, u64)], kept: u64) -> Result<()> {
    let (now, last) = *course.last().context("a course")?;
    let before = course.iter().rev().find(|(at, _)| now - *at >= MAX_UNSAVED);
    let least = before.map_or(0, |(_, steps)| *steps);
    ensure!(
        last.saturating_sub(kept) <= 50 || kept >= least,
        "kept is step {kept} of {last}, and {least} were made {MAX_UNSAVED:?} before"
    );
    ensure!(kept > 0, "nothing was kept");
    Ok(())
}

/// Waits until the page tells of a failure in these words. Returns the step that it offers to
/// resume.
pub(super) async fn wait_for_failure(lab: &Lab, words: &str) -> Result<u64> {
    lab.wait_for_text("failure", |text| text.contains(words), LOAD)
        .await?;
    ensure!(
        lab.text("notice").await?.contains(words),
        "no message says so"
    );
    let offer = lab.text("failure-go-on").await?;
    let kept = number(&offer).with_context(|| format!("no step in `{offer}`"))? as u64;
    let said = lab.text("failure-kept").await?;
    ensure!(
        number(&said) == Some(kept as f64),
        "`{said}` is about another step than {kept}"
    );
    Ok(kept)
}

/// Resumes from the checkpoint of this step with one click: a run that was training trains on.
pub(super) async fn resume(lab: &Lab, kept: u64) -> Result<()> {
    lab.click("failure-go-on").await?;
    lab.wait_for_state("training", LOAD).await?;
    // On a busy machine the new engine may be silent for a while, and then speaks.
    lab.wait_for_removal("failure", LOAD).await?;
    lab.wait_until("more steps", LOAD, async || {
        Ok(lab.step_count().await? > kept)
    })
    .await
}

/// The same for a run that was paused: it stays so, at this step, until somebody trains it.
pub(super) async fn resume_paused(lab: &Lab, kept: u64) -> Result<()> {
    lab.click("failure-go-on").await?;
    lab.wait_for_state("paused", LOAD).await?;
    sleep(Duration::from_secs(1)).await;
    ensure!(
        lab.step_count().await? == kept,
        "at step {}, and {kept} was kept",
        lab.step_count().await?
    );
    ensure!(!lab.has("failure").await?, "still told of a failure");
    lab.click("play").await?;
    lab.wait_until("more steps", LOAD, async || {
        Ok(lab.step_count().await? > kept)
    })
    .await
}

/// Limit for the number of living workers: one for each of two arms on the CPU, where it has the
/// cores.
pub(super) async fn most_workers(lab: &Lab) -> Result<usize> {
    Ok(lab.cores().await?.min(2) as usize)
}
