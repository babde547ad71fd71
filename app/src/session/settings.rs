//! From the controls to the engine: what a change means, and when it takes effect.

use leptos::prelude::*;

use rsc_core::ConfigError;
use rsc_core::config::{ChallengeConfig, DataPreset, DataSource, MethodPreset, RunConfig};
use rsc_core::protocol::{Command, RunState};

use crate::own::TOPIC as OWN;

use super::adopt::{choice, set_choice};
use super::{DEGENERATE, ERM, Engine, Kind, Session};
use crate::pure::arms::{tuning, tuning_for};
use crate::pure::board::Choice;
use crate::pure::refusal::in_words;

/// The part of a configuration that only a new run can change.
fn fixed_part(config: &RunConfig) -> RunConfig {
    let mut fixed = config.clone();
    fixed.training.learning_rate = 1.0;
    for arm in &mut fixed.arms {
        arm.challenge = ChallengeConfig::default();
    }
    fixed
}

impl Session {
    /// Changes the settings. `field` is the path of what is changed, as the engine's checks call
    /// it; a refused value is named there and nothing else happens.
    pub(crate) fn change(self, field: &str, edit: impl FnOnce(&mut RunConfig)) {
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
        self.draft.set(after.clone());
        self.changed(&before, &after);
    }

    /// Hands on what has become of the settings, as far as it can take effect now.
    pub(super) fn changed(self, before: &RunConfig, after: &RunConfig) {
        if tuning(before) != tuning(after) {
            // Said of the old challenge; training says it again if it still holds.
            self.notices.settle(DEGENERATE);
            self.warned.set_value(false);
        }
        self.settle(before, after);
    }

    /// Names a refused value at its control and in a message.
    pub(crate) fn refuse(self, field: &str, error: &ConfigError) {
        let value = in_words(&error.value);
        let expected = in_words(&error.expected);
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
            self.notices.settle(field);
        }
    }

    /// Takes back everything that was refused.
    pub(super) fn accept_all(self) {
        let refused: Vec<String> = self
            .refused
            .with_untracked(|refused| refused.keys().cloned().collect());
        for field in refused {
            self.accept(&field);
        }
    }

    /// Sets the controls to what a run was trained with; the engine hears nothing of it.
    pub(super) fn take_controls(self, config: RunConfig) {
        self.accept_all();
        if config.data.source == DataSource::Own {
            self.own.set_choice(choice(&config));
        }
        self.draft.set(config);
    }

    fn settle(self, before: &RunConfig, after: &RunConfig) {
        if !matches!(self.engine.get_untracked(), Engine::Ready { .. }) {
            return;
        }
        let state = self.state.get_untracked();
        let untouched = self.progress.get_untracked().step == 0
            && matches!(state, None | Some(RunState::Ready | RunState::Failed));
        if untouched && fixed_part(before) != fixed_part(after) {
            self.configure();
        } else if tuning(before) != tuning(after) {
            self.tune();
            self.inspect();
        }
    }

    /// Sends what can change in mid-run, if the run has started.
    pub(super) fn tune(self) {
        if matches!(self.state.get_untracked(), None | Some(RunState::Failed)) {
            // `started` catches up.
            return;
        }
        self.note_tuning();
        let wanted = self.draft.get_untracked();
        let Some(tuning) = self.applied.with_untracked(|applied| {
            let running = applied.as_ref()?;
            Some(tuning_for(running, &wanted))
        }) else {
            return;
        };
        self.applied.update(|applied| {
            if let Some(applied) = applied {
                applied.training.learning_rate = tuning.learning_rate;
                for (arm, challenge) in applied.arms.iter_mut().zip(&tuning.challenges) {
                    arm.challenge = challenge.clone();
                }
            }
        });
        let run = self.run.get_value();
        self.send(&Command::Tune { run, tuning });
    }

    /// Whether the run lags behind the controls in what could change in mid-run.
    pub(super) fn tuning_is_stale(self) -> bool {
        let wanted = self.draft.get_untracked();
        self.applied.with_untracked(|applied| {
            let running = applied.as_ref();
            running.is_some_and(|running| tuning(running) != tuning_for(running, &wanted))
        })
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

    /// Changes the challenge of the arm that the controls set.
    pub(crate) fn change_challenge(self, field: &str, edit: impl FnOnce(&mut ChallengeConfig)) {
        let index = untrack(|| self.edited_arm()).index;
        self.change(field, |draft| {
            if let Some(arm) = draft.arms.get_mut(index) {
                edit(&mut arm.challenge);
            }
        });
    }

    /// Chooses a generated data set.
    pub(crate) fn choose_preset(self, preset: DataPreset) {
        self.change("data.source", |draft| {
            if draft.data.source != (DataSource::Preset { preset }) {
                let before = draft.data.source.clone();
                draft.data.source = DataSource::Preset { preset };
                set_choice(draft, Choice::default());
                // Digits have a size of their own; a size chosen by hand stays otherwise.
                if let DataSource::Preset { preset: before } = before
                    && draft.data.image_size == before.image_size()
                {
                    draft.data.image_size = preset.image_size();
                }
            }
        });
    }

    /// Hands the visitor's images to the engine and prepares a run on them.
    pub(crate) fn use_own_images(self) {
        let problem = self.own.problem_untracked();
        if let Some(problem) = problem {
            self.notices.say_about(OWN, Kind::Warning, problem);
            return;
        }
        self.notices.settle(OWN);
        let chosen = self.own.choice_untracked();
        self.change_quietly(|draft| {
            draft.data.source = DataSource::Own;
            set_choice(draft, chosen);
        });
        if matches!(self.engine.get_untracked(), Engine::Ready { .. }) {
            self.send_images();
            self.configure();
        }
    }

    /// Sends the visitor's images, as they are now.
    pub(super) fn send_images(self) {
        let (images, buffers) = self.own.message();
        self.send_with(&Command::SetImages { images }, &buffers);
        self.own.mark_used();
    }

    fn change_quietly(self, edit: impl FnOnce(&mut RunConfig)) {
        self.draft.update(edit);
        self.accept("data.source");
        self.accept("data.held_out");
    }
}

#[cfg(test)]
mod tests {
    use super::super::RSC;
    use super::*;

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
