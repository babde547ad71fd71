//! The profile of a step, and the memory that the engine has taken, both on request.

use leptos::prelude::*;

use rsc_core::protocol::{DeviceMemory, StepSplit};

/// The last measurement.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct ProfileState {
    /// The parts of a step.
    pub(crate) split: StepSplit,
}

/// What is known of a step's parts.
#[derive(Clone, Copy)]
pub(crate) struct Profile {
    /// The last answer.
    pub(crate) seen: RwSignal<Option<ProfileState>>,
    /// Whether the engine is at it.
    pub(crate) busy: RwSignal<bool>,
    /// The memory that the engine has taken.
    pub(crate) memory: RwSignal<Option<Memory>>,
    pub(crate) asked: StoredValue<Option<u32>>,
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
    pub(crate) fn new() -> Self {
        Self {
            seen: RwSignal::new(None),
            busy: RwSignal::new(false),
            memory: RwSignal::new(None),
            asked: StoredValue::new(None),
        }
    }

    pub(crate) fn forget(self) {
        self.asked.set_value(None);
        self.busy.set(false);
        self.seen.set(None);
    }
}
