//! Times the reference step: an RSC arm, a plain arm, and both side by side. In the browser and
//! natively the same code.

use std::sync::Arc;

use burn::tensor::Device;
use web_time::Instant;

use super::BenchTimes;
use crate::{
    config::{ArmConfig, ChallengeConfig, DataPreset, RunConfig},
    data::Dataset,
    error::Result,
    host,
    trainer::Run,
};

/// So many steps are asked of the device before it is waited for, where steps are queued.
const QUEUED: usize = 10;
/// At least so many steps of each run come before those that are timed.
const WARM_UP: usize = 3;

/// Times so many steps of each run, after a tenth as many to warm up, then the parts of a step.
/// `progress` is called with how many turns are done, and of how many.
///
/// # Errors
/// [`crate::Error::Device`] if the device fails.
pub async fn measure(
    device: &Device,
    steps: usize,
    mut progress: impl FnMut(u32, u32),
) -> Result<BenchTimes> {
    let RunConfig { data, training, .. } = RunConfig::reference(Vec::new());
    let data = Dataset::generate(DataPreset::CornerCue, &data, training.seed)?;
    let data = Arc::new(data);
    let prepare =
        |arms: Vec<ArmConfig>| Run::new(RunConfig::reference(arms), Arc::clone(&data), device);
    let rsc = || ArmConfig::rsc(ChallengeConfig::default());
    let mut challenged = prepare(vec![rsc()])?;
    let mut plain = prepare(vec![ArmConfig::erm()])?;
    let mut both = prepare(vec![ArmConfig::erm(), rsc()])?;

    let mut times = BenchTimes::default();
    let warm_up = (steps / 10).max(WARM_UP);
    let mut memory = None;
    for turn in 0..warm_up + steps {
        if turn == warm_up {
            memory = host::module_memory();
        }
        // In turns, so that a busy machine slows all alike.
        let rsc_ms = step(&mut challenged).await?;
        let erm_ms = step(&mut plain).await?;
        let both_ms = step(&mut both).await?;
        if turn >= warm_up {
            times.rsc_ms.push(rsc_ms);
            times.erm_ms.push(erm_ms);
            times.both_ms.push(both_ms);
        }
        progress(turn as u32 + 1, (warm_up + steps) as u32);
    }
    let dispatched = host::dispatches();
    times.queued_ms = queued(&mut challenged, steps).await?;
    times.dispatches = dispatched
        .zip(host::dispatches())
        .map(|(before, after)| after.saturating_sub(before) as f64 / steps as f64)
        .filter(|count| *count > 0.0);
    times.memory_growth = memory
        .zip(host::module_memory())
        .map(|(before, after)| after.saturating_sub(before));
    times.module_bytes = host::transferred();
    times.split = challenged.profile(steps.div_ceil(5)).await?;
    Ok(times)
}

/// One step of all arms of a run, in milliseconds, until the device has done it.
async fn step(run: &mut Run) -> Result<f64> {
    let start = Instant::now();
    run.advance();
    run.read_steps().await?;
    Ok(start.elapsed().as_secs_f64() * 1e3)
}

/// Milliseconds per step where the device is waited for after several.
async fn queued(run: &mut Run, steps: usize) -> Result<f64> {
    let start = Instant::now();
    for made in 1..=steps {
        run.advance();
        if made % QUEUED == 0 || made == steps {
            run.read_steps().await?;
        }
    }
    Ok(start.elapsed().as_secs_f64() * 1e3 / steps as f64)
}

#[cfg(test)]
mod tests {
    use pollster::block_on;

    use super::*;
    use crate::{device::open, protocol::DevicePreference};

    #[test]
    fn every_step_is_timed_and_split() {
        let opened = block_on(open(DevicePreference::Cpu)).expect("there is a processor");
        let mut told = Vec::new();
        let times = block_on(measure(&opened.device, 5, |done, all| {
            told.push((done, all))
        }));
        let times = times.expect("the reference run trains");
        for ms in [&times.rsc_ms, &times.erm_ms, &times.both_ms] {
            assert_eq!(ms.len(), 5);
            assert!(ms.iter().all(|ms| *ms > 0.0), "{ms:?}");
        }
        assert!(times.queued_ms > 0.0 && times.split.challenge_ms > 0.0);
        assert_eq!(told.last(), Some(&(8, 8)));
        assert_eq!((times.memory_growth, times.dispatches), (None, None));
    }
}
