//! Tests of `machine`.

use rsc_core::protocol::{DeviceInfo, DeviceKind, Fault, StepMetrics, StepRecord};

mod workers;

use super::super::*;
use super::*;
use crate::sweep::model::plan::tests::plan;
use crate::sweep::model::results::tests::record;

fn ready() -> Event {
    Event::Ready {
        device: DeviceInfo {
            kind: DeviceKind::Cpu,
            name: "CPU".into(),
            reason: String::new(),
            software: false,
            limits: Vec::new(),
            simulated: None,
        },
        version: String::new(),
    }
}

fn started(run: RunId) -> Event {
    let info = RunInfo {
        classes: Vec::new(),
        domains: Vec::new(),
        arms: vec!["erm".into(), "rsc".into()],
        image_size: 32,
        features: [1, 1, 1],
        parameters: 1,
        steps_per_epoch: 32,
        total_steps: 640,
    };
    let step = 0;
    Event::Started { run, info, step }
}

fn done(run: RunId) -> Event {
    let state = RunState::Done;
    Event::State { run, state }
}

/// Of the arms that the current run trains.
fn evaluated(machine: &Machine, run: RunId, rsc: f32) -> Event {
    let mut record = record(Some(0.25), Some(rsc));
    if alone(machine, run) {
        record.arms.remove(0);
    }
    Event::Evaluation { run, record }
}

fn alone(machine: &Machine, run: RunId) -> bool {
    let mut running = machine.running.iter();
    running.any(|current| current.run == run && current.alone)
}

fn stepped(machine: &Machine, run: RunId, loss: f32) -> Event {
    let metrics = |loss| StepMetrics {
        loss,
        accuracy: 0.5,
        muted_fraction: 0.0,
        degenerate: 0,
        challenged: 0,
        challenge_gap: 0.0,
        axis: None,
    };
    let mut arms = vec![metrics(0.75), metrics(loss)];
    if alone(machine, run) {
        arms.remove(0);
    }
    Event::Steps {
        run,
        records: vec![StepRecord {
            step: 32,
            epoch: 0,
            arms,
        }],
        step_ms: 40.0,
    }
}

fn failed(run: Option<RunId>) -> Event {
    Event::Failed {
        run,
        fault: Fault::Other,
        message: "no luck".into(),
        kept: String::new(),
    }
}

fn configured(commands: &[Command]) -> Option<(RunId, f64, u64)> {
    match commands {
        [Command::Configure { run, config }] => {
            let rsc = config.arms.iter().find(|arm| arm.name == "rsc")?;
            Some((*run, rsc.challenge.p, config.training.seed))
        }
        _ => None,
    }
}

/// Trains the current run to its end.
fn train(machine: &mut Machine, run: RunId, rsc: f32, now: f64) -> Vec<Command> {
    let play = machine.handle_event(&started(run), now);
    assert_eq!(play, [Command::Play { run }]);
    let event = stepped(machine, run, rsc);
    machine.handle_event(&event, now);
    for accuracy in [0.0, rsc] {
        let event = evaluated(machine, run, accuracy);
        machine.handle_event(&event, now);
    }
    machine.handle_event(&done(run), now)
}

/// Opens it and trains at most so many runs.
pub(crate) fn train_all(machine: &mut Machine, most: usize) {
    machine.open(DevicePreference::Cpu);
    let mut next = machine.handle_event(&ready(), 0.0);
    for _ in 0..most {
        let Some((run, p, _)) = configured(&next) else {
            break;
        };
        next = train(machine, run, p as f32, 1e3);
    }
}

/// Two cells of one seed.
pub(crate) fn finished() -> Machine {
    let mut machine = Machine::new(1.0, plan("0.2, 0.4", None, "0"), None);
    train_all(&mut machine, 2);
    assert_eq!(machine.phase, Phase::Done);
    machine
}

fn begun(p: &str, seeds: &str) -> Machine {
    let mut machine = Machine::new(0.0, plan(p, None, seeds), None);
    let device = DevicePreference::Cpu;
    assert_eq!(machine.open(device), [Command::Open { device }]);
    machine
}

fn cell(column: usize) -> Cell {
    Cell { row: 0, column }
}

#[test]
fn works_through_all_runs() {
    let mut machine = begun("0.2, 0.4", "3, 4");
    assert_eq!(machine.phase, Phase::Opening);
    let first = machine.handle_event(&ready(), 0.0);
    assert_eq!(configured(&first), Some((1, 0.2, 3)));
    assert_eq!(
        machine.cell_value(cell(0), Measure::NewRsc),
        CellValue::Running
    );
    assert_eq!(machine.left(0.0), None);
    let second = train(&mut machine, 1, 0.5, 1e4);
    assert_eq!(configured(&second), Some((2, 0.4, 3)));
    assert_eq!(machine.progress(), 0.25);
    // The first took 10 s for two arms; with each seed one more run trains both.
    assert_eq!(machine.left(1e4), Some("20 s left".into()));
    let third = train(&mut machine, 2, 0.5, 2e4);
    assert_eq!(configured(&third), Some((3, 0.2, 4)));
    let fourth = train(&mut machine, 3, 0.75, 3e4);
    assert_eq!(configured(&fourth), Some((4, 0.4, 4)));
    assert!(train(&mut machine, 4, 0.5, 4e4).is_empty());
    assert_eq!(machine.phase, Phase::Done);
    assert!(!machine.unfinished());
    let values = machine.results.values(cell(0), Measure::NewRsc);
    assert_eq!(values, [0.5, 0.75]);
    // It is over: nothing is heard any more.
    assert!(machine.handle_event(&failed(None), 5e4).is_empty());
    assert_eq!(machine.phase, Phase::Done);
}

#[test]
fn arms_that_the_swept_settings_leave_alone_are_trained_once_per_seed() {
    let mut machine = begun("0.2, 0.4", "3, 4");
    machine.handle_event(&ready(), 0.0);
    let arms = |machine: &Machine, commands: &[Command]| match commands {
        [Command::Configure { run, config }] => {
            assert_eq!(config.arms.len() == 1, alone(machine, *run));
            config.arms.iter().map(|arm| arm.name.clone()).collect()
        }
        _ => Vec::new(),
    };
    let second = train(&mut machine, 1, 0.5, 0.0);
    assert_eq!(arms(&machine, &second), ["rsc"]);
    let third = train(&mut machine, 2, 0.75, 0.0);
    assert_eq!(arms(&machine, &third), ["erm", "rsc"]);
    let job = |seed, column| Job {
        seed,
        cell: cell(column),
    };
    // What was not trained is as it was beside the other cell's.
    let Some(Outcome::Measured(record)) = machine.results.get(job(0, 1)) else {
        panic!("no result");
    };
    let new: Vec<_> = record
        .arms
        .iter()
        .map(|arm| arm.accuracy_new_domain)
        .collect();
    assert_eq!(new, [Some(0.25), Some(0.75)]);
    assert_eq!(machine.results.values(cell(1), Measure::NewErm), [0.25]);
    let run = machine.record(job(0, 1)).expect("a run");
    assert_eq!(run.config, machine.plan.config(job(0, 1)));
    assert_eq!((run.curves[0].y[0], run.curves[0].y[1]), (0.75, 0.75));
    assert_eq!(run.evaluations.len(), 2);
    assert!(run.evaluations.iter().all(|it| it.arms.len() == 2));
    assert_eq!(run.evaluations[1].arms[0].new, Some(0.25));
    assert_eq!((run.steps, run.state), (32, RunState::Done));

    // One that failed has none to give.
    let fourth = machine.handle_event(&failed(Some(3)), 0.0);
    assert_eq!(arms(&machine, &fourth), ["erm", "rsc"]);
}

#[test]
fn a_failed_run_marks_its_cell_and_the_sweep_goes_on() {
    let mut machine = begun("0.2, 0.4", "0");
    machine.handle_event(&ready(), 0.0);
    let next = machine.handle_event(&failed(Some(1)), 0.0);
    assert_eq!(configured(&next), Some((2, 0.4, 0)));
    assert_eq!(
        machine.cell_value(cell(0), Measure::NewRsc),
        CellValue::Failed("no luck".into())
    );
    // Late news of the first run.
    assert!(machine.handle_event(&done(1), 0.0).is_empty());
    assert!(train(&mut machine, 2, 0.5, 0.0).is_empty());
    assert_eq!(machine.phase, Phase::Done);
}

#[test]
fn pauses_in_a_run_and_goes_on() {
    let mut machine = begun("0.2, 0.4", "0");
    machine.handle_event(&ready(), 0.0);
    machine.handle_event(&started(1), 0.0);
    assert_eq!(machine.pause(1e4), [Command::Pause { run: 1 }]);
    assert!(machine.pause(1e4).is_empty());
    assert_eq!(machine.resume(9e4), [Command::Play { run: 1 }]);
    machine.handle_event(&evaluated(&machine.clone(), 1, 0.5), 9e4);
    machine.handle_event(&done(1), 9e4);
    // The pause does not count.
    assert_eq!(machine.left(9e4), Some("5 s left".into()));
}

#[test]
fn pauses_while_a_run_is_prepared() {
    let mut machine = begun("0.2", "0");
    machine.handle_event(&ready(), 0.0);
    assert!(machine.pause(0.0).is_empty());
    assert!(machine.handle_event(&started(1), 0.0).is_empty());
    assert_eq!(machine.resume(0.0), [Command::Play { run: 1 }]);

    let mut machine = begun("0.2", "0");
    machine.handle_event(&ready(), 0.0);
    machine.pause(0.0);
    assert!(machine.resume(0.0).is_empty());
    assert_eq!(
        machine.handle_event(&started(1), 0.0),
        [Command::Play { run: 1 }]
    );
}

#[test]
fn a_pause_that_comes_too_late_holds_the_next_run() {
    let mut machine = begun("0.2, 0.4", "0");
    machine.handle_event(&ready(), 0.0);
    machine.handle_event(&started(1), 0.0);
    machine.pause(0.0);
    machine.handle_event(&evaluated(&machine.clone(), 1, 0.5), 0.0);
    assert!(machine.handle_event(&done(1), 0.0).is_empty());
    assert_eq!(machine.phase, Phase::Paused);
    assert_eq!(configured(&machine.resume(0.0)), Some((2, 0.4, 0)));
    machine.handle_event(&started(2), 0.0);
    machine.pause(0.0);
    machine.handle_event(&evaluated(&machine.clone(), 2, 0.5), 0.0);
    machine.handle_event(&done(2), 0.0);
    assert_eq!(machine.phase, Phase::Done);
}

#[test]
fn a_crash_keeps_what_was_measured_and_can_be_gone_on_from() {
    let mut machine = begun("0.2, 0.4, 0.6", "0");
    machine.handle_event(&ready(), 0.0);
    train(&mut machine, 1, 0.5, 0.0);
    machine.handle_event(&started(2), 0.0);
    machine.handle_event(&failed(None), 0.0);
    assert_eq!(machine.phase, Phase::Broken("no luck".into()));
    assert_eq!(machine.results.len(), 1);
    assert!(machine.unfinished());
    let device = DevicePreference::Automatic;
    assert_eq!(machine.open(device), [Command::Open { device }]);
    assert_eq!(
        configured(&machine.handle_event(&ready(), 0.0)),
        Some((3, 0.4, 0)),
        "the run that was lost is made anew, under an id of its own"
    );
    machine.stop(0.0);
    assert_eq!(machine.phase, Phase::Stopped);
    assert_eq!(machine.at().count(), 0);
}

#[test]
fn refused_cells_are_never_run() {
    let mut machine = begun("0.2, 7", "0");
    machine.handle_event(&ready(), 0.0);
    assert!(train(&mut machine, 1, 0.5, 0.0).is_empty());
    assert_eq!(machine.phase, Phase::Done);
    assert!(matches!(
        machine.cell_value(cell(1), Measure::NewRsc),
        CellValue::Refused(why) if why.contains('7')
    ));
}
