//! A pool trains bit for bit what one session trains, whatever a visitor does meanwhile.

use pollster::block_on;
use proptest::prelude::*;
use rsc_core::{
    config::RunConfig,
    protocol::{Command, DevicePreference, Event, RunState, Tuning},
    worker_pool::workers_of_checkpoint,
};

use super::config::{RUN, look, settings, tuned};
use super::course::Course;
use super::simulation::{Message, Simulation, engine};

/// What a visitor does next.
#[derive(Debug, Clone)]
enum Act {
    Wait(usize),
    Play,
    Pause,
    Step,
    Tune(f64, f64),
    Look(usize),
    /// A checkpoint, and everything begins anew with it, on so many cores.
    Reload(usize),
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        4 => (1_usize..60).prop_map(Act::Wait),
        3 => Just(Act::Play),
        2 => Just(Act::Pause),
        2 => Just(Act::Step),
        2 => (0.1_f64..0.9, 1e-4_f64..1e-2).prop_map(|(p, rate)| Act::Tune(p, rate)),
        1 => (0_usize..4).prop_map(Act::Look),
        1 => (1_usize..=4).prop_map(Act::Reload),
    ];
    prop::collection::vec(act, 1..24)
}

/// After which step, to what, and the checkpoint made then.
type Tuned = (u64, Tuning, Vec<u8>);

/// Configures a run on a pool, does all that, and trains to the end. Returns its course, every
/// tuning with the step after which it took effect and the checkpoint made then, and the weights.
fn by_pool(
    config: &RunConfig,
    cores: usize,
    acts: &[Act],
    seed: u64,
) -> (Course, Vec<Tuned>, Vec<Vec<u8>>) {
    let arms = config.arms.len();
    let mut simulation = Simulation::new(cores, seed);
    simulation.send(Command::Configure {
        run: RUN,
        config: config.clone(),
    });
    let mut course = Course::default();
    let mut tunings = Vec::new();
    let mut request = 0;
    for act in acts {
        match act {
            Act::Wait(ticks) => (0..*ticks).for_each(|_| simulation.tick()),
            Act::Play => simulation.send(Command::Play { run: RUN }),
            Act::Pause => simulation.send(Command::Pause { run: RUN }),
            Act::Step => simulation.send(Command::Step { run: RUN }),
            Act::Tune(p, rate) => {
                let tuning = tuned(config, *p, *rate);
                request += 1;
                simulation.send(Command::Tune {
                    run: RUN,
                    tuning: tuning.clone(),
                });
                simulation.send(Command::Checkpoint { request, run: RUN });
                tunings.push((request, tuning));
            }
            Act::Look(arm) => {
                request += 1;
                simulation.send(look(arm % arms, request));
            }
            Act::Reload(cores) => {
                request += 1;
                simulation.send(Command::Pause { run: RUN });
                simulation.send(Command::Checkpoint { request, run: RUN });
                simulation.run_until_idle();
                let (step, file) = simulation.checkpoint(request);
                assert_eq!(workers_of_checkpoint(&file), Some(arms));
                course.take(&simulation.events);
                assert_eq!(step, course.steps.last().map_or(0, |last| last.step));
                let mut next = Simulation::new(*cores, seed ^ u64::from(request));
                next.send_with(Command::Resume { run: RUN }, vec![file]);
                // Checkpoints that belong to tunings are looked up at the end.
                let asked = |it: &Message| matches!(it.0, Event::Checkpoint { .. });
                let kept: Vec<Message> = simulation.events.into_iter().filter(asked).collect();
                next.events.extend(kept);
                simulation = next;
            }
        }
    }
    simulation.send(Command::Play { run: RUN });
    simulation.run_until_idle();
    assert_eq!(simulation.state(), Some(RunState::Done));
    let before = simulation.events.len();
    for arm in 0..arms {
        simulation.send(Command::Export {
            request: 1_000 + arm as u32,
            run: RUN,
            arm,
        });
        simulation.run_until_idle();
    }
    let weights = simulation.events[before..].iter().map(|(event, buffers)| {
        assert!(matches!(event, Event::Weights { .. }), "{event:?}");
        buffers[0].clone()
    });
    let weights = weights.collect();
    course.take(&simulation.events);
    let tunings = tunings.into_iter().map(|(request, tuning)| {
        let (step, file) = simulation.checkpoint(request);
        (step, tuning, file)
    });
    let tunings = tunings.collect();
    assert!(simulation.workers.len() <= 4.min(arms), "a worker too many");
    (course, tunings, weights)
}

/// The same by one session, with the same tunings after the same steps.
fn by_one_session(
    config: &RunConfig,
    tunings: &[(u64, Tuning, Vec<u8>)],
) -> (Course, Vec<Vec<u8>>, Vec<Vec<u8>>) {
    let (mut session, outbox) = engine();
    let mut tell = |command| {
        block_on(session.handle(command, Vec::new()));
        while session.is_training() {
            block_on(session.turn(async || ()));
        }
    };
    let device = DevicePreference::Cpu;
    tell(Command::Open { device });
    tell(Command::Configure {
        run: RUN,
        config: config.clone(),
    });
    for (request, (step, tuning, _)) in (0..).zip(tunings) {
        tell(Command::PlayUntil {
            run: RUN,
            step: *step,
        });
        tell(Command::Tune {
            run: RUN,
            tuning: tuning.clone(),
        });
        tell(Command::Checkpoint { request, run: RUN });
    }
    tell(Command::Play { run: RUN });
    for arm in 0..config.arms.len() {
        tell(Command::Export {
            request: 1_000,
            run: RUN,
            arm,
        });
    }
    let events: Vec<Message> = outbox.borrow_mut().drain(..).collect();
    let mut course = Course::default();
    course.take(&events);
    let files = |wanted: fn(&Event) -> bool| {
        let found = events.iter().filter(|(event, _)| wanted(event));
        found.map(|(_, buffers)| buffers[0].clone()).collect()
    };
    let checkpoints = files(|event| matches!(event, Event::Checkpoint { .. }));
    let weights = files(|event| matches!(event, Event::Weights { .. }));
    (course, checkpoints, weights)
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: std::env::var("PROPTEST_CASES").ok().and_then(|it| it.parse().ok()).unwrap_or(12),
        ..ProptestConfig::default()
    })]

    #[test]
    fn a_pool_trains_what_one_session_trains(
        arms in 1_usize..=4,
        cores in 1_usize..=4,
        acts in acts(),
        seed in any::<u64>(),
    ) {
        let config = settings(arms);
        let (course, tunings, weights) = by_pool(&config, cores, &acts, seed);
        let (wanted, checkpoints, wanted_weights) = by_one_session(&config, &tunings);
        prop_assert_eq!(course.steps.len(), 12);
        prop_assert_eq!(course, wanted);
        prop_assert!(weights == wanted_weights, "other weights");
        for ((step, _, file), other) in tunings.iter().zip(&checkpoints) {
            prop_assert!(file == other, "another checkpoint after step {}", step);
        }
    }
}
