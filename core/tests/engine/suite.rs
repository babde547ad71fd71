//! The engine's checks of a device, natively: on the CPU and on a GPU where one can be opened. In a
//! browser a visitor makes the same ones. `RSC_WRITE_LOSSES=1` writes the losses to compare with anew.
#![allow(clippy::unwrap_used, reason = "tests may panic")]

use std::{cell::RefCell, path::Path, rc::Rc};

use pollster::block_on;
use rsc_core::{
    config::{Axis, DataPreset, RunConfig},
    device::{Opened, open},
    protocol::{Command, DeviceKind, DevicePreference, Event},
    session::Session,
    suite::{check, losses},
};

use crate::gpu;

fn check_all(opened: &Opened) {
    let mut told = Vec::new();
    let checks = block_on(check(&opened.device, |done, total| {
        told.push((done, total))
    }))
    .unwrap();
    println!("{}: {checks:#?}", opened.info.name);
    assert_eq!(checks.len(), 5);
    let (done, total) = *told.last().unwrap();
    assert_eq!(done, total);
    for check in checks {
        assert_eq!(check.problem, None, "{}", check.name);
    }
}

#[test]
fn the_cpu_computes_what_it_should() {
    let opened = block_on(open(DevicePreference::Cpu)).unwrap();
    if std::env::var_os("RSC_WRITE_LOSSES").is_some() {
        let courses = [(0, Axis::Spatial), (1, Axis::Channel)]
            .map(|(seed, axis)| block_on(losses::train(seed, axis, &opened.device, &mut || ())));
        let courses: Vec<_> = courses.into_iter().map(Result::unwrap).collect();
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/losses.json");
        std::fs::write(file, serde_json::to_string(&courses).unwrap() + "\n").unwrap();
        println!("written: build again to compare with them");
        return;
    }
    check_all(&opened);
}

#[test]
fn the_gpu_computes_what_the_cpu_does() {
    if let Some(opened) = gpu::if_any(block_on(open(DevicePreference::Webgpu))) {
        check_all(&opened);
    }
}

#[test]
fn the_first_step_on_a_gpu_is_told_at_once() {
    let log = Rc::new(RefCell::new(Vec::new()));
    let sink = Rc::clone(&log);
    let mut session = Session::new(move |event, _| sink.borrow_mut().push(event));
    let device = DevicePreference::Webgpu;
    block_on(session.handle(Command::Open { device }, Vec::new()));
    let is_gpu = |event: &Event| matches!(event, Event::Ready { device, .. } if device.kind == DeviceKind::Gpu);
    let has_gpu = log.borrow().iter().any(is_gpu);
    if gpu::if_any(has_gpu.then_some(()).ok_or_else(|| format!("{log:?}"))).is_none() {
        return;
    }
    let mut config = RunConfig::for_preset(DataPreset::Styles);
    config.data.train_images = 128;
    config.data.test_images = 16;
    let configure = Command::Configure { run: 1, config };
    block_on(session.handle(configure, Vec::new()));
    block_on(session.handle(Command::Play { run: 1 }, Vec::new()));
    block_on(session.turn(async || ()));
    let log = log.borrow();
    let told = log.iter().filter_map(|event| match event {
        Event::Steps { records, .. } => Some(records.len()),
        _ => None,
    });
    assert_eq!(told.collect::<Vec<_>>(), [1]);
}
