//! From the engine to the features: each event to the feature that it concerns, stale ones dropped.
//! This is compiled into the deferred module.

use js_sys::ArrayBuffer;
use leptos::prelude::*;

use rsc_core::config::DataSource;
use rsc_core::protocol::{DeviceInfo, Event, Fault, RunId, RunInfo, RunState};

use crate::app::app_state::AppState;
use crate::app::deferred_state::DeferredState;
use crate::device::state::profile::{Memory, ProfileState};
use crate::engine::state::EngineStatus;
use crate::microscope::state::batches::LastBatch;
use crate::ui::browser;
use crate::ui::notices::Kind;

/// Takes in one event of the engine.
pub(crate) fn receive(states: AppState, event: Event, buffers: &[ArrayBuffer]) {
    // Made before any event is read: `Deferred::Start` is queued first.
    let Some(deferred) = states.deferred.get_value() else {
        return;
    };
    match event {
        Event::Loading { received, total } => {
            let status = states.engine.status;
            if matches!(status.get_untracked(), EngineStatus::Loading { .. }) {
                status.set(EngineStatus::Loading { received, total });
            }
        }
        Event::Compiling { done, total } => states.training.compiled(done, total),
        Event::Ready { device, version } => ready(states, device, version),
        // Of a run that was just left, too.
        Event::Checkpoint { request, step, .. } => {
            states.runs.checkpoint_received(request, step, buffers);
        }
        Event::Memory { module, device, .. } => {
            let memory = deferred.device.profile.memory;
            memory.set(Some(Memory { module, device }));
        }
        Event::Benching {
            request,
            done,
            total,
        } => deferred.device.checking(request, done, total),
        Event::Checked { request, checks } => deferred.device.checked(request, checks),
        Event::BackboneRead {
            request, values, ..
        } => states.training.weights.answered(request, Ok(values)),
        Event::BackboneRefused { request, message } => {
            states.training.weights.answered(request, Err(message));
        }
        Event::Warning { run, message } => {
            if run.is_none_or(|run| run == current(states)) {
                states.notices.say(Kind::Warning, message);
            }
        }
        Event::Failed {
            run,
            fault,
            message,
            ..
        } => failed(states, deferred, run, fault, message),
        event => of_run(states, deferred, event, buffers),
    }
}

/// The id of the current run.
fn current(states: AppState) -> RunId {
    states.training.run.get_value()
}

/// The device is open: a run is prepared on it.
fn ready(states: AppState, device: DeviceInfo, version: String) {
    let training = states.training;
    browser::mark_once(browser::ENGINE_READY);
    let status = EngineStatus::Ready { device, version };
    states.engine.status.set(status);
    let draft = states.settings.draft;
    if draft.with_untracked(|draft| draft.data.source == DataSource::Own) {
        training.send_images();
    }
    if !states.runs.resume_waiting() {
        training.configure();
    }
}

/// The engine, or a run, has stopped.
fn failed(
    states: AppState,
    deferred: DeferredState,
    run: Option<RunId>,
    fault: Fault,
    message: String,
) {
    let training = states.training;
    match run {
        None => training.engine_failed(fault, message),
        Some(run) if run != current(states) || states.runs.resume_failed(&message) => {}
        Some(_) => {
            training.run_failed(fault, message);
            states.masks.forget_request();
            deferred.microscope.forget_request();
            deferred.predict.forget_request();
            states.runs.forget_unanswered_request();
        }
    }
}

/// An event of the current run; one of a run that was replaced is stale.
fn of_run(states: AppState, deferred: DeferredState, event: Event, buffers: &[ArrayBuffer]) {
    let (training, now) = (states.training, current(states));
    match event {
        Event::Started { run, info, step } if run == now => {
            started(states, deferred, run, info, step, buffers);
        }
        Event::State { run, state } if run == now => {
            training.flush();
            training.state.set(Some(state));
            if matches!(state, RunState::Paused | RunState::Done) {
                training.look_again.notify(&());
                deferred.microscope.ask_for_batch();
                states.runs.save_checkpoint();
            }
        }
        Event::Preparing { run, done, total } if run == now => training.prepared(done, total),
        Event::Steps {
            run,
            records,
            step_ms,
        } if run == now => {
            training.activity.set(None);
            training.steps(records, step_ms);
            states.runs.save_checkpoint_regularly();
        }
        Event::Evaluation { run, record } if run == now => {
            training.flush();
            training.predictions.take(buffers);
            training.evaluated(record);
            training.look_again.notify(&());
        }
        event => answer(states, deferred, event, buffers),
    }
}

/// A run has been prepared, or taken up at a step.
fn started(
    states: AppState,
    deferred: DeferredState,
    run: RunId,
    info: RunInfo,
    step: u64,
    buffers: &[ArrayBuffer],
) {
    let training = states.training;
    training.predictions.take_labels(buffers);
    states.runs.resumed();
    states.masks.fit(&info);
    deferred.microscope.fit(&info);
    training.started(run, info, step);
    deferred.microscope.ask_for_choices();
    training.look_again.notify(&());
    training.play_if_asked();
}

/// The answer to a question about the current run.
fn answer(states: AppState, deferred: DeferredState, event: Event, buffers: &[ArrayBuffer]) {
    let now = current(states);
    match event {
        Event::Inspection {
            request,
            run,
            arm,
            step,
            grid,
            images,
        } if run == now => states
            .masks
            .inspected(request, arm, step, grid, images, buffers),
        Event::Prediction {
            request,
            run,
            arm,
            step,
            grid,
            prediction,
        } if run == now => deferred
            .predict
            .answered(request, arm, step, grid, prediction, buffers),
        Event::Profile {
            request,
            run,
            split,
        } if run == now => deferred.device.profiled(request, ProfileState { split }),
        Event::Microscope {
            request,
            run,
            arm,
            step,
            shape,
            inspection,
        } if run == now => deferred
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
            deferred
                .microscope
                .batch_received(request, batch, samples, buffers);
        }
        Event::Samples {
            request,
            run,
            samples,
        } if run == now
            && !deferred
                .microscope
                .choices_received(request, &samples, buffers) =>
        {
            states
                .training
                .thumbnails_received(request, &samples, buffers);
        }
        Event::Weights { request, run, arm } if run == now => {
            deferred.exports.weights_received(request, arm, buffers);
        }
        _ => {}
    }
}
