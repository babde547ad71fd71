//! Times the step of a network: an RSC arm, a plain arm, and both side by side. In the browser and
//! natively the same code.

use std::{sync::Arc, time::Duration};

use burn::tensor::Device;
use web_time::Instant;

use super::percentile::percentile;
use crate::{
    config::{ArmConfig, ChallengeConfig, DataPreset, RunConfig},
    data::Dataset,
    error::Result,
    host,
    protocol::{BenchNetwork, BenchTimes, StepSplit},
    trainer::Run,
};

/// So many steps are asked of the device before it is waited for, where steps are queued.
const QUEUED: usize = 10;
/// At least so many steps of each run come before those that are timed.
const WARM_UP: usize = 3;
/// Where time is limited, both arms side by side are left out of a turn in which a step of one takes more
/// than this share of it.
const LARGE_SHARE: f64 = 0.1;
/// The shares of limited time after which the warm-up, the steps and the queued steps end.
const SHARES: [f64; 3] = [0.2, 0.7, 0.85];

/// What is timed, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Effort {
    /// The network.
    pub network: BenchNetwork,
    /// Steps to time of each run, after a tenth as many to warm up.
    pub steps: usize,
    /// About how long it may take. Then fewer steps are timed, at least one of each arm, and what
    /// takes too long beside it is left out: both arms, queued steps, the parts of a step.
    pub limit: Option<Duration>,
}

/// Times so many steps of each run of the reference network, after a tenth as many to warm up, then
/// the parts of a step. `progress` is called with how many turns are done, and of how many.
///
/// # Errors
/// [`crate::Error::Device`] if the device fails.
pub async fn measure(
    device: &Device,
    steps: usize,
    progress: impl FnMut(u32, u32),
) -> Result<BenchTimes> {
    let effort = Effort {
        network: BenchNetwork::Reference,
        steps,
        limit: None,
    };
    measure_network(device, effort, progress).await
}

/// As [`measure`], of any of the networks, and for a limited time.
///
/// # Errors
/// [`crate::Error::Device`] if the device fails.
pub async fn measure_network(
    device: &Device,
    effort: Effort,
    mut progress: impl FnMut(u32, u32),
) -> Result<BenchTimes> {
    let Effort { network, steps, .. } = effort;
    let clock = Clock::start(effort.limit);
    let mut runs = Runs::prepare(&network.config(Vec::new()), device)?;
    let warm_up = (steps / 10).max(WARM_UP);
    let total = (warm_up + steps) as u32;
    let [until_warm, until_timed, until_queued] = SHARES;

    let mut done = 0;
    let mut turn = 0.0;
    while done < warm_up as u32 {
        turn = runs.turn(&clock).await?.total();
        done += 1;
        progress(done, total);
        if clock.ends_before(until_warm, turn) {
            break;
        }
    }
    let memory = host::module_memory();
    let mut times = BenchTimes::default();
    for timed in 0..steps {
        if timed > 0 && clock.ends_before(until_timed, turn) {
            break;
        }
        let made = runs.turn(&clock).await?;
        times.rsc_ms.push(made.rsc_ms);
        times.erm_ms.push(made.erm_ms);
        times.both_ms.extend(made.both_ms);
        turn = made.total();
        done += 1;
        progress(done, total);
    }
    let step_ms = percentile(&times.rsc_ms, 0.5).unwrap_or_default();
    let queued_steps = clock.affordable(until_queued, step_ms).min(steps);
    if queued_steps > 0 {
        let before = host::dispatches();
        times.queued_ms = queued(&mut runs.challenged, queued_steps).await?;
        times.dispatches = before
            .zip(host::dispatches())
            .map(|(before, after)| after.saturating_sub(before) as f64 / queued_steps as f64)
            .filter(|count| *count > 0.0);
    }
    times.memory_growth = memory
        .zip(host::module_memory())
        .map(|(before, after)| after.saturating_sub(before));
    times.module_bytes = host::transferred();
    // A profile makes one step more, to warm up.
    let profiled = clock.affordable(1.0, step_ms).saturating_sub(1);
    times.split = match profiled.min(steps.div_ceil(5)) {
        0 => StepSplit::default(),
        repeats => runs.challenged.profile(repeats).await?,
    };
    Ok(times)
}

/// The runs that are timed in turns, so that a busy machine slows all alike.
struct Runs {
    challenged: Run,
    plain: Run,
    both: Run,
}

/// Milliseconds of a step of each.
struct Turn {
    rsc_ms: f64,
    erm_ms: f64,
    both_ms: Option<f64>,
}

impl Turn {
    fn total(&self) -> f64 {
        self.rsc_ms + self.erm_ms + self.both_ms.unwrap_or_default()
    }
}

impl Runs {
    /// With the arms that are compared in place of the config's.
    fn prepare(config: &RunConfig, device: &Device) -> Result<Self> {
        let data = Dataset::generate(DataPreset::CornerCue, &config.data, config.training.seed)?;
        let data = Arc::new(data);
        let run = |arms: Vec<ArmConfig>| {
            let config = RunConfig {
                arms,
                ..config.clone()
            };
            Run::new(config, Arc::clone(&data), device)
        };
        let rsc = || ArmConfig::rsc(ChallengeConfig::default());
        Ok(Self {
            challenged: run(vec![rsc()])?,
            plain: run(vec![ArmConfig::erm()])?,
            both: run(vec![ArmConfig::erm(), rsc()])?,
        })
    }

    async fn turn(&mut self, clock: &Clock) -> Result<Turn> {
        let rsc_ms = step(&mut self.challenged).await?;
        let erm_ms = step(&mut self.plain).await?;
        let both_ms = if clock.is_large(rsc_ms.min(erm_ms)) {
            None
        } else {
            Some(step(&mut self.both).await?)
        };
        Ok(Turn {
            rsc_ms,
            erm_ms,
            both_ms,
        })
    }
}

/// The time that is left, where it is limited.
struct Clock {
    began: Instant,
    limit_ms: Option<f64>,
}

impl Clock {
    fn start(limit: Option<Duration>) -> Self {
        Self {
            began: Instant::now(),
            limit_ms: limit.map(|limit| limit.as_secs_f64() * 1e3),
        }
    }

    /// Milliseconds until so large a share of the limit is over.
    fn left_ms(&self, share: f64) -> Option<f64> {
        let passed = self.began.elapsed().as_secs_f64() * 1e3;
        self.limit_ms.map(|limit| share * limit - passed)
    }

    /// Whether a share of the limit is over before something that takes so long is done.
    fn ends_before(&self, share: f64, next_ms: f64) -> bool {
        self.left_ms(share).is_some_and(|left| left < next_ms)
    }

    /// How many steps that take so long are done before a share of the limit is over.
    fn affordable(&self, share: f64, each_ms: f64) -> usize {
        self.left_ms(share).map_or(usize::MAX, |left| {
            (left / each_ms.max(1e-3)).max(0.0) as usize
        })
    }

    /// Whether a step takes much of the limit.
    fn is_large(&self, step_ms: f64) -> bool {
        self.limit_ms
            .is_some_and(|limit| step_ms > LARGE_SHARE * limit)
    }
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

    #[test]
    fn without_time_one_step_of_each_arm_is_timed_and_the_rest_left_out() {
        let opened = block_on(open(DevicePreference::Cpu)).expect("there is a processor");
        let effort = Effort {
            network: BenchNetwork::Reference,
            steps: 5,
            limit: Some(Duration::ZERO),
        };
        let times = block_on(measure_network(&opened.device, effort, |_, _| ()));
        let times = times.expect("it trains");
        assert_eq!([times.rsc_ms.len(), times.erm_ms.len()], [1, 1]);
        assert!(times.rsc_ms[0] > 0.0 && times.erm_ms[0] > 0.0);
        assert_eq!((times.both_ms.len(), times.queued_ms), (0, 0.0));
        assert_eq!(times.split, StepSplit::default());
    }

    #[test]
    fn the_larger_networks_train_too() {
        let opened = block_on(open(DevicePreference::Cpu)).expect("there is a processor");
        for network in [BenchNetwork::Large, BenchNetwork::Resnet] {
            // The networks are those that are timed; of their images a few are enough.
            let mut config = network.config(Vec::new());
            config.training.batch_size = 2;
            let mut runs = Runs::prepare(&config, &opened.device).expect("they are prepared");
            let made = block_on(runs.turn(&Clock::start(None))).expect("they train");
            assert!(made.rsc_ms > 0.0 && made.erm_ms > 0.0 && made.both_ms > Some(0.0));
        }
    }

    #[test]
    fn limited_time_is_shared() {
        let unlimited = Clock::start(None);
        assert!(!unlimited.ends_before(0.2, 1e12) && !unlimited.is_large(1e12));
        assert_eq!(unlimited.affordable(1.0, 1e12), usize::MAX);
        let hour = Clock::start(Some(Duration::from_secs(3600)));
        assert!(hour.ends_before(0.5, 1.9e6) && !hour.ends_before(0.5, 1.7e6));
        assert!(hour.is_large(3.7e5) && !hour.is_large(3.5e5));
        // A moment of it has passed.
        assert_eq!(hour.affordable(0.5, 1e5), 17);
        assert_eq!(Clock::start(Some(Duration::ZERO)).affordable(1.0, 1.0), 0);
    }
}
