//! The arms: which one the challenge's controls set, one more, one less, another name.

use leptos::prelude::*;

use rsc_core::config::ArmConfig;

use crate::settings::model::arms::RSC;
use crate::settings::model::arms::{Arm, MOST_ARMS, check_name, free_name};
use crate::settings::state::Settings;

/// Under this name a refused name of an arm is kept.
pub(crate) const ARM_NAME: &str = "arms.name";
/// What can be refused of the edited arm, begins with one of these, whichever arm it is.
const OF_ARM: [&str; 3] = ["challenge", "objective", "regularizer"];

impl Settings {
    /// The arms of the settings.
    pub(crate) fn draft_arms(self) -> Vec<Arm> {
        self.draft.with(Arm::of)
    }

    /// The arm whose challenge the controls set.
    pub(crate) fn edited_arm(self) -> Arm {
        let index = self.edited.get();
        let arms = self.draft_arms();
        let last = arms.last().cloned();
        let none = || Arm {
            index: 0,
            name: String::new(),
        };
        let arm = arms.into_iter().nth(index).or(last);
        arm.unwrap_or_else(none)
    }

    /// Lets the challenge's controls set another arm, and tells who listens.
    pub(crate) fn edit_arm(self, index: usize) {
        let refused: Vec<String> = self.refused.with_untracked(|refused| {
            let names = refused.keys().cloned();
            names
                .filter(|name| OF_ARM.iter().any(|part| name.starts_with(part)) || name == ARM_NAME)
                .collect()
        });
        for name in refused {
            self.accept(&name);
        }
        self.edited.set(index);
        self.arm_chosen.notify(&());
    }

    /// One more arm, as the one that is edited.
    pub(crate) fn add_arm(self) {
        let edited = untrack(|| self.edited_config());
        let count = self.draft.with_untracked(|draft| draft.arms.len());
        if count >= MOST_ARMS {
            return;
        }
        self.change("arms", |draft| {
            let name = free_name(&draft.arms);
            draft.arms.push(ArmConfig { name, ..edited });
        });
        self.edit_arm(count);
    }

    /// Takes an arm away. The first two stay: they are what the page compares.
    pub(crate) fn remove_arm(self, index: usize) {
        let there = self.draft.with_untracked(|draft| draft.arms.len());
        if index <= RSC || index >= there {
            return;
        }
        self.edit_arm(RSC);
        self.change("arms", |draft| {
            draft.arms.remove(index);
        });
    }

    /// Gives an arm another name.
    pub(crate) fn rename_arm(self, index: usize, name: &str) {
        let name = name.trim();
        let checked = self
            .draft
            .with_untracked(|draft| check_name(&draft.arms, index, name));
        if let Err(error) = checked {
            self.refuse(ARM_NAME, &error);
            return;
        }
        self.change(ARM_NAME, |draft| {
            if let Some(arm) = draft.arms.get_mut(index) {
                name.clone_into(&mut arm.name);
            }
        });
    }
}
