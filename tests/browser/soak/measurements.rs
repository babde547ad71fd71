//! Memory that the page and its engine take, and whether it grows.

use std::time::Instant;

use anyhow::{Result, ensure};
use chromiumoxide::cdp::browser_protocol::performance::GetMetricsParams;
use chromiumoxide::cdp::js_protocol::heap_profiler::CollectGarbageParams;

use crate::lab::Lab;

/// In a worker: answers [`ASK_MEMORY`] with the size of the engine's memory.
pub(super) const TELL_MEMORY: &str = "(() => { let memory; const { instantiate } = WebAssembly; \
    WebAssembly.instantiate = async (...given) => { const made = await instantiate(...given); \
        memory = (made.instance ?? made).exports.memory; return made; }; \
    const channel = new BroadcastChannel('memory'); \
    channel.onmessage = ({ data }) => { if (data === 'ask') \
        channel.postMessage(memory?.buffer.byteLength ?? 0); }; })();";

/// The size of the engine's memory in bytes, 0 if no worker answers.
const ASK_MEMORY: &str = "new Promise(done => { const channel = new BroadcastChannel('memory'); \
    channel.onmessage = ({ data }) => { if (data !== 'ask') { channel.close(); done(data); } }; \
    channel.postMessage('ask'); setTimeout(() => { channel.close(); done(0); }, 20000); })";

/// What was measured at one moment.
#[derive(Debug, Clone, Copy)]
pub(super) struct Measurement {
    pub(super) minutes: f64,
    /// Bytes of the page's JavaScript heap after a garbage collection.
    pub(super) heap: f64,
    /// Number of DOM nodes.
    pub(super) nodes: f64,
    /// Bytes of the engine's memory.
    pub(super) engine: f64,
}

pub(super) async fn measure(lab: &Lab, began: Instant) -> Result<Measurement> {
    lab.command(CollectGarbageParams::default()).await?;
    let metrics = lab.command(GetMetricsParams::default()).await?.metrics;
    let metric = |name: &str| {
        let found = metrics.iter().find(|metric| metric.name == name);
        found.map_or(0.0, |metric| metric.value)
    };
    let engine = lab.evaluate(ASK_MEMORY).await?;
    Ok(Measurement {
        minutes: began.elapsed().as_secs_f64() / 60.0,
        heap: metric("JSHeapUsedSize"),
        nodes: metric("Nodes"),
        engine: engine.as_f64().unwrap_or_default(),
    })
}

/// The second half of the measurements may not be much larger than the first.
pub(super) fn check_growth(measured: &[Measurement]) -> Result<()> {
    let half = measured.len() / 2;
    let (first, second) = measured.split_at(half);
    if half <= 4 {
        return Ok(());
    }
    for (name, value, slack) in [
        ("heap", (|it| it.heap) as fn(&Measurement) -> f64, 16e6),
        ("nodes", |it| it.nodes, 4000.0),
        ("engine", |it| it.engine, 16e6),
    ] {
        let [first, second] =
            [first, second].map(|part| part.iter().map(value).fold(0.0, f64::max));
        println!("most {name}: {first} in the first half, {second} in the second");
        ensure!(
            second <= 1.25 * first + slack,
            "{name} grew from {first} to {second}"
        );
    }
    Ok(())
}
