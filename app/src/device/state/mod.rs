//! What is asked about the device: where a step's time goes, how much memory is taken, and whether its
//! arithmetic is right.

pub(crate) mod checks;
pub(crate) mod profile;

use leptos::prelude::*;

use rsc_core::protocol::{Check, Command, RunState};

use crate::device::state::checks::Checks;
use crate::device::state::profile::{Profile, ProfileState};
use crate::training::state::Training;

/// What is known of the device beside its name. Copying it copies handles.
#[derive(Clone, Copy)]
pub(crate) struct Device {
    /// The current run.
    pub(crate) training: Training,
    /// Where a step's time goes.
    pub(crate) profile: Profile,
    /// Whether the device computes what it should.
    pub(crate) checks: Checks,
}

impl Device {
    /// Nothing is known yet.
    pub(crate) fn new(training: Training) -> Self {
        let device = Self {
            training,
            profile: Profile::new(),
            checks: Checks::new(),
        };
        training.left.listen(move |()| device.profile.forget());
        training
            .engine_opened
            .listen(move |()| device.checks.forget());
        device
    }

    /// Asks the engine to time some steps.
    pub(crate) fn measure_step(self) {
        let idle = matches!(
            self.training.state.get_untracked(),
            None | Some(RunState::Failed)
        );
        if idle || self.profile.busy.get_untracked() {
            return;
        }
        let request = self.training.engine.next_request();
        self.profile.asked.set_value(Some(request));
        self.profile.busy.set(true);
        self.training.engine.send(&Command::Profile {
            request,
            run: self.training.run.get_value(),
        });
    }

    /// Asks how much memory the engine has taken.
    pub(crate) fn ask_for_memory(self) {
        if self.training.engine.is_ready() {
            let request = self.training.engine.next_request();
            self.training.engine.send(&Command::Memory { request });
        }
    }

    pub(crate) fn profiled(self, request: u32, profiled: ProfileState) {
        if self.profile.asked.get_value() == Some(request) {
            self.profile.asked.set_value(None);
            self.profile.busy.set(false);
            self.profile.seen.set(Some(profiled));
        }
    }

    /// Asks the engine to check its device. A run that trains waits meanwhile.
    pub(crate) fn check_device(self) {
        let ready = self.training.engine.is_ready();
        if !ready || self.checks.busy.with_untracked(Option::is_some) {
            return;
        }
        let request = self.training.engine.next_request();
        self.checks.forget();
        self.checks.asked.set_value(Some(request));
        self.checks.busy.set(Some((0, 0)));
        self.training.engine.send(&Command::Check { request });
    }

    pub(crate) fn checking(self, request: u32, done: u32, total: u32) {
        if self.checks.asked.get_value() == Some(request) {
            self.checks.busy.set(Some((done, total)));
        }
    }

    pub(crate) fn checked(self, request: u32, checks: Vec<Check>) {
        if self.checks.asked.get_value() == Some(request) {
            self.checks.forget();
            self.checks.seen.set(Some(checks));
        }
    }
}
