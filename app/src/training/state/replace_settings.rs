//! Replaces all settings by those of a link or a file.

use leptos::prelude::*;

use rsc_core::config::{DataSource, RunConfig};

use crate::settings::model::hold_out::HoldOut;
use crate::training::state::Training;

impl Training {
    /// Puts `config` in place of what the controls say. It must be valid and fit this page. As with any control, what can
    /// change in mid-run does so at once and the rest waits for a reset, so nothing trained is lost.
    ///
    /// The visitor's own images cannot come from elsewhere: where the settings want some and none
    /// are ready here, the present data stays. Returns whether the settings were taken whole.
    pub(crate) fn replace_settings(self, mut config: RunConfig) -> bool {
        let before = self.settings.draft.get_untracked();
        let wants_own = config.data.source == DataSource::Own;
        let has_own = self.images.problem_untracked().is_none();
        let whole = !wants_own || has_own;
        if !whole {
            config.data.source = before.data.source.clone();
            config.data.held_out = before.data.held_out.clone();
            config.data.together = before.data.together;
        } else if wants_own {
            let domains = untrack(|| self.images.domains());
            let there = |name: &String| domains.contains(name);
            let says = config.data.together || config.data.held_out.as_ref().is_some_and(there);
            if !says {
                self.images.choice_untracked().set(&mut config);
            }
            self.images.set_choice(HoldOut::of(&config));
        }
        self.settings.accept_all();
        if config.network != before.network {
            self.settings.network_by_hand.set_value(true);
        }
        if config == before {
            return whole;
        }
        if wants_own && has_own && self.engine.is_ready() && before.data.source != DataSource::Own {
            self.send_images();
        }
        self.settings.replace(before, config);
        whole
    }
}
