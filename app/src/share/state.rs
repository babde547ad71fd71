//! Exports of weights: requests to the engine and their answers. Answers that come too late, or for an
//! earlier run, are dropped.

use std::time::Duration;

use js_sys::{ArrayBuffer, Uint8Array};
use leptos::prelude::*;

use rsc_core::protocol::{Command, RunState};

use crate::share::model::pytorch;
use crate::training::state::Training;
use crate::ui::download;
use crate::ui::model::format;

/// A question that got no answer for so long is given up. On a slow machine the engine hears it
/// only after a long step.
const PATIENCE: Duration = Duration::from_secs(90);

/// What was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PendingExport {
    request: u32,
    /// Index of the arm.
    pub(crate) arm: usize,
}

/// Weights asked for, and what came of it.
#[derive(Clone, Copy)]
pub(crate) struct WeightExports {
    training: Training,
    /// Not answered yet.
    pub(crate) asked: RwSignal<Vec<PendingExport>>,
    /// What happened last, in a sentence; empty at first.
    pub(crate) outcome: RwSignal<String>,
}

impl WeightExports {
    pub(crate) fn new(training: Training) -> Self {
        let exports = Self {
            training,
            asked: RwSignal::default(),
            outcome: RwSignal::default(),
        };
        training.left.listen(move |()| exports.forget());
        exports
    }

    /// What was asked of a run that is gone will not come.
    pub(crate) fn forget(self) {
        self.asked.set(Vec::new());
        self.outcome.set(String::new());
    }

    /// Takes a question off the list, if it is still on it.
    fn take_request(self, request: u32) -> Option<PendingExport> {
        let waiting = |asked: &PendingExport| asked.request == request;
        let found = self
            .asked
            .with_untracked(|all| all.iter().copied().find(waiting));
        if found.is_some() {
            self.asked.update(|all| all.retain(|asked| !waiting(asked)));
        }
        found
    }
}

impl WeightExports {
    /// Whether the run has weights to give.
    pub(crate) fn has_weights(self) -> bool {
        !matches!(self.training.state.get(), None | Some(RunState::Failed))
    }

    /// Asks for an arm's weights; they are saved when they come.
    pub(crate) fn save_weights(self, arm: usize) {
        let on_its_way = |asked: &PendingExport| asked.arm == arm;
        if !untrack(|| self.has_weights())
            || self.asked.with_untracked(|all| all.iter().any(on_its_way))
        {
            return;
        }
        let request = self.training.engine.next_request();
        self.asked
            .update(|all| all.push(PendingExport { request, arm }));
        self.outcome.set(text!(
            "session.weights.reading",
            arm = self.training.arm_name(arm)
        ));
        self.training.engine.send(&Command::Export {
            request,
            run: self.training.run.get_value(),
            arm,
        });
        set_timeout(
            move || {
                if self.take_request(request).is_some() {
                    self.outcome.set(text!("session.weights.late").to_owned());
                }
            },
            PATIENCE,
        );
    }

    pub(crate) fn weights_received(self, request: u32, arm: usize, buffers: &[ArrayBuffer]) {
        if self
            .take_request(request)
            .is_none_or(|asked| asked.arm != arm)
        {
            return;
        }
        let Some(buffer) = buffers.first() else {
            self.outcome
                .set(text!("session.weights.missing").to_owned());
            return;
        };
        let file = pytorch::weights_file(&self.training.arm_name(arm));
        let bytes = Uint8Array::new(buffer);
        let size = format::thousands(bytes.length().div_ceil(1000) as usize);
        self.outcome.set(match download::bytes(&file, &bytes) {
            Ok(()) => text!("session.weights.saved", file = file, size = size),
            Err(problem) => text!("session.weights.not-saved", file = file, problem = problem),
        });
    }
}
