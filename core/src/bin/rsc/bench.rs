//! `rsc bench`: the reference step, timed whole and in parts.

use std::{sync::Arc, time::Instant};

use anyhow::Result;
use clap::Args;
use pollster::block_on;
use rsc_core::{
    config::{ArmConfig, ChallengeConfig, DataPreset, RunConfig},
    data::Dataset,
    device::open,
    protocol::StepSplit,
    trainer::Run,
};
use serde::Serialize;

use crate::train::DeviceChoice;

/// Options of `rsc bench`.
#[derive(Args)]
pub(crate) struct BenchArgs {
    /// Where to compute.
    #[arg(long, value_enum, default_value = "cpu")]
    device: DeviceChoice,
    /// Steps to time, after a tenth as many to warm up.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(5..=100_000))]
    steps: u32,
    /// Write the report as JSON.
    #[arg(long)]
    json: bool,
}

/// What was measured.
#[derive(Debug, Serialize)]
struct Report {
    device: String,
    steps: u32,
    /// A whole step of one RSC arm, its loss read each time.
    step_ms_median: f64,
    step_ms_p95: f64,
    /// A whole step of a plain arm, likewise.
    plain_step_ms_median: f64,
    challenge_ms_median: f64,
    split: StepSplit,
}

/// Runs `rsc bench`.
pub(crate) fn run(arguments: &BenchArgs) -> Result<()> {
    let opened = block_on(open(arguments.device.preference()))?;
    let prepare = |arm: ArmConfig| -> Result<Run> {
        let config = reference(arm);
        let seed = config.training.seed;
        let data = Dataset::generate(DataPreset::CornerCue, &config.data, seed)?;
        Ok(Run::new(config, Arc::new(data), &opened.device)?)
    };
    let mut challenged = prepare(ArmConfig::rsc(ChallengeConfig::default()))?;
    let mut plain = prepare(ArmConfig::erm())?;
    let (steps, plain_steps) = times(&mut challenged, &mut plain, arguments.steps)?;
    let split = block_on(challenged.profile(arguments.steps as usize / 5))?;
    let report = Report {
        device: opened.info.name.clone(),
        steps: arguments.steps,
        step_ms_median: quantile(&steps, 0.5),
        step_ms_p95: quantile(&steps, 0.95),
        plain_step_ms_median: quantile(&plain_steps, 0.5),
        challenge_ms_median: split.challenge_ms,
        split,
    };
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print(&report);
    }
    Ok(())
}

/// 32×32 images, batches of 32, channels 16-32-64, one arm.
fn reference(arm: ArmConfig) -> RunConfig {
    let mut config = RunConfig::for_preset(DataPreset::CornerCue);
    config.arms = vec![arm];
    config.training.epochs = 1000;
    config
}

/// Times of both runs' steps, taken in turns so that a busy machine slows both alike.
fn times(one: &mut Run, other: &mut Run, steps: u32) -> Result<(Vec<f64>, Vec<f64>)> {
    let step = |run: &mut Run| -> Result<f64> {
        let start = Instant::now();
        run.advance();
        block_on(run.read_steps())?;
        Ok(start.elapsed().as_secs_f64() * 1e3)
    };
    for _ in 0..steps.div_ceil(10) {
        step(one)?;
        step(other)?;
    }
    let mut all = (Vec::new(), Vec::new());
    for _ in 0..steps {
        all.0.push(step(one)?);
        all.1.push(step(other)?);
    }
    Ok(all)
}

/// The value at a fraction of the ranks, the nearest rank below.
fn quantile(times: &[f64], fraction: f64) -> f64 {
    let mut sorted = times.to_vec();
    sorted.sort_by(f64::total_cmp);
    let rank = fraction * sorted.len().saturating_sub(1) as f64;
    sorted.get(rank as usize).copied().unwrap_or(f64::NAN)
}

fn print(report: &Report) {
    let Report { split, .. } = report;
    println!("device            {}", report.device);
    println!(
        "RSC step          {:.2} ms (95th percentile {:.2} ms, {} steps)",
        report.step_ms_median, report.step_ms_p95, report.steps
    );
    println!(
        "plain step        {:.2} ms, so RSC costs {:.2} times as much",
        report.plain_step_ms_median,
        report.step_ms_median / report.plain_step_ms_median
    );
    println!("parts, each waited for:");
    for (name, ms) in [
        ("batch", split.batch_ms),
        ("body", split.body_ms),
        ("challenge", split.challenge_ms),
        ("head", split.head_ms),
        ("backward", split.backward_ms),
        ("update", split.update_ms),
    ] {
        println!("  {name:<15} {ms:.2} ms");
    }
}

#[cfg(test)]
mod tests {
    use super::quantile;

    #[test]
    fn quantiles_are_ranks() {
        let times = [3.0, 1.0, 2.0, 5.0, 4.0];
        assert!((quantile(&times, 0.5) - 3.0).abs() < 1e-9);
        assert!((quantile(&times, 0.95) - 4.0).abs() < 1e-9);
        assert!(quantile(&[], 0.5).is_nan());
    }
}
