//! Tests with several workers.

use super::*;

/// The runs that commands begin, and whether each has one arm.
fn begun_by(machine: &Machine, commands: &[Command]) -> Vec<(RunId, usize, bool)> {
    let runs = commands.iter().filter_map(|command| match command {
        Command::Configure { run, config } => Some((*run, config.arms.len() == 1)),
        _ => None,
    });
    let with_worker = runs.map(|(run, one)| {
        let worker = machine.worker_of(run).expect("a worker has it");
        (run, worker, one)
    });
    with_worker.collect()
}

/// Ends a run that has begun.
fn end(machine: &mut Machine, run: RunId, rsc: f32) -> Vec<Command> {
    let event = evaluated(machine, run, rsc);
    machine.handle_event(&event, 3.0);
    machine.handle_event(&done(run), 3.0)
}

fn is_value(machine: &Machine, column: usize, expected: f64) {
    let value = machine.cell_value(cell(column), Measure::NewRsc);
    assert!(
        matches!(&value, CellValue::Value(spread) if (spread.mean - expected).abs() < 1e-6),
        "{value:?}, not {expected}"
    );
}

#[test]
fn several_workers_share_the_runs() {
    let mut machine = begun("0.1, 0.2, 0.3, 0.4", "0");
    let first = machine.handle_event(&ready(), 0.0);
    assert_eq!(begun_by(&machine, &first), [(1, 0, false)]);
    assert!(machine.has_worker(0) && !machine.has_worker(1));
    // The others leave out the plain arm, which is being trained.
    for worker in [1, 2] {
        let next = machine.join(worker, 0.0);
        let run = worker as RunId + 1;
        assert_eq!(begun_by(&machine, &next), [(run, worker, true)]);
    }
    let next = train(&mut machine, 1, 0.5, 1.0);
    assert_eq!(begun_by(&machine, &next), [(4, 0, true)]);
    assert_eq!(machine.at().count(), 3);
    assert_eq!(machine.worker_of(1), None);
    assert!(machine.has_worker(1) && machine.has_worker(2));

    // All are held, and go on.
    for run in 2..=3 {
        machine.handle_event(&started(run), 1.0);
    }
    let pauses = [Command::Pause { run: 2 }, Command::Pause { run: 3 }];
    assert_eq!(machine.pause(1.0), pauses);
    assert!(machine.handle_event(&started(4), 1.0).is_empty());
    let plays = [2, 3, 4].map(|run| Command::Play { run });
    assert_eq!(machine.resume(2.0), plays);

    // They end in any order; each result is that of its own run.
    for (run, rsc) in [(4, 0.9), (2, 0.7), (3, 0.8)] {
        assert!(end(&mut machine, run, rsc).is_empty());
    }
    assert_eq!(machine.phase, Phase::Done);
    for (place, rsc) in [(1, 0.7), (2, 0.8), (3, 0.9)] {
        is_value(&machine, place, rsc);
    }
}

#[test]
fn a_run_that_ends_before_the_arms_it_shares_waits_for_them() {
    let mut machine = begun("0.1, 0.2, 0.3", "0");
    machine.handle_event(&ready(), 0.0);
    machine.join(1, 0.0);
    machine.handle_event(&started(1), 0.0);
    let third = train(&mut machine, 2, 0.7, 0.0);
    assert_eq!(begun_by(&machine, &third), [(3, 1, true)]);
    assert_eq!(machine.results.len(), 0);
    assert_eq!(
        machine.cell_value(cell(1), Measure::NewRsc),
        CellValue::Running
    );
    assert!((machine.progress() - 1.0 / 3.0).abs() < 1e-9);
    assert!(end(&mut machine, 1, 0.6).is_empty());
    is_value(&machine, 0, 0.6);
    is_value(&machine, 1, 0.7);
    train(&mut machine, 3, 0.8, 4.0);
    is_value(&machine, 2, 0.8);
    assert_eq!(machine.phase, Phase::Done);
    assert_eq!(machine.records.len(), 3);
}

#[test]
fn where_the_shared_arms_fail_another_run_trains_them() {
    let mut machine = begun("0.1, 0.2", "0");
    machine.handle_event(&ready(), 0.0);
    machine.join(1, 0.0);
    assert!(train(&mut machine, 2, 0.7, 0.0).is_empty());
    // It fails in a pause: the run that is held begins anew, as a whole, after it.
    machine.pause(0.0);
    assert!(machine.handle_event(&failed(Some(1)), 0.0).is_empty());
    assert_eq!(machine.phase, Phase::Paused);
    let again = machine.resume(0.0);
    assert_eq!(begun_by(&machine, &again), [(3, 0, false)]);
    train(&mut machine, 3, 0.7, 0.0);
    is_value(&machine, 1, 0.7);
    assert_eq!(machine.phase, Phase::Done);
    assert!(!machine.unfinished());
}
