//! One device from end to end: steps in an engine of their own, overlays, then the page itself
//! while it trains.

use std::cell::Cell;

use leptos::prelude::*;

use rsc_core::bench::{BenchNetwork, BenchReport, percentile, rounded};
use rsc_core::config::{ArmConfig, ChallengeConfig};
use rsc_core::protocol::{Command, DeviceInfo, DeviceKind, DevicePreference, Event, RunState};

use crate::bench::model::{Options, kind, module_bytes};
use crate::bench::state::clock::Clock;
use crate::bench::state::engine::Engine;
use crate::bench::state::long_tasks::LongTasks;
use crate::bench::state::redraws::redraws;
use crate::bench::state::stage::Stage;
use crate::engine::state::EngineStatus;
use crate::training::state::Training;
use crate::ui::browser;

/// The page trains for so many steps, or for so long, while its tasks are watched.
const WATCHED_STEPS: u64 = 48;
const WATCHED_MS: f64 = 30_000.0;
/// An engine may take this long to load and to open its device.
const LOAD_MS: f64 = 180_000.0;
/// Id of the runs whose arms are compared; those before it have smaller ones.
const RUN: u32 = 2;
/// One arm and two arms take turns of so many steps,
const TURN: u64 = 8;
/// at least and at most so often.
const FEWEST_TURNS: u32 = 3;
const MOST_TURNS: u32 = 25;
/// Rest between two looks, in milliseconds.
const REST: i32 = 20;

/// Waits until it holds; `false` where it did not in time.
async fn until(limit_ms: f64, holds: impl Fn() -> bool) -> bool {
    let began = browser::now();
    while !holds() {
        if browser::now() - began > limit_ms {
            return false;
        }
        browser::pause(REST).await;
    }
    true
}

/// Waits until the page's own engine has prepared a run.
///
/// # Errors
/// What stopped it.
pub(crate) async fn page_ready(training: Training) -> Result<(), String> {
    let state = move || training.state.get_untracked();
    let settled = move || {
        let failed = training.engine.status.get_untracked() == EngineStatus::Failed;
        failed || state().is_some()
    };
    if !until(LOAD_MS, settled).await {
        return Err(text!("bench.late").to_owned());
    }
    match training.engine.failure.get_untracked() {
        Some(failure) if state() == Some(RunState::Failed) => Err(failure.message),
        _ => Ok(()),
    }
}

/// All that is measured on a device. `first` says that the visit began with it.
///
/// # Errors
/// What the engine or the browser says.
pub(crate) async fn measure(
    training: Training,
    device: DevicePreference,
    options: &Options,
    first: bool,
    on_stage: impl Fn(Stage),
) -> Result<BenchReport, String> {
    let engine = Engine::start(1)?;
    let opened = open(&engine, device).await?;
    on_stage(Stage::Steps(0, 1));
    let asked = Command::Bench {
        request: 1,
        steps: options.steps,
        network: options.network,
        seconds: options.seconds,
    };
    let mut times = engine
        .ask(&asked, |event, _| match event {
            Event::Benching { done, total, .. } => {
                on_stage(Stage::Steps(done, total));
                None
            }
            Event::Benched { times, .. } => Some(times),
            _ => None,
        })
        .await?;
    let overlays = redraws(&engine, options, &on_stage).await?;
    // Both arms were left out where they take too long.
    if opened.kind == DeviceKind::Cpu && !times.both_ms.is_empty() {
        (times.alone_ms, times.both_ms) = side_by_side(&engine, device, options, &on_stage).await?;
    }
    drop(engine);
    // What the page trains is its own run, whichever network is timed.
    let longest = if options.network == BenchNetwork::Reference {
        on_stage(Stage::Training);
        longest_task(training, device).await?
    } else {
        None
    };
    Ok(BenchReport {
        network: options.network,
        page_usable_ms: browser::marked(browser::PAGE_USABLE).map(rounded),
        engine_ready_ms: browser::marked(browser::ENGINE_READY)
            .filter(|_| first)
            .map(rounded),
        overlay_ms_p95: percentile(&overlays.masks, 0.95).map(rounded),
        answer_ms_p95: percentile(&overlays.answers, 0.95).map(rounded),
        longest_task_ms: longest.map(rounded),
        page_transferred_bytes: module_bytes("page", browser::loaded()),
        ..BenchReport::new(&opened, &times)
    })
}

async fn open(engine: &Engine, device: DevicePreference) -> Result<DeviceInfo, String> {
    let open = Command::Open { device };
    let opened = engine.ask(&open, |event, _| match event {
        Event::Ready { device, .. } => Some(device),
        _ => None,
    });
    opened.await
}

/// Milliseconds per step of one arm in one worker, and of two arms as the page trains them, in
/// turns of a few steps.
async fn side_by_side(
    alone: &Engine,
    device: DevicePreference,
    options: &Options,
    on_stage: &impl Fn(Stage),
) -> Result<(Vec<f64>, Vec<f64>), String> {
    let together = Engine::start(browser::cores())?;
    open(&together, device).await?;
    let rsc = || ArmConfig::rsc(ChallengeConfig::default());
    let network = options.network;
    let mut one = AlternatingRun::begin(alone, network, vec![rsc()]).await?;
    let mut two = AlternatingRun::begin(&together, network, vec![ArmConfig::erm(), rsc()]).await?;
    let (mut alone_ms, mut both_ms) = (Vec::new(), Vec::new());
    let turns = options.steps.div_ceil(TURN as u32);
    let turns = turns.clamp(FEWEST_TURNS, MOST_TURNS);
    let clock = Clock::start(options.seconds);
    for turn in 0..=turns {
        if turn > 1 && clock.is_over() {
            break;
        }
        on_stage(Stage::Steps(turn, turns + 1));
        let (one_ms, two_ms) = (one.take().await?, two.take().await?);
        // The first one warms up.
        if turn > 0 {
            alone_ms.push(one_ms);
            both_ms.push(two_ms);
        }
    }
    Ok((alone_ms, both_ms))
}

/// A run that is trained a few steps at a time.
struct AlternatingRun<'a> {
    engine: &'a Engine,
    step: u64,
    steps_per_epoch: u64,
}

impl<'a> AlternatingRun<'a> {
    async fn begin(
        engine: &'a Engine,
        network: BenchNetwork,
        arms: Vec<ArmConfig>,
    ) -> Result<Self, String> {
        let config = network.config(arms);
        let configured = Command::Configure { run: RUN, config };
        let started = engine.ask(&configured, |event, _| match event {
            Event::Started { info, .. } => Some(info),
            _ => None,
        });
        Ok(Self {
            engine,
            step: 0,
            steps_per_epoch: started.await?.steps_per_epoch,
        })
    }

    /// Trains a few steps more, and returns the milliseconds that each took.
    async fn take(&mut self) -> Result<f64, String> {
        self.step += TURN;
        let step = self.step;
        // Nor must an evaluation run on into what is timed next.
        let evaluates = step.is_multiple_of(self.steps_per_epoch);
        let began = browser::now();
        let took = Cell::new(0.0);
        let asked = Command::PlayUntil { run: RUN, step };
        let made = self.engine.ask(&asked, |event, _| match event {
            Event::Steps { records, .. } if records.last().is_some_and(|it| it.step == step) => {
                took.set(browser::now() - began);
                (!evaluates).then_some(())
            }
            Event::Evaluation { record, .. } if record.step == step => Some(()),
            _ => None,
        });
        made.await?;
        Ok(took.get() / TURN as f64)
    }
}

/// Trains on the page, curves and all, and returns the longest task of its thread meanwhile;
/// `None` where the browser does not on_stage.
async fn longest_task(training: Training, device: DevicePreference) -> Result<Option<f64>, String> {
    let state = move || training.state.get_untracked();
    let on_device = match training.engine.status.get_untracked() {
        EngineStatus::Ready { device: used, .. } => used.kind == kind(device),
        _ => false,
    };
    if !on_device {
        training.move_to(device);
    }
    page_ready(training).await?;
    if state() != Some(RunState::Ready) {
        training.reset();
        page_ready(training).await?;
    }
    let watched = LongTasks::watch();
    training.toggle_play();
    until(WATCHED_MS, move || {
        training.progress.get_untracked().step >= WATCHED_STEPS
            || matches!(state(), Some(RunState::Done | RunState::Failed))
    })
    .await;
    if state() == Some(RunState::Training) {
        training.toggle_play();
        until(WATCHED_MS, move || state() != Some(RunState::Training)).await;
    }
    page_ready(training).await?;
    // The browser tells of a task some time after it.
    browser::pause(200).await;
    Ok(watched.map(|watched| watched.longest()))
}
