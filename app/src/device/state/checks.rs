//! The check of the device's arithmetic, made on request.

use leptos::prelude::*;

use rsc_core::protocol::Check;

/// What is known of the device's arithmetic.
#[derive(Clone, Copy)]
pub(crate) struct Checks {
    /// What was found last.
    pub(crate) seen: RwSignal<Option<Vec<Check>>>,
    /// How far the engine is, in steps, while it is at it.
    pub(crate) busy: RwSignal<Option<(u32, u32)>>,
    pub(crate) asked: StoredValue<Option<u32>>,
}

impl Checks {
    pub(crate) fn new() -> Self {
        Self {
            seen: RwSignal::new(None),
            busy: RwSignal::new(None),
            asked: StoredValue::new(None),
        }
    }

    pub(crate) fn forget(self) {
        self.asked.set_value(None);
        self.busy.set(None);
        self.seen.set(None);
    }
}
