//! Where a step's time goes, measured when somebody asks, and how much memory the engine has taken,
//! which costs nothing to ask.

use leptos::prelude::*;

use rsc_core::protocol::{Command, DeviceMemory, RunState, StepSplit};

use super::{Engine, Session};

/// The last measurement.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Profiled {
    /// The parts of a step.
    pub(crate) split: StepSplit,
}

/// What is known of a step's parts.
#[derive(Clone, Copy)]
pub(crate) struct Profile {
    /// The last answer.
    pub(crate) seen: RwSignal<Option<Profiled>>,
    /// Whether the engine is at it.
    pub(crate) busy: RwSignal<bool>,
    /// The memory that the engine has taken.
    pub(crate) memory: RwSignal<Option<Memory>>,
    asked: StoredValue<Option<u32>>,
}

/// What the engine has taken, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Memory {
    /// Its module's memory.
    pub(crate) module: Option<u64>,
    /// What is on the GPU.
    pub(crate) device: Option<DeviceMemory>,
}

impl Profile {
    pub(super) fn new() -> Self {
        Self {
            seen: RwSignal::new(None),
            busy: RwSignal::new(false),
            memory: RwSignal::new(None),
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

    /// Asks how much memory the engine has taken.
    pub(crate) fn ask_for_memory(self) {
        if matches!(self.engine.get_untracked(), Engine::Ready { .. }) {
            let request = self.next_request();
            self.send(&Command::Memory { request });
        }
    }

    pub(super) fn profiled(self, request: u32, profiled: Profiled) {
        if self.profile.asked.get_value() == Some(request) {
            self.profile.asked.set_value(None);
            self.profile.busy.set(false);
            self.profile.seen.set(Some(profiled));
        }
    }
}
