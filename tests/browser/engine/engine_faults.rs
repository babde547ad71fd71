//! A run survives an engine that throws, falls silent, or diverges.

use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::faults::{
    BREAK_CLOCK, SMALL, cause_fault, check_kept, reload_with_faults, resume, train_for,
    wait_for_failure,
};
use crate::lab::{LOAD, visit};
use crate::page_objects::workers::{KEEP_WORKERS, reload_with_workers};

#[tokio::test(flavor = "multi_thread")]
async fn a_run_outlives_an_exception_in_its_engine() -> Result<()> {
    let query = format!("?device=cpu{SMALL}");
    visit("engine-throws", &query, async |lab| {
        lab.monitor.expect_fault("the clock is broken");
        reload_with_faults(lab, BREAK_CLOCK).await?;
        let course = train_for(lab, 3, Duration::from_secs(12)).await?;
        cause_fault(lab, "clock").await?;
        let kept = wait_for_failure(lab, "The engine stopped").await?;
        check_kept(&course, kept)?;
        resume(lab, kept).await
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_outlives_an_engine_that_ends_without_a_word() -> Result<()> {
    let query = format!("?device=cpu&lang=de{SMALL}");
    visit("engine-silent", &query, async |lab| {
        lab.wait_for_state("ready", LOAD).await?;
        // A minute of silence in six seconds.
        let hurry = "const wait = globalThis.setInterval; \
            globalThis.setInterval = (call, time, ...given) => \
                wait(call, time === 5000 ? 500 : time, ...given);";
        reload_with_workers(lab, &format!("{KEEP_WORKERS} {hurry}")).await?;

        lab.wait_for_state("ready", LOAD).await?;
        let course = train_for(lab, 3, Duration::from_secs(12)).await?;
        ensure!(!lab.has("failure").await?, "a living engine seems silent");
        lab.evaluate("workers[0].terminate(); 0").await?;
        let kept = wait_for_failure(lab, "antwortet seit einer Minute nicht").await?;
        check_kept(&course, kept)?;
        resume(lab, kept).await
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
        visit(&format!("diverges-{language}"), &query, async |lab| {
            lab.wait_for_state("ready", LOAD).await?;
            train_for(lab, 3, Duration::from_secs(1)).await?;
            lab.set_value("learning-rate", "10").await?;
            let kept = wait_for_failure(lab, words).await?;
            let offer = lab.text("failure-go-on").await?;
            ensure!(offer.contains(tenth), "the offer is `{offer}`");
            resume(lab, kept).await?;
            let rate = lab.value("learning-rate").await?;
            ensure!(rate == "1", "the learning rate is {rate}");
            Ok(())
        })
        .await
        .with_context(|| language.to_owned())?;
    }
    Ok(())
}

/// Before the page: the first worker, which boot.js starts, fails with an event, or cannot be made at all.
const FIRST_FAILS: [(&str, &str); 2] = [
    (
        "early-worker-event",
        "super(...given); made += 1; if (made === 1) { this.terminate(); \
            setTimeout(() => this.dispatchEvent(new ErrorEvent('error')), 0); }",
    ),
    (
        "early-worker-exception",
        "made += 1; if (made === 1) throw new Error('no worker yet'); super(...given);",
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn the_page_does_without_the_worker_that_is_started_before_it() -> Result<()> {
    for (name, failing) in FIRST_FAILS {
        visit(name, &format!("?device=cpu{SMALL}"), async |lab| {
            lab.wait_for_state("ready", LOAD).await?;
            let script = format!(
                "globalThis.made = 0; globalThis.Worker = class extends Worker {{ \
                    constructor(...given) {{ {failing} }} }};"
            );
            lab.reload_with_script(&script).await?;
            lab.wait_until("a second worker", LOAD, async || {
                Ok(lab.holds("globalThis.made > 1").await.unwrap_or(false))
            })
            .await?;
            lab.wait_for_state("ready", LOAD).await?;
            ensure!(!lab.has("failure").await?, "a failure is shown");
            ensure!(lab.holds("rscEarlyWorkers.length === 0").await?);
            Ok(())
        })
        .await?;
    }
    Ok(())
}
