//! An arm's weights on their way from the engine into a file. Answers that nobody waits for any
//! more, because another run has begun or they came too late, are dropped.

use std::time::Duration;

use js_sys::{ArrayBuffer, Uint8Array};
use leptos::prelude::*;

use rsc_core::protocol::{Command, RunState};

use super::Session;
use crate::pure::{format, pytorch};
use crate::save;

/// A question that got no answer for so long is given up. On a slow machine the engine hears it
/// only after a long step.
const PATIENCE: Duration = Duration::from_secs(90);

/// What was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Asked {
    request: u32,
    /// Index of the arm.
    pub(crate) arm: usize,
}

/// Weights asked for, and what came of it.
#[derive(Clone, Copy)]
pub(crate) struct Exports {
    /// Not answered yet.
    pub(crate) asked: RwSignal<Vec<Asked>>,
    /// What happened last, in a sentence; empty at first.
    pub(crate) outcome: RwSignal<String>,
}

impl Exports {
    pub(super) fn new() -> Self {
        Self {
            asked: RwSignal::default(),
            outcome: RwSignal::default(),
        }
    }

    /// What was asked of a run that is gone will not come.
    pub(super) fn forget(self) {
        self.asked.set(Vec::new());
        self.outcome.set(String::new());
    }

    /// Takes a question off the list, if it is still on it.
    fn settle(self, request: u32) -> Option<Asked> {
        let waiting = |asked: &Asked| asked.request == request;
        let found = self
            .asked
            .with_untracked(|all| all.iter().copied().find(waiting));
        if found.is_some() {
            self.asked.update(|all| all.retain(|asked| !waiting(asked)));
        }
        found
    }
}

impl Session {
    /// Whether the run has weights to give.
    pub(crate) fn has_weights(self) -> bool {
        !matches!(self.state.get(), None | Some(RunState::Failed))
    }

    /// Asks for an arm's weights; they are saved when they come.
    pub(crate) fn save_weights(self, arm: usize) {
        let exports = self.exports;
        let on_its_way = |asked: &Asked| asked.arm == arm;
        if !untrack(|| self.has_weights())
            || exports
                .asked
                .with_untracked(|all| all.iter().any(on_its_way))
        {
            return;
        }
        let request = self.next_request();
        exports.asked.update(|all| all.push(Asked { request, arm }));
        exports
            .outcome
            .set(text!("session.weights.reading", arm = self.arm_name(arm)));
        self.send(&Command::Export {
            request,
            run: self.run.get_value(),
            arm,
        });
        set_timeout(
            move || {
                if exports.settle(request).is_some() {
                    exports
                        .outcome
                        .set(text!("session.weights.late").to_owned());
                }
            },
            PATIENCE,
        );
    }

    pub(super) fn weights_came(self, request: u32, arm: usize, buffers: &[ArrayBuffer]) {
        let exports = self.exports;
        if exports.settle(request).is_none_or(|asked| asked.arm != arm) {
            return;
        }
        let Some(buffer) = buffers.first() else {
            exports
                .outcome
                .set(text!("session.weights.missing").to_owned());
            return;
        };
        let file = pytorch::weights_file(&self.arm_name(arm));
        let bytes = Uint8Array::new(buffer);
        let size = format::thousands(bytes.length().div_ceil(1000) as usize);
        exports.outcome.set(match save::bytes(&file, &bytes) {
            Ok(()) => text!("session.weights.saved", file = file, size = size),
            Err(problem) => text!("session.weights.not-saved", file = file, problem = problem),
        });
    }

    /// An arm's name in files, as the configuration has it.
    pub(crate) fn arm_name(self, arm: usize) -> String {
        self.info.with_untracked(|info| {
            info.as_ref()
                .and_then(|info| info.arms.get(arm).cloned())
                .unwrap_or_else(|| format!("arm-{arm}"))
        })
    }
}
