//! Where a step's time goes, measured when somebody asks.

use leptos::prelude::*;

use rsc_core::protocol::{Command, RunState, StepSplit};

use super::Session;

/// The last measurement.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Profiled {
    /// The parts of a step.
    pub(crate) split: StepSplit,
    /// Memory of the engine's module in bytes.
    pub(crate) memory: Option<u64>,
}

/// What is known of a step's parts.
#[derive(Clone, Copy)]
pub(crate) struct Profile {
    /// The last answer.
    pub(crate) seen: RwSignal<Option<Profiled>>,
    /// Whether the engine is at it.
    pub(crate) busy: RwSignal<bool>,
    asked: StoredValue<Option<u32>>,
}

impl Profile {
    pub(super) fn new() -> Self {
        Self {
            seen: RwSignal::new(None),
            busy: RwSignal::new(false),
            asked: StoredValue::new(None),
        }
    }

    pub(super) fn forget(self) {
        self.asked.set_value(None);
        self.busy.set(false);
        self.seen.set(None);
    }
}

impl Session {
    /// Asks the engine to time some steps.
    pub(crate) fn measure_step(self) {
        let idle = matches!(self.state.get_untracked(), None | Some(RunState::Failed));
        if idle || self.profile.busy.get_untracked() {
            return;
        }
        let request = self.next_request();
        self.profile.asked.set_value(Some(request));
        self.profile.busy.set(true);
        self.send(&Command::Profile {
            request,
            run: self.run.get_value(),
        });
    }

    pub(super) fn profiled(self, request: u32, profiled: Profiled) {
        if self.profile.asked.get_value() == Some(request) {
            self.profile.asked.set_value(None);
            self.profile.busy.set(false);
            self.profile.seen.set(Some(profiled));
        }
    }
}
