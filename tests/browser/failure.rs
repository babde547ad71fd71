//! Failures that are caused on purpose: what the page says, what is kept, and that a run goes on.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::json;

use crate::lab::{LOAD, Lab, SOON, lab, number};

/// A run so small that an emulated GPU makes a step in no time.
const SMALL: &str = "#v=1&size=16&train=64&test=8&net=cnn-4-8&batch=8&epochs=200";

/// Remembers every worker that a page starts, so that a test can end one.
pub(crate) const KEEP_WORKERS: &str = "globalThis.workers = []; \
    globalThis.Worker = class extends Worker { \
        constructor(...given) { super(...given); workers.push(this); } };";

/// Keeps away what the page fetches later, until a test says otherwise; the page's loader tells the
/// console of that.
const KEEP_PIECES_AWAY: &str = "globalThis.away = true; const fetchAny = globalThis.fetch; \
    globalThis.fetch = (address, ...rest) => away && String(address).includes('/later-') \
        ? Promise.reject(new TypeError('kept away')) : fetchAny(address, ...rest); \
    const tell = console.error; \
    console.error = (...said) => String(said[0]).includes('kept away') || tell(...said);";

/// In a worker: does to its GPU what a channel asks for.
const BREAK_GPU: &str = "(() => { \
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

/// In a worker: passes an emulated GPU off as a real one.
const LIKE_REAL: &str = "Object.defineProperty(GPUAdapterInfo.prototype, 'isFallbackAdapter', \
    { get: () => false });";

/// In a worker: there is no adapter.
const NO_ADAPTER: &str = "navigator.gpu.requestAdapter = async () => null;";

/// In a worker: an exception in the middle of the engine's work.
const BREAK_CLOCK: &str = "new BroadcastChannel('faults').onmessage = () => { \
    Performance.prototype.now = () => { throw new Error('the clock is broken'); }; };";

async fn cause(lab: &Lab, fault: &str) -> Result<()> {
    let send = format!(
        "new BroadcastChannel('faults').postMessage({}); 0",
        json!(fault)
    );
    lab.evaluate(&send).await?;
    Ok(())
}

/// Opens the page anew, with this in its workers.
async fn with_in_workers(lab: &Lab, script: &str) -> Result<()> {
    lab.in_state("ready", LOAD).await?;
    lab.prelude.set(script);
    lab.reload_with(KEEP_WORKERS).await?;
    lab.wait_until("a worker", LOAD, async || {
        let started = lab.evaluate("globalThis.workers?.length").await;
        Ok(started.is_ok_and(|started| started == 1))
    })
    .await?;
    lab.in_state("ready", LOAD).await
}

/// Trains for so long. Returns how many steps were made at which moment.
async fn train(lab: &Lab, least: u64, time: Duration) -> Result<Vec<(Instant, u64)>> {
    lab.click("play").await?;
    let began = Instant::now();
    let mut course = vec![(began, lab.steps().await?)];
    lab.wait_until("some steps", LOAD, async || Ok(lab.steps().await? >= least))
        .await?;
    while began.elapsed() < time {
        course.push((Instant::now(), lab.steps().await?));
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    course.push((Instant::now(), lab.steps().await?));
    Ok(course)
}

/// As long as a run may train without being put aside, and as long again as the answer may take on a
/// busy machine.
const PUT_ASIDE: Duration = Duration::from_secs(10);

/// That what was kept is at most 50 steps old, or what was reached before [`PUT_ASIDE`].
fn kept_enough(course: &[(Instant, u64)], kept: u64) -> Result<()> {
    let (now, last) = *course.last().context("a course")?;
    let before = course.iter().rev().find(|(at, _)| now - *at >= PUT_ASIDE);
    let least = before.map_or(0, |(_, steps)| *steps);
    ensure!(
        last.saturating_sub(kept) <= 50 || kept >= least,
        "kept is step {kept} of {last}, and {least} were made {PUT_ASIDE:?} before"
    );
    ensure!(kept > 0, "nothing was kept");
    Ok(())
}

/// Waits until the page says so, and returns the step that it offers to go on from.
async fn told(lab: &Lab, words: &str) -> Result<u64> {
    lab.wait_for("failure", |text| text.contains(words), LOAD)
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

/// Goes on with one click, from the step that was kept, and trains.
async fn goes_on(lab: &Lab, kept: u64) -> Result<()> {
    lab.click("failure-go-on").await?;
    lab.in_state("paused", LOAD).await?;
    ensure!(
        lab.steps().await? == kept,
        "at step {}, and {kept} was kept",
        lab.steps().await?
    );
    ensure!(!lab.has("failure").await?, "still told of a failure");
    lab.click("play").await?;
    lab.wait_until("more steps", LOAD, async || Ok(lab.steps().await? > kept))
        .await
}

/// How many workers may live: one for each of two arms on the processor, where it has the cores.
async fn most_workers(lab: &Lab) -> Result<usize> {
    let cores = lab.evaluate("navigator.hardwareConcurrency").await?;
    Ok(cores.as_u64().context("no cores")?.min(2) as usize)
}

/// A fault of the GPU, and what is said about it.
struct GpuFault {
    name: &'static str,
    language: &'static str,
    /// Whether the run is paused when it happens: a fault must not wait for a step to be heard of.
    paused: bool,
    words: &'static str,
}

const GPU_FAULTS: [GpuFault; 5] = [
    GpuFault {
        name: "lost",
        language: "en",
        paused: false,
        // The GPU's, or the device's where a read fails before the loss is told.
        words: "stopped working",
    },
    GpuFault {
        name: "lost",
        language: "de",
        paused: true,
        words: "Die GPU arbeitet nicht mehr",
    },
    GpuFault {
        name: "memory",
        language: "de",
        paused: true,
        words: "keinen Speicher mehr",
    },
    GpuFault {
        name: "shader",
        language: "en",
        paused: true,
        words: "does not accept what the engine asks of it",
    },
    GpuFault {
        name: "invalid",
        language: "de",
        paused: false,
        words: "nimmt nicht an, was die Engine von ihr verlangt",
    },
];

async fn survives(fault: &GpuFault) -> Result<()> {
    let GpuFault { name, language, .. } = fault;
    let query = format!("?device=webgpu&lang={language}{SMALL}");
    lab(&format!("gpu-{name}-{language}"), &query, async |lab| {
        with_in_workers(lab, BREAK_GPU).await?;
        let badge = lab.text("device-badge").await?;
        ensure!(!badge.contains("CPU"), "the badge says `{badge}`");
        let course = train(lab, 3, Duration::from_secs(2)).await?;
        if fault.paused {
            lab.click("play").await?;
            lab.in_state("paused", LOAD).await?;
        }
        cause(lab, name).await?;
        if *name == "shader" {
            // Other shaders are needed for it.
            lab.set_value("axis", "channel").await?;
            lab.click("step").await?;
        }
        let kept = told(lab, fault.words).await?;
        kept_enough(&course, kept)?;
        ensure!(
            lab.has("failure-detail").await?,
            "what the GPU says is not shown"
        );

        goes_on(lab, kept).await?;
        let badge = lab.text("device-badge").await?;
        ensure!(badge.contains("CPU"), "the badge says `{badge}`");
        let living = lab.watch.living_workers();
        ensure!(living <= most_workers(lab).await?, "{living} workers live");
        Ok(())
    })
    .await
    .with_context(|| format!("{name}, {language}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_outlives_the_faults_of_a_gpu() -> Result<()> {
    for fault in &GPU_FAULTS {
        survives(fault).await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gpu_that_stays_away_is_done_without() -> Result<()> {
    let query = format!("?device=webgpu{SMALL}");
    lab("gpu-away", &query, async |lab| {
        with_in_workers(lab, BREAK_GPU).await?;
        let course = train(lab, 3, Duration::from_secs(1)).await?;
        lab.prelude.set(NO_ADAPTER);
        cause(lab, "lost").await?;
        let kept = told(lab, "stopped working").await?;
        kept_enough(&course, kept)?;
        goes_on(lab, kept).await?;
        let badge = lab.text("device-badge").await?;
        ensure!(
            badge.contains("CPU") && badge.contains("no WebGPU adapter"),
            "the badge says `{badge}`"
        );
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gpu_that_fails_again_is_not_asked_a_third_time() -> Result<()> {
    let query = format!("?device=webgpu{SMALL}");
    lab("gpu-again", &query, async |lab| {
        with_in_workers(lab, &format!("{BREAK_GPU} {LIKE_REAL}")).await?;
        train(lab, 3, Duration::from_secs(1)).await?;
        cause(lab, "lost").await?;
        let kept = told(lab, "stopped working").await?;
        goes_on(lab, kept).await?;
        let badge = lab.text("device-badge").await?;
        ensure!(!badge.contains("CPU"), "the badge says `{badge}`");

        cause(lab, "lost").await?;
        let kept = told(lab, "stopped working").await?;
        goes_on(lab, kept).await?;
        let badge = lab.text("device-badge").await?;
        ensure!(
            badge.contains("CPU") && badge.contains("again and again"),
            "the badge says `{badge}`"
        );
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_outlives_an_exception_in_its_engine() -> Result<()> {
    let query = format!("?device=cpu{SMALL}");
    lab("engine-throws", &query, async |lab| {
        lab.watch.expect("the clock is broken");
        with_in_workers(lab, BREAK_CLOCK).await?;
        let course = train(lab, 3, Duration::from_secs(12)).await?;
        cause(lab, "clock").await?;
        let kept = told(lab, "The engine stopped").await?;
        kept_enough(&course, kept)?;
        goes_on(lab, kept).await
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_outlives_an_engine_that_ends_without_a_word() -> Result<()> {
    let query = format!("?device=cpu&lang=de{SMALL}");
    lab("engine-silent", &query, async |lab| {
        lab.in_state("ready", LOAD).await?;
        // A minute of silence in six seconds.
        let hurry = "const wait = globalThis.setInterval; \
            globalThis.setInterval = (call, time, ...given) => \
                wait(call, time === 5000 ? 500 : time, ...given);";
        lab.reload_with(&format!("{KEEP_WORKERS} {hurry}")).await?;
        lab.wait_until("a worker", LOAD, async || {
            let there = lab.evaluate("(globalThis.workers?.length ?? 0) > 0").await;
            Ok(there.is_ok_and(|there| there == true))
        })
        .await?;
        lab.in_state("ready", LOAD).await?;
        let course = train(lab, 3, Duration::from_secs(12)).await?;
        ensure!(!lab.has("failure").await?, "a living engine seems silent");
        lab.evaluate("workers[0].terminate(); 0").await?;
        let kept = told(lab, "antwortet seit einer Minute nicht").await?;
        kept_enough(&course, kept)?;
        goes_on(lab, kept).await
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

/// SGD with so much weight decay that a large learning rate blows the weights up.
const FRAGILE: &str = "&opt=sgd&momentum=0&decay=1&lr=0.001";

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_diverges_stops_and_goes_on_more_slowly() -> Result<()> {
    for (language, words, tenth) in [
        (
            "en",
            "Training has gone astray",
            "a tenth of the learning rate",
        ),
        (
            "de",
            "Das Training ist entgleist",
            "einem Zehntel der Lernrate",
        ),
    ] {
        let query = format!("?device=cpu&lang={language}{SMALL}{FRAGILE}");
        lab(&format!("diverges-{language}"), &query, async |lab| {
            lab.in_state("ready", LOAD).await?;
            train(lab, 3, Duration::from_secs(1)).await?;
            lab.set_value("learning-rate", "10").await?;
            let kept = told(lab, words).await?;
            let offer = lab.text("failure-go-on").await?;
            ensure!(offer.contains(tenth), "the offer is `{offer}`");
            goes_on(lab, kept).await?;
            let rate = "document.querySelector('[data-testid=learning-rate]').value";
            let rate = lab.evaluate(rate).await?;
            ensure!(rate == "1", "the learning rate is {rate}");
            Ok(())
        })
        .await
        .with_context(|| language.to_owned())?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn this_device_computes_what_it_should() -> Result<()> {
    for (device, all) in [
        ("cpu", "All 5 checks passed"),
        ("webgpu", "All 5 checks passed"),
    ] {
        let query = format!("?device={device}{SMALL}");
        lab(&format!("suite-{device}"), &query, async |lab| {
            lab.ready().await?;
            lab.click("check-device").await?;
            let verdict = lab
                .wait_for("device-verdict", |text| !text.is_empty(), 3 * LOAD)
                .await?;
            let found =
                "document.querySelector('[data-testid=device-verdict]').parentElement.textContent";
            let found = lab.evaluate(found).await?;
            println!("{device}: {found}");
            ensure!(verdict.contains(all), "{found}");
            Ok(())
        })
        .await?;
    }
    Ok(())
}
