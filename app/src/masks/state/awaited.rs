//! What is shown before there are answers.

use leptos::prelude::*;

use rsc_core::protocol::RunState;

use crate::masks::state::Masks;

impl Masks {
    /// How many arms are shown, or will be once there are answers.
    pub(crate) fn arms_shown(self) -> usize {
        let there = self.row.with(Vec::len);
        if there == 0 && self.beside.get() {
            self.training.run_arms().len().max(1)
        } else {
            there.max(1)
        }
    }

    /// Whose weights are looked through where one arm's are: before the first run, an arm that it will have.
    pub(crate) fn arm_shown(self) -> usize {
        let last = self.training.run_arms().len().saturating_sub(1);
        self.arm.get().min(last)
    }

    /// How many classes the images will have that are waited for; `None` if there are answers, or none will come.
    pub(crate) fn classes_awaited(self) -> Option<usize> {
        let training = self.training;
        let failed = training.state.get() == Some(RunState::Failed);
        if failed || training.blocked.with(Option::is_some) || self.row.with(|row| !row.is_empty())
        {
            return None;
        }
        Some(training.outlook()?.classes)
    }
}
