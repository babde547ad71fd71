//! The arms of the current run, and how large it is: before the first, by the settings.

use leptos::prelude::*;

use crate::settings::model::arms::Arm;
use crate::training::model::outlook::Outlook;
use crate::training::state::Training;

impl Training {
    /// The arms of the run; before the first, those of the settings.
    pub(crate) fn run_arms(self) -> Vec<Arm> {
        let run = self.info.with(|info| {
            let info = info.as_ref()?;
            Some(Arm::all(info.arms.iter().map(String::as_str)))
        });
        run.unwrap_or_else(|| self.settings.draft_arms())
    }

    /// How large the run is; before the first, what the settings say, if they know.
    pub(crate) fn outlook(self) -> Option<Outlook> {
        let run = self.info.with(|info| info.as_ref().map(Outlook::from));
        run.or_else(|| self.settings.draft.with(Outlook::of_settings))
    }

    /// An arm of the run by its place.
    pub(crate) fn run_arm(self, index: usize) -> Option<Arm> {
        self.run_arms().into_iter().nth(index)
    }

    /// How an arm of the run is called; `?` where it has no such arm.
    pub(crate) fn arm_label(self, index: usize) -> String {
        self.run_arm(index)
            .map_or_else(|| String::from("?"), |arm| arm.label())
    }

    /// The place in the run of the arm that the controls set, if the run has it.
    pub(crate) fn edited_in_run(self) -> Option<usize> {
        let name = self.settings.edited_arm().name;
        let arms = self.run_arms();
        arms.iter().position(|arm| arm.name == name)
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
