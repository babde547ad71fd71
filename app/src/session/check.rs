//! Whether the device computes what it should, found out when somebody asks.

use leptos::prelude::*;

use rsc_core::protocol::{Check, Command};

use super::{Engine, Session};

/// What is known of the device's arithmetic.
#[derive(Clone, Copy)]
pub(crate) struct Checks {
    /// What was found last.
    pub(crate) seen: RwSignal<Option<Vec<Check>>>,
    /// How far the engine is, in steps, while it is at it.
    pub(crate) busy: RwSignal<Option<(u32, u32)>>,
    asked: StoredValue<Option<u32>>,
}

impl Checks {
    pub(super) fn new() -> Self {
        Self {
            seen: RwSignal::new(None),
            busy: RwSignal::new(None),
            asked: StoredValue::new(None),
        }
    }

    pub(super) fn forget(self) {
        self.asked.set_value(None);
        self.busy.set(None);
        self.seen.set(None);
    }
}

impl Session {
    /// Asks the engine to check its device. A run that trains waits meanwhile.
    pub(crate) fn check_device(self) {
        let ready = matches!(self.engine.get_untracked(), Engine::Ready { .. });
        if !ready || self.checks.busy.with_untracked(Option::is_some) {
            return;
        }
        let request = self.next_request();
        self.checks.forget();
        self.checks.asked.set_value(Some(request));
        self.checks.busy.set(Some((0, 0)));
        self.send(&Command::Check { request });
    }

    pub(super) fn checking(self, request: u32, done: u32, total: u32) {
        if self.checks.asked.get_value() == Some(request) {
            self.checks.busy.set(Some((done, total)));
        }
    }

    pub(super) fn checked(self, request: u32, checks: Vec<Check>) {
        if self.checks.asked.get_value() == Some(request) {
            self.checks.forget();
            self.checks.seen.set(Some(checks));
        }
    }
}
