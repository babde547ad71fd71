//! How runs and questions are spread over the workers.

use pollster::block_on;
use rsc_core::{
    config::{
        AugmentationConfig, Backbone, DataPreset, DataSource, NetworkConfig, PretrainedNetwork,
        Trains,
    },
    image_pack::{PackClass, PackIndex, SIDE},
    protocol::{Command, DeviceInfo, DeviceKind, Event, ImageEntry, PresetPictures, RunState},
    worker_pool::{Action, WorkerPool},
};

use super::config::{RUN, look, predict, settings};
use super::course::Course;
use super::simulation::{Message, Simulation, prepared};

#[test]
fn a_worker_for_each_arm_is_started_once_and_no_more_than_there_are_cores() {
    for (arms, cores, workers) in [(2, 1, 1), (1, 4, 1), (2, 2, 2), (3, 2, 2), (4, 8, 4)] {
        let mut simulation = prepared(settings(arms), cores);
        assert_eq!(
            simulation.workers.len(),
            workers,
            "{arms} arms on {cores} cores"
        );
        for run in 2..8 {
            simulation.send(Command::Configure {
                run,
                config: settings(arms),
            });
            simulation.send(Command::Play { run });
            (0..20).for_each(|_| simulation.tick());
        }
        simulation.run_until_idle();
        assert_eq!(simulation.workers.len(), workers);
        assert_eq!(simulation.state(), Some(RunState::Done));
    }
}

#[test]
fn nothing_of_a_run_that_was_replaced_is_told() {
    let mut simulation = prepared(settings(2), 2);
    simulation.send(Command::Play { run: RUN });
    (0..30).for_each(|_| simulation.tick());
    simulation.send(Command::Configure {
        run: 2,
        config: settings(3),
    });
    simulation.run_until_idle();
    let started = |(event, _): &Message| matches!(event, Event::Started { run: 2, .. });
    let at = simulation.events.iter().position(started).unwrap();
    let info = match &simulation.events[at].0 {
        Event::Started { info, .. } => info.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(info.arms, ["erm", "mixed", "random"]);
    for (event, _) in &simulation.events[at..] {
        let json = serde_json::to_value(event).unwrap();
        assert_eq!(json["run"], 2, "{event:?}");
    }
}

#[test]
fn a_run_that_is_left_is_suspended_first() {
    let mut simulation = prepared(settings(2), 2);
    simulation.send(Command::Play { run: RUN });
    (0..40).for_each(|_| simulation.tick());
    simulation.send(Command::Checkpoint {
        request: 7,
        run: RUN,
    });
    simulation.send(Command::Configure {
        run: 2,
        config: settings(2),
    });
    simulation.run_until_idle();
    let (step, file) = simulation.checkpoint(7);
    let last = simulation
        .events
        .iter()
        .rev()
        .find_map(|(event, _)| match event {
            Event::Steps {
                run: RUN, records, ..
            } => records.last().map(|last| last.step),
            _ => None,
        });
    assert_eq!(Some(step), last);
    simulation.send_with(Command::Resume { run: 3 }, vec![file]);
    simulation.send(Command::Play { run: 3 });
    simulation.run_until_idle();
    assert!(simulation.failures().is_empty());
    assert_eq!(simulation.state(), Some(RunState::Done));
}

#[test]
fn no_worker_runs_away_and_a_pause_is_heard() {
    let mut simulation = prepared(settings(2), 2);
    simulation.send(Command::Play { run: RUN });
    // The second worker gets no time at all.
    let mut made = 0;
    for _ in 0..200 {
        let worker = &mut simulation.workers[0];
        if let Some((command, buffers)) = worker.inbox.pop_front() {
            block_on(worker.session.handle(command, buffers));
        }
        if worker.session.is_training() {
            block_on(worker.session.turn(async || ()));
            made += 1;
        }
        let events: Vec<Message> = worker.outbox.borrow_mut().drain(..).collect();
        for (event, buffers) in events {
            let actions = simulation.pool.event(0, event, buffers, simulation.now);
            simulation.act(actions);
        }
    }
    assert_eq!(made, 2, "so far ahead is one worker");
    simulation.send(Command::Pause { run: RUN });
    assert_eq!(
        simulation.state(),
        Some(RunState::Training),
        "not yet together"
    );
    simulation.run_until_idle();
    assert_eq!(simulation.state(), Some(RunState::Paused));
    let mut course = Course::default();
    course.take(&simulation.events);
    assert_eq!(course.steps.len(), 2);
}

#[test]
fn workers_that_come_later_have_the_images_too() {
    let mut simulation = Simulation::new(4, 5);
    let mut images = Vec::new();
    let mut buffers = Vec::new();
    for i in 0..24_usize {
        let red = i % 2 == 0;
        images.push(ImageEntry {
            name: format!("{i}.png"),
            class: if red { "red" } else { "blue" }.into(),
            domain: String::new(),
            test_only: false,
            width: 20,
            height: 20,
            buffer: i,
        });
        let value: [u8; 3] = if red { [220, 30, 40] } else { [40, 30, 220] };
        let grain = (0..400_usize).flat_map(|at| {
            let noise = ((at * 7919 + i * 31) % 29) as u8;
            [value[0] - noise, value[1] + noise, value[2] - noise, 255]
        });
        buffers.push(grain.collect());
    }
    simulation.send_with(Command::SetImages { images }, buffers);
    for (run, arms) in [(1, 1), (2, 2), (3, 4), (4, 1), (5, 3)] {
        let mut config = settings(arms);
        config.data.source = DataSource::Own;
        simulation.send(Command::Configure { run, config });
        simulation.send(Command::Play { run });
        simulation.run_until_idle();
        assert!(
            simulation.failures().is_empty(),
            "{:?}",
            simulation.failures()
        );
        assert_eq!(simulation.state(), Some(RunState::Done));
        // A run that one worker trains alone ends the others.
        let at_work = simulation.workers.iter().filter(|it| !it.stopped);
        assert_eq!(at_work.count(), arms);
    }
}

#[test]
fn workers_that_come_later_have_the_pictures_of_all_presets() {
    let mut simulation = Simulation::new(4, 5);
    let class = |name: usize| PackClass {
        name: name.to_string(),
        concepts: vec!["a".into(), "b".into()],
    };
    let preset = DataPreset::Emoji;
    let index = PackIndex {
        domains: preset.domains().iter().map(|&name| name.into()).collect(),
        classes: (0..preset.classes()).map(class).collect(),
    };
    let tile = 4 * (SIDE * SIDE) as usize;
    let sheets = (0..5).map(|d| vec![40 * d; 2 * preset.classes() * tile]);
    let emoji = PresetPictures::Emoji { width: SIDE, index };
    let digits = PresetPictures::Digits { width: 28 };
    for (pictures, buffers) in [
        (digits, vec![vec![90; 2000 * 28 * 28]]),
        (emoji, sheets.collect()),
    ] {
        simulation.send_with(Command::SetPresetPictures { pictures }, buffers);
    }
    for (run, arms, preset) in [
        (1, 1, DataPreset::Emoji),
        (2, 2, DataPreset::RotatedDigits),
        (3, 3, DataPreset::Emoji),
    ] {
        let mut config = settings(arms);
        config.data.source = DataSource::Preset { preset };
        simulation.send(Command::Configure { run, config });
        simulation.run_until_idle();
        assert!(
            simulation.failures().is_empty(),
            "{:?}",
            simulation.failures()
        );
        assert_eq!(simulation.state(), Some(RunState::Ready));
        assert_eq!(simulation.workers.len(), arms);
    }
}

/// A GPU is open.
fn gpu_ready() -> Event {
    Event::Ready {
        device: DeviceInfo {
            kind: DeviceKind::Gpu,
            name: "a GPU".into(),
            reason: String::new(),
            software: false,
            limits: Vec::new(),
            simulated: None,
        },
        version: String::new(),
    }
}

#[test]
fn a_second_worker_can_be_started_before_a_run_has_use_for_it() {
    for (arms, left) in [(1, 1), (2, 2), (3, 3)] {
        let mut simulation = Simulation::new(4, 5);
        let started = simulation.pool.start_second();
        simulation.act(started);
        assert_eq!(simulation.pool.start_second(), [], "started once");
        simulation.send(Command::Configure {
            run: RUN,
            config: settings(arms),
        });
        simulation.run_until_idle();
        assert_eq!(simulation.state(), Some(RunState::Ready));
        let running = simulation.workers.iter().filter(|it| !it.stopped).count();
        assert_eq!(running, left, "{arms} arms");
    }
    assert_eq!(WorkerPool::<Vec<u8>>::new(1).start_second(), []);
}

#[test]
fn a_gpu_stops_the_second_worker() {
    let mut pool = WorkerPool::<Vec<u8>>::new(8);
    let [Action::Start { worker: 1 }, Action::Send { worker: 1, .. }] = &pool.start_second()[..]
    else {
        panic!("a second worker is started and opened");
    };
    let actions = pool.event(0, gpu_ready(), Vec::new(), 0.0);
    assert!(actions.contains(&Action::Stop { worker: 1 }), "{actions:?}");
}

#[test]
fn a_gpu_keeps_one_worker_and_hears_every_command_as_it_was() {
    let mut pool = WorkerPool::<Vec<u8>>::new(8);
    pool.event(0, gpu_ready(), Vec::new(), 0.0);
    let configure = Command::Configure {
        run: RUN,
        config: settings(4),
    };
    for command in [
        configure,
        Command::Play { run: RUN },
        look(3, 1),
        Command::Pause { run: RUN },
    ] {
        let actions = pool.command(command.clone(), Vec::new(), 0.0);
        let sent = Action::Send {
            worker: 0,
            command,
            buffers: Vec::new(),
        };
        assert_eq!(actions, [sent]);
    }
}

#[test]
fn questions_are_answered_by_the_arm_that_they_are_about() {
    let mut simulation = prepared(settings(3), 2);
    simulation.send(Command::Step { run: RUN });
    simulation.run_until_idle();
    let about = simulation.events.len();
    for arm in 0..3 {
        simulation.send(look(arm, arm as u32));
        let picture = vec![7; 16 * 16 * 4];
        simulation.send_with(predict(arm, arm as u32), vec![picture]);
        simulation.send(Command::Batch {
            request: 10,
            run: RUN,
            arm,
        });
    }
    simulation.send(Command::Profile {
        request: 20,
        run: RUN,
    });
    simulation.send(Command::Memory { request: 21 });
    simulation.run_until_idle();
    let mut answers = Vec::new();
    for (event, _) in &simulation.events[about..] {
        match event {
            Event::Inspection { arm, step, .. } => answers.push(("inspection", *arm, *step)),
            Event::Prediction {
                request,
                arm,
                step,
                prediction,
                ..
            } => {
                assert_eq!(*request as usize, *arm);
                let sum: f32 = prediction.before.iter().sum();
                assert!((sum - 1.0).abs() < 1e-5);
                answers.push(("prediction", *arm, *step));
            }
            Event::Batch { arm, step, b, .. } => {
                // The plain arm challenges nobody.
                assert_eq!(*b > 0.0, *arm > 0);
                answers.push(("batch", *arm, *step));
            }
            Event::Profile { split, .. } => {
                assert!(split.challenge_ms > 0.0, "an arm that is challenged");
                answers.push(("profile", 0, 1));
            }
            // Of all workers together, so told once.
            Event::Memory { request, .. } => answers.push(("memory", *request as usize, 1)),
            other => panic!("{other:?}"),
        }
    }
    answers.sort_unstable();
    let mut wanted = vec![("profile", 0, 1), ("memory", 21, 1)];
    for arm in 0..3 {
        let all = ["batch", "inspection", "prediction"];
        wanted.extend(all.map(|what| (what, arm, 1)));
    }
    wanted.sort_unstable();
    assert_eq!(answers, wanted);
    // An arm that is not there is refused.
    simulation.send(look(3, 30));
    simulation.run_until_idle();
    assert!(matches!(
        simulation.events.last(),
        Some((Event::Warning { message, .. }, _)) if message.contains("no arm 3")
    ));
}

#[test]
fn one_worker_has_all_arms_where_only_heads_are_trained() {
    for (trains, workers) in [(Trains::Head, 1), (Trains::LastStage, 2)] {
        let mut config = settings(2);
        config.network = NetworkConfig {
            backbone: Backbone::Pretrained {
                network: PretrainedNetwork::EfficientNetLite0,
                trains,
                batch_statistics: false,
            },
            ..NetworkConfig::default()
        };
        config.data.image_size = PretrainedNetwork::SMALLEST_IMAGE;
        // Without its weights the run is refused, by whoever was asked to train it.
        config.training.augmentation = AugmentationConfig::default();
        let mut simulation = Simulation::new(4, 5);
        simulation.send(Command::Configure { run: RUN, config });
        simulation.run_until_idle();
        assert_eq!(simulation.workers.len(), workers, "{trains:?}");
        assert_eq!(simulation.failures().len(), 1, "{trains:?}");
    }
}
