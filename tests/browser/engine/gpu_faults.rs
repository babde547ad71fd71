//! A run survives the faults of a GPU: a lost device, full memory, a refused shader, an invalid
//! call.

use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::faults::{
    BREAK_GPU, NO_ADAPTER, PRETEND_REAL_GPU, SMALL, cause_fault, check_kept, most_workers,
    reload_with_faults, resume, resume_paused, train_for, wait_for_failure,
};
use crate::lab::{LOAD, visit};

/// A fault of the GPU, and what the page says about it.
struct GpuFault {
    name: &'static str,
    language: &'static str,
    /// Whether the run is paused when it happens: a fault must be noticed without a step.
    paused: bool,
    words: &'static str,
}

const GPU_FAULTS: [GpuFault; 5] = [
    GpuFault {
        name: "lost",
        language: "en",
        paused: false,
        // Said of the GPU, or of the device where a read fails before the loss is reported.
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

/// A run survives this fault and goes on on the CPU.
async fn survives(fault: &GpuFault) -> Result<()> {
    let GpuFault { name, language, .. } = fault;
    let query = format!("?device=webgpu&lang={language}{SMALL}");
    visit(&format!("gpu-{name}-{language}"), &query, async |lab| {
        reload_with_faults(lab, BREAK_GPU).await?;
        let badge = lab.text("device-badge").await?;
        ensure!(!badge.contains("CPU"), "the badge says `{badge}`");
        let course = train_for(lab, 3, Duration::from_secs(2)).await?;
        if fault.paused {
            lab.click("play").await?;
            lab.wait_for_state("paused", LOAD).await?;
        }
        cause_fault(lab, name).await?;
        if *name == "shader" {
            // It needs other shaders.
            lab.set_value("axis", "channel").await?;
            lab.click("step").await?;
        }
        let kept = wait_for_failure(lab, fault.words).await?;
        check_kept(&course, kept)?;
        ensure!(
            lab.has("failure-detail").await?,
            "what the GPU says is not shown"
        );

        if fault.paused {
            resume_paused(lab, kept).await?;
        } else {
            resume(lab, kept).await?;
        }
        let badge = lab.text("device-badge").await?;
        ensure!(badge.contains("CPU"), "the badge says `{badge}`");
        let living = lab.monitor.living_workers();
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
    visit("gpu-away", &query, async |lab| {
        reload_with_faults(lab, BREAK_GPU).await?;
        let course = train_for(lab, 3, Duration::from_secs(1)).await?;
        lab.worker_prelude.set(NO_ADAPTER);
        cause_fault(lab, "lost").await?;
        let kept = wait_for_failure(lab, "stopped working").await?;
        check_kept(&course, kept)?;
        resume(lab, kept).await?;
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
    visit("gpu-again", &query, async |lab| {
        reload_with_faults(lab, &format!("{BREAK_GPU} {PRETEND_REAL_GPU}")).await?;
        train_for(lab, 3, Duration::from_secs(1)).await?;
        cause_fault(lab, "lost").await?;
        let kept = wait_for_failure(lab, "stopped working").await?;
        resume(lab, kept).await?;
        let badge = lab.text("device-badge").await?;
        ensure!(!badge.contains("CPU"), "the badge says `{badge}`");

        cause_fault(lab, "lost").await?;
        let kept = wait_for_failure(lab, "stopped working").await?;
        resume(lab, kept).await?;
        let badge = lab.text("device-badge").await?;
        ensure!(
            badge.contains("CPU") && badge.contains("again and again"),
            "the badge says `{badge}`"
        );
        Ok(())
    })
    .await
}
