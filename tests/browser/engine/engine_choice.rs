//! The engine is there twice, and only the one for the device is fetched.

use anyhow::{Context, Result, ensure};

use super::faults::{NO_ADAPTER, PRETEND_REAL_GPU, SMALL, reload_with_faults};
use crate::lab::{Lab, visit};

/// In a worker: tells which files it has fetched, when the page asks.
const TELL_FETCHED: &str = "new BroadcastChannel('asked').onmessage = () => \
    new BroadcastChannel('fetched').postMessage( \
        performance.getEntriesByType('resource').map((it) => it.name).join(' '));";

/// In a worker: a real GPU, whose device does not open.
const BROKEN_GPU: &str = "GPUAdapter.prototype.requestDevice = async () => { \
    throw new DOMException('the driver is out of order', 'OperationError'); };";

/// What the workers fetched. They all answer, and on the processor there are several.
async fn fetched(lab: &Lab) -> Result<String> {
    let workers = lab.monitor.living_workers();
    let told = format!(
        "new Promise((resolve) => {{ \
        const all = []; \
        new BroadcastChannel('fetched').onmessage = ({{ data }}) => {{ \
            all.push(data); if (all.length === {workers}) resolve(all.join(' ')); }}; \
        new BroadcastChannel('asked').postMessage(0); }})"
    );
    let names = lab.evaluate(&told).await?;
    Ok(names.as_str().context("no list of files")?.to_owned())
}

/// What a visit with this query and this script in its worker fetches, and what the badge and the reason beside it
/// say.
async fn visited(name: &str, query: &str, script: &str) -> Result<(String, String)> {
    let query = format!("{query}{SMALL}");
    let mut seen = None;
    visit(name, &query, async |lab| {
        reload_with_faults(lab, &format!("{TELL_FETCHED} {script}")).await?;
        let reason = "document.querySelector('.device-reason').textContent";
        let reason = lab.evaluate(reason).await?;
        let said = format!(
            "{} {}",
            lab.text("device-badge").await?,
            reason.as_str().unwrap_or_default()
        );
        seen = Some((fetched(lab).await?, said));
        Ok(())
    })
    .await?;
    seen.context("nothing was seen")
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_engine_of_the_device_is_fetched() -> Result<()> {
    let (files, _) = visited("engine-cpu", "?device=cpu", "").await?;
    ensure!(
        files.contains("engine-cpu-") && !files.contains("engine-gpu-"),
        "{files}"
    );
    let modules = files.split(' ').filter(|file| file.ends_with(".wasm"));
    ensure!(
        modules.count() == 1,
        "the second worker did not get the engine of the first: {files}"
    );
    for (name, query, script) in [
        ("engine-gpu", "?device=webgpu", ""),
        ("engine-real-gpu", "", PRETEND_REAL_GPU),
    ] {
        let (files, said) = visited(name, query, script).await?;
        ensure!(
            files.contains("engine-gpu-") && !files.contains("engine-cpu-"),
            "{name}: {files}"
        );
        ensure!(said.contains("swiftshader"), "{name}: {said}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_real_gpu_its_engine_is_not_fetched() -> Result<()> {
    for (name, script, words) in [
        ("engine-software", "", "google swiftshader"),
        ("engine-none", NO_ADAPTER, "no WebGPU adapter"),
    ] {
        let (files, said) = visited(name, "", script).await?;
        ensure!(!files.contains("engine-gpu-"), "{name}: {files}");
        ensure!(
            said.contains("CPU") && said.contains(words),
            "{name}: {said}"
        );
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gpu_that_does_not_open_leaves_the_processor() -> Result<()> {
    let script = format!("{PRETEND_REAL_GPU} {BROKEN_GPU}");
    let (files, said) = visited("engine-broken-gpu", "", &script).await?;
    ensure!(
        files.contains("engine-gpu-") && files.contains("engine-cpu-"),
        "{files}"
    );
    ensure!(
        said.contains("CPU") && said.contains("could not be started"),
        "{said}"
    );
    Ok(())
}
