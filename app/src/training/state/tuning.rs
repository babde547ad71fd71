//! Changes of settings during a run: which take effect at once, and the messages that apply them.

use leptos::prelude::*;

use rsc_core::config::{DataSource, RunConfig};
use rsc_core::protocol::{Command, RunState};

use crate::images::model::are_photographs;
use crate::images::state::TOPIC as IMAGES;
use crate::settings::model::arms::{tuning, tuning_for};
use crate::settings::model::hold_out::HoldOut;
use crate::settings::model::network::kind::choose_for_photographs;
use crate::settings::state::fixed_part;
use crate::training::state::{DEGENERATE, Training};
use crate::ui::notices::Kind;

impl Training {
    /// Passes on what has become of the settings, as far as it can take effect now.
    pub(crate) fn settings_changed(self, before: &RunConfig, after: &RunConfig) {
        let tuned = tuning(before) != tuning(after);
        if tuned {
            // Said of the old challenge; training says it again if it still holds.
            self.notices.clear(DEGENERATE);
            self.warned.set_value(false);
        }
        if !self.engine.is_ready() {
            return;
        }
        let state = self.state.get_untracked();
        let untouched = self.progress.get_untracked().step == 0
            && matches!(state, None | Some(RunState::Ready | RunState::Failed));
        if untouched && fixed_part(before) != fixed_part(after) {
            self.configure();
            return;
        }
        if fixed_part(before) != fixed_part(after) {
            // Whatever was waited for: a reset asks again.
            self.blocked.set(None);
        }
        if tuned {
            self.tune();
            self.look_again.notify(&());
        }
    }

    /// Sends what can change in mid-run, if the run has started.
    pub(crate) fn tune(self) {
        if matches!(self.state.get_untracked(), None | Some(RunState::Failed)) {
            // `started` catches up.
            return;
        }
        self.tuning.notify(&());
        let wanted = self.settings.draft.get_untracked();
        let Some(tuning) = self.settings.applied.with_untracked(|applied| {
            let running = applied.as_ref()?;
            Some(tuning_for(running, &wanted))
        }) else {
            return;
        };
        self.settings.applied.update(|applied| {
            if let Some(applied) = applied {
                applied.training.learning_rate = tuning.learning_rate;
                for (arm, challenge) in applied.arms.iter_mut().zip(&tuning.challenges) {
                    arm.challenge = challenge.clone();
                }
            }
        });
        let run = self.run.get_value();
        self.engine.send(&Command::Tune { run, tuning });
    }

    /// Whether the run lags behind the controls in what could change in mid-run.
    pub(crate) fn tuning_is_stale(self) -> bool {
        let wanted = self.settings.draft.get_untracked();
        self.settings.applied.with_untracked(|applied| {
            let running = applied.as_ref();
            running.is_some_and(|running| tuning(running) != tuning_for(running, &wanted))
        })
    }

    /// Sets the controls to what a run was trained with; the engine hears nothing of it.
    pub(crate) fn show_settings(self, config: RunConfig) {
        if config.data.source == DataSource::Own {
            self.images.set_choice(HoldOut::of(&config));
        }
        self.settings.show(config);
    }

    /// Hands the visitor's images to the engine and prepares a run on them.
    pub(crate) fn use_images(self) {
        let problem = self.images.problem_untracked();
        if let Some(problem) = problem {
            self.notices.say_about(IMAGES, Kind::Warning, problem);
            return;
        }
        self.notices.clear(IMAGES);
        let chosen = self.images.choice_untracked();
        let photographs = self.images.classes.with_untracked(|it| are_photographs(it));
        let by_hand = self.settings.network_by_hand.get_value() || !photographs;
        self.settings.draft.update(|draft| {
            let first = draft.data.source != DataSource::Own;
            draft.data.source = DataSource::Own;
            chosen.set(draft);
            if first && !by_hand {
                choose_for_photographs(draft);
            }
        });
        let ours = !by_hand && self.network_is_for_photographs();
        self.network_is_ours.set_value(ours);
        self.settings.accept("data.source");
        self.settings.accept("data.held_out");
        if self.engine.is_ready() {
            self.send_images();
            self.configure();
            // Where the page has chosen everything, there is nothing to look at before it trains.
            self.play_when_started.set_value(ours);
        }
    }

    /// Sends the visitor's images, as they are now.
    pub(crate) fn send_images(self) {
        for (command, buffers) in self.images.commands() {
            self.engine.send_with(&command, buffers);
        }
        self.images.mark_used();
    }
}
