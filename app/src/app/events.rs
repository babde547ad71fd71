//! From the engine to the features: each event to the feature that it concerns, stale ones dropped.
//! This is compiled into the deferred module.

use js_sys::ArrayBuffer;
use leptos::prelude::*;

use rsc_core::config::DataSource;
use rsc_core::protocol::{DeviceInfo, Event, Fault, RunId, RunInfo, RunState};

use crate::app::rooms::Rooms;
use crate::device::state::profile::{Memory, Profiled};
use crate::engine::state::EngineStatus;
use crate::microscope::state::batches::LastBatch;
use crate::ui::browser;
use crate::ui::notices::Kind;

/// Takes in one event of the engine.
pub(crate) fn receive(rooms: Rooms, event: Event, buffers: &[ArrayBuffer]) {
    match event {
        Event::Loading { received, total } => {
            let status = rooms.engine.status;
            if matches!(status.get_untracked(), EngineStatus::Loading { .. }) {
                status.set(EngineStatus::Loading { received, total });
            }
        }
        Event::Ready { device, version } => ready(rooms, device, version),
        // Of a run that was just left, too.
        Event::Checkpoint { request, step, .. } => {
            rooms.runs.checkpoint_came(request, step, buffers);
        }
        Event::Memory { module, device, .. } => {
            let memory = rooms.device.profile.memory;
            memory.set(Some(Memory { module, device }));
        }
        Event::Benching {
            request,
            done,
            total,
        } => rooms.device.checking(request, done, total),
        Event::Checked { request, checks } => rooms.device.checked(request, checks),
        Event::Warning { run, message } => {
            if run.is_none_or(|run| run == current(rooms)) {
                rooms.notices.say(Kind::Warning, message);
            }
        }
        Event::Failed {
            run,
            fault,
            message,
            ..
        } => failed(rooms, run, fault, message),
        event => of_run(rooms, event, buffers),
    }
}

/// The id of the current run.
fn current(rooms: Rooms) -> RunId {
    rooms.training.run.get_value()
}

/// The device is open: a run is prepared on it.
fn ready(rooms: Rooms, device: DeviceInfo, version: String) {
    let training = rooms.training;
    browser::mark_once(browser::ENGINE_READY);
    let status = EngineStatus::Ready { device, version };
    rooms.engine.status.set(status);
    let draft = rooms.settings.draft;
    if draft.with_untracked(|draft| draft.data.source == DataSource::Own) {
        training.send_images();
    }
    if !rooms.runs.resume_waiting() {
        training.configure();
    }
}

/// The engine, or a run, has stopped.
fn failed(rooms: Rooms, run: Option<RunId>, fault: Fault, message: String) {
    let training = rooms.training;
    match run {
        None => training.engine_failed(fault, message),
        Some(run) if run != current(rooms) || rooms.runs.resume_failed(&message) => {}
        Some(_) => {
            training.run_failed(fault, message);
            rooms.masks.forget_request();
            rooms.microscope.forget_request();
            rooms.runs.forget_unanswered_request();
        }
    }
}

/// An event of the current run; one of a run that was replaced is stale.
fn of_run(rooms: Rooms, event: Event, buffers: &[ArrayBuffer]) {
    let (training, now) = (rooms.training, current(rooms));
    match event {
        Event::Started { run, info, step } if run == now => {
            started(rooms, run, info, step, buffers);
        }
        Event::State { run, state } if run == now => {
            training.flush();
            training.state.set(Some(state));
            if matches!(state, RunState::Paused | RunState::Done) {
                training.look_again.notify(&());
                rooms.microscope.ask_for_batch();
                rooms.runs.save_checkpoint();
            }
        }
        Event::Steps {
            run,
            records,
            step_ms,
        } if run == now => {
            training.steps(records, step_ms);
            rooms.runs.save_checkpoint_regularly();
        }
        Event::Evaluation { run, record } if run == now => {
            training.flush();
            training.predictions.take(buffers);
            training.evaluated(record);
            training.look_again.notify(&());
        }
        event => answer(rooms, event, buffers),
    }
}

/// A run has been prepared, or taken up at a step.
fn started(rooms: Rooms, run: RunId, info: RunInfo, step: u64, buffers: &[ArrayBuffer]) {
    let training = rooms.training;
    training.predictions.take_labels(buffers);
    rooms.runs.resumed();
    rooms.masks.fit(&info);
    rooms.microscope.fit(&info);
    training.started(run, info, step);
    rooms.microscope.ask_for_choices();
    training.look_again.notify(&());
    training.play_if_asked();
}

/// The answer to a question about the current run.
fn answer(rooms: Rooms, event: Event, buffers: &[ArrayBuffer]) {
    let now = current(rooms);
    match event {
        Event::Inspection {
            request,
            run,
            arm,
            step,
            grid,
            images,
        } if run == now => rooms
            .masks
            .inspected(request, arm, step, grid, images, buffers),
        Event::Profile {
            request,
            run,
            split,
        } if run == now => rooms.device.profiled(request, Profiled { split }),
        Event::Microscope {
            request,
            run,
            arm,
            step,
            shape,
            inspection,
        } if run == now => rooms
            .microscope
            .magnified(request, arm, step, shape, inspection, buffers),
        Event::Batch {
            request,
            run,
            arm,
            step,
            b,
            threshold,
            samples,
        } if run == now => {
            let batch = LastBatch {
                arm,
                step,
                b,
                threshold,
                side: 0,
                samples: Vec::new(),
            };
            rooms
                .microscope
                .batch_came(request, batch, samples, buffers);
        }
        Event::Samples {
            request,
            run,
            samples,
        } if run == now && !rooms.microscope.choices_came(request, &samples, buffers) => {
            rooms.training.thumbnails_came(request, &samples, buffers);
        }
        Event::Weights { request, run, arm } if run == now => {
            rooms.exports.weights_came(request, arm, buffers);
        }
        _ => {}
    }
}
