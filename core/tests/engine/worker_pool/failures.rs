//! What is refused, what fails, and a worker that is lost: reported once, whichever worker says it.

use rsc_core::protocol::{Command, Event, ImageEntry, RunState};

use super::config::{RUN, diverging, look, settings, tuned};
use super::simulation::{Simulation, prepared};

#[test]
fn a_refused_run_is_told_once_and_the_one_before_goes_on() {
    let mut simulation = prepared(settings(2), 2);
    let mut bad = settings(2);
    bad.arms[1].challenge.p = 3.0;
    simulation.send(Command::Configure {
        run: 2,
        config: bad,
    });
    simulation.run_until_idle();
    let failures = simulation.failures();
    assert_eq!(failures.len(), 1, "{failures:?}");
    assert_eq!(failures[0].0, Some(2));
    assert!(
        failures[0].1.contains("arms[1].challenge.p"),
        "{failures:?}"
    );
    simulation.send(Command::Step { run: RUN });
    simulation.run_until_idle();
    assert_eq!(simulation.state(), Some(RunState::Paused));
}

#[test]
fn warnings_that_all_give_are_told_once() {
    let mut simulation = prepared(settings(3), 3);
    let bad = tuned(&settings(3), 3.0, 1e-3);
    let images = vec![ImageEntry {
        name: "a.png".into(),
        class: "a".into(),
        domain: String::new(),
        test_only: false,
        width: 2,
        height: 2,
        buffer: 0,
    }];
    for turn in 1..=2 {
        simulation.send(Command::Tune {
            run: RUN,
            tuning: bad.clone(),
        });
        simulation.run_until_idle();
        let images = images.clone();
        simulation.send_with(Command::SetImages { images }, vec![vec![0; 3]]);
        simulation.run_until_idle();
        let warnings = simulation
            .events
            .iter()
            .filter_map(|(event, _)| match event {
                Event::Warning { message, .. } => Some(message.as_str()),
                _ => None,
            });
        let warnings: Vec<&str> = warnings.collect();
        assert_eq!(warnings.len(), 2 * turn, "{warnings:?}");
        assert!(warnings[0].contains("arms[1].challenge.p"), "{warnings:?}");
    }
}

#[test]
fn weights_that_are_not_finite_are_told_of_by_whoever_looks_at_them() {
    let mut simulation = prepared(diverging(), 2);
    for request in 0..400 {
        simulation.send(Command::Step { run: RUN });
        simulation.run_until_idle();
        simulation.send(look(1, request));
        simulation.run_until_idle();
        if !simulation.failures().is_empty() {
            break;
        }
    }
    let failures = simulation.failures();
    assert_eq!(failures.len(), 1, "{failures:?}");
    let (run, said, _) = &failures[0];
    assert_eq!(*run, Some(RUN));
    // Its own name, though the worker that has it trains no other.
    assert!(said.contains("weights of arm `mixed`"), "{failures:?}");
}

#[test]
fn a_loss_that_is_not_finite_stops_all_arms_and_is_told_once() {
    let config = diverging();
    let mut simulation = prepared(config, 2);
    simulation.send(Command::Play { run: RUN });
    simulation.run_until_idle();
    let failures = simulation.failures();
    assert_eq!(failures.len(), 1, "{failures:?}");
    assert_eq!(failures[0].0, Some(RUN));
    assert!(failures[0].1.contains("not finite"), "{failures:?}");
    let last = simulation
        .events
        .iter()
        .rev()
        .find_map(|(event, _)| match event {
            Event::Steps { records, .. } => records.last().map(|last| last.step),
            _ => None,
        });
    let kept = format!("up to step {} ", last.unwrap());
    assert!(failures[0].2.contains(&kept), "{failures:?} after {last:?}");
    let told = simulation.events.len();
    for command in [Command::Play { run: RUN }, Command::Step { run: RUN }] {
        simulation.send(command);
    }
    simulation.run_until_idle();
    assert_eq!(simulation.events.len(), told, "a failed run stays so");
    // Another one can follow.
    simulation.send(Command::Configure {
        run: 2,
        config: settings(2),
    });
    simulation.send(Command::Play { run: 2 });
    simulation.run_until_idle();
    assert_eq!(simulation.state(), Some(RunState::Done));
}

#[test]
fn a_worker_that_trains_and_dies_is_the_engines_failure() {
    let mut simulation = prepared(settings(2), 2);
    simulation.send(Command::Play { run: RUN });
    (0..30).for_each(|_| simulation.tick());
    let actions = simulation
        .pool
        .worker_lost(1, "gone".into(), "all".into(), 0.0);
    simulation.act(actions);
    assert_eq!(simulation.failures(), [(None, "gone".into(), "all".into())]);
    let told = simulation.events.len();
    let again = simulation
        .pool
        .worker_lost(0, "gone as well".into(), String::new(), 0.0);
    simulation.act(again);
    simulation.send(Command::Play { run: RUN });
    simulation.run_until_idle();
    assert_eq!(simulation.events.len(), told, "told once");
}

#[test]
fn a_worker_that_does_not_come_is_done_without() {
    let mut simulation = Simulation::new(2, 5);
    simulation.send(Command::Configure {
        run: RUN,
        config: settings(2),
    });
    assert_eq!(simulation.workers.len(), 2);
    assert!(simulation.pool.is_loading(1), "the run waits for it");
    simulation.settle_primary();
    assert_eq!(simulation.state(), None);
    let actions = simulation
        .pool
        .worker_lost(1, "no room".into(), String::new(), 0.0);
    simulation.act(actions);
    simulation.send(Command::Play { run: RUN });
    simulation.run_until_idle();
    assert!(simulation.workers[1].stopped && simulation.failures().is_empty());
    assert_eq!(simulation.state(), Some(RunState::Done));
    // It is not tried again.
    simulation.send(Command::Configure {
        run: 2,
        config: settings(2),
    });
    simulation.run_until_idle();
    assert_eq!(simulation.workers.len(), 2);
}
