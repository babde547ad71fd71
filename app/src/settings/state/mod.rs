//! The settings as signals: which changes take effect at once, and which wait for a reset.

pub(crate) mod arms;

use std::collections::BTreeMap;

use leptos::prelude::*;

use rsc_core::ConfigError;
use rsc_core::config::{
    ArmConfig, ChallengeConfig, DataPreset, DataSource, MethodPreset, RunConfig,
};

use crate::settings::model::arms::{ERM, RSC};
use crate::settings::model::hold_out::HoldOut;
use crate::settings::model::network::kind::{Kind as NetworkKind, choose_kind, leave_photographs};
use crate::settings::model::refusal::translated;
use crate::ui::listeners::Listeners;
use crate::ui::notices::{Kind, Notices};
use crate::ui::shared::Shared;

/// Path of the network's backbone.
const BACKBONE: &str = "network.backbone";
/// Path of the side of the images.
const IMAGE_SIZE: &str = "data.image_size";

/// The part of a configuration that only a new run can change.
pub(crate) fn fixed_part(config: &RunConfig) -> RunConfig {
    let mut fixed = config.clone();
    fixed.training.learning_rate = 1.0;
    for arm in &mut fixed.arms {
        arm.challenge = ChallengeConfig::default();
    }
    fixed
}

/// Settings before and after a change.
pub(crate) struct Change {
    /// As they were.
    pub(crate) before: RunConfig,
    /// As they are.
    pub(crate) after: RunConfig,
}

/// What the controls say.
pub(crate) type Settings = Shared<SettingsState>;

/// The fields of [`Settings`].
pub(crate) struct SettingsState {
    /// The settings; always valid.
    pub(crate) draft: RwSignal<RunConfig>,
    /// Which arm's challenge the controls set.
    pub(crate) edited: RwSignal<usize>,
    /// What the current run was configured with, tunings included.
    pub(crate) applied: RwSignal<Option<RunConfig>>,
    /// Refused values by field, until the field has a valid one.
    pub(crate) refused: RwSignal<BTreeMap<String, String>>,
    /// Called after a change.
    pub(crate) changed: Listeners<Change>,
    /// Whether the visitor has chosen the network or the size of its images: then the page does not.
    pub(crate) network_by_hand: StoredValue<bool>,
    /// Called after another arm was chosen to be edited.
    pub(crate) arm_chosen: Listeners<()>,
    notices: Notices,
}

impl Settings {
    /// The defaults.
    pub(crate) fn new(notices: Notices) -> Self {
        Shared::leak(SettingsState {
            draft: RwSignal::new(RunConfig::default()),
            edited: RwSignal::new(RSC),
            applied: RwSignal::new(None),
            refused: RwSignal::default(),
            changed: Listeners::new(),
            network_by_hand: StoredValue::new(false),
            arm_chosen: Listeners::new(),
            notices,
        })
    }

    /// Changes the settings. `field` is the path of what is changed, as the engine's checks call
    /// it; a refused value is named there and nothing else happens.
    pub(crate) fn change(self, field: &str, edit: impl FnOnce(&mut RunConfig)) {
        if field.starts_with("network.") || field == IMAGE_SIZE {
            self.network_by_hand.set_value(true);
        }
        let before = self.draft.get_untracked();
        let mut after = before.clone();
        edit(&mut after);
        if let Err(error) = after.validate() {
            self.refuse(field, &error);
            return;
        }
        self.accept(field);
        if after == before {
            return;
        }
        self.replace(before, after);
    }

    /// Takes the small CNN in place of a network whose weights cannot be had.
    pub(crate) fn choose_small_cnn(self) {
        self.change(BACKBONE, |draft| choose_kind(draft, NetworkKind::SmallCnn));
    }

    /// Puts other settings in place of these, and tells who listens.
    pub(crate) fn replace(self, before: RunConfig, after: RunConfig) {
        self.draft.set(after.clone());
        self.changed.notify(&Change { before, after });
    }

    /// Sets the controls to what a run was trained with; nobody is told.
    pub(crate) fn show(self, config: RunConfig) {
        self.accept_all();
        self.draft.set(config);
    }

    /// Names a refused value at its control and in a message.
    pub(crate) fn refuse(self, field: &str, error: &ConfigError) {
        let value = translated(&error.value);
        let expected = translated(&error.expected);
        let text = text!("settings.refused", value = value, expected = expected,);
        let notice = text!(
            "settings.not-changed",
            field = error.field,
            value = value,
            expected = expected,
        );
        self.refused.update(|refused| {
            refused.insert(field.to_owned(), text);
        });
        self.notices.say_about(field, Kind::Warning, notice);
    }

    /// Takes back what [`Self::refuse`] said about a field.
    pub(crate) fn accept(self, field: &str) {
        if self
            .refused
            .with_untracked(|refused| refused.contains_key(field))
        {
            self.refused.update(|refused| {
                refused.remove(field);
            });
            self.notices.clear(field);
        }
    }

    /// Takes back everything that was refused.
    pub(crate) fn accept_all(self) {
        let refused: Vec<String> = self
            .refused
            .with_untracked(|refused| refused.keys().cloned().collect());
        for field in refused {
            self.accept(&field);
        }
    }

    /// Whether `part` of the settings waits for a reset.
    pub(crate) fn pending<T: PartialEq>(self, part: impl Fn(&RunConfig) -> T) -> bool {
        let wanted = self.draft.with(|draft| part(draft));
        self.applied.with(|applied| {
            applied
                .as_ref()
                .is_some_and(|applied| part(applied) != wanted)
        })
    }

    /// Whether anything waits for a reset.
    pub(crate) fn anything_pending(self) -> bool {
        self.pending(fixed_part)
    }

    /// The challenge of the arm that the controls set.
    pub(crate) fn challenge(self) -> ChallengeConfig {
        let index = self.edited_arm().index;
        self.draft.with(|draft| {
            let arm = draft.arms.get(index);
            arm.map(|arm| arm.challenge.clone()).unwrap_or_default()
        })
    }

    /// What the reset buttons of the challenge go back to: plain training for the first arm, for
    /// the others what shows the chosen data best.
    pub(crate) fn default_challenge(self) -> ChallengeConfig {
        if self.edited_arm().index == ERM {
            return MethodPreset::Erm.challenge();
        }
        self.draft.with(|draft| match draft.data.source {
            DataSource::Preset { preset } => preset.challenge(),
            DataSource::Own => ChallengeConfig::default(),
        })
    }

    /// The arm that the controls set, as it is in the settings.
    pub(crate) fn edited_config(self) -> ArmConfig {
        let index = self.edited_arm().index;
        self.draft.with(|draft| {
            let arm = draft.arms.get(index).cloned();
            arm.unwrap_or_else(ArmConfig::erm)
        })
    }

    /// Changes the arm that the controls set.
    pub(crate) fn change_arm(self, field: &str, edit: impl FnOnce(&mut ArmConfig)) {
        let index = untrack(|| self.edited_arm()).index;
        self.change(field, |draft| {
            if let Some(arm) = draft.arms.get_mut(index) {
                edit(arm);
            }
        });
    }

    /// Changes the challenge of the arm that the controls set.
    pub(crate) fn change_challenge(self, field: &str, edit: impl FnOnce(&mut ChallengeConfig)) {
        self.change_arm(field, |arm| edit(&mut arm.challenge));
    }

    /// Chooses a built-in data set.
    pub(crate) fn choose_preset(self, preset: DataPreset) {
        self.change("data.source", |draft| {
            if draft.data.source != (DataSource::Preset { preset }) {
                let before = draft.data.source.clone();
                draft.data.source = DataSource::Preset { preset };
                HoldOut::default().set(draft);
                leave_photographs(draft);
                // Some presets have a size and a number of their own; what was chosen by hand stays.
                let (from, to) = (
                    RunConfig::for_source(&before),
                    RunConfig::for_preset(preset),
                );
                if draft.data.image_size == from.data.image_size {
                    draft.data.image_size = to.data.image_size;
                }
                if draft.data.train_images == from.data.train_images {
                    draft.data.train_images = to.data.train_images;
                }
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::model::arms::RSC;
    use crate::settings::model::arms::tuning;

    #[test]
    fn learning_rate_and_challenge_need_no_new_run() {
        let base = RunConfig::default();
        let mut live = base.clone();
        live.training.learning_rate = 0.5;
        live.arms[RSC].challenge.p = 0.9;
        assert_eq!(fixed_part(&base), fixed_part(&live));
        assert_ne!(tuning(&base), tuning(&live));
    }

    #[test]
    fn seed_data_and_network_do() {
        for change in [
            (|c: &mut RunConfig| c.training.seed = 9) as fn(&mut RunConfig),
            |c| c.training.epochs = 3,
            |c| c.data.image_size = 64,
            |c| c.network.challenge_after = Some(1),
            |c| c.network.activation = rsc_core::config::Activation::Gelu,
            |c| c.data.train_images = 64,
        ] {
            let base = RunConfig::default();
            let mut changed = base.clone();
            change(&mut changed);
            assert_ne!(fixed_part(&base), fixed_part(&changed));
            assert_eq!(tuning(&base), tuning(&changed));
        }
    }
}
