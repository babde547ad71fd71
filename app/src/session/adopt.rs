//! Whole settings from elsewhere, a link or a file, in place of what the controls say.

use leptos::prelude::*;

use rsc_core::config::{DataSource, RunConfig};

use super::{Engine, Session};
use crate::pure::board::Choice;

/// What the settings hold out.
pub(super) fn choice(config: &RunConfig) -> Choice {
    Choice {
        held_out: config.data.held_out.clone(),
        together: config.data.together,
    }
}

/// Has the settings hold this out.
pub(super) fn set_choice(config: &mut RunConfig, choice: Choice) {
    config.data.held_out = choice.held_out;
    config.data.together = choice.together;
}

impl Session {
    /// Takes over `config`, which must be valid and fit this page. As with any control, what can
    /// change in mid-run does so at once and the rest waits for a reset, so nothing trained is lost.
    ///
    /// The visitor's own images cannot come from elsewhere: where the settings want some and none
    /// are ready here, the present data stays. Returns whether the settings were taken whole.
    pub(crate) fn adopt(self, mut config: RunConfig) -> bool {
        let before = self.draft.get_untracked();
        let wants_own = config.data.source == DataSource::Own;
        let has_own = self.own.problem_untracked().is_none();
        let whole = !wants_own || has_own;
        if !whole {
            config.data.source = before.data.source.clone();
            config.data.held_out = before.data.held_out.clone();
            config.data.together = before.data.together;
        } else if wants_own {
            let domains = untrack(|| self.own.domains());
            let there = |name: &String| domains.contains(name);
            let says = config.data.together || config.data.held_out.as_ref().is_some_and(there);
            if !says {
                set_choice(&mut config, self.own.choice_untracked());
            }
            self.own.set_choice(choice(&config));
        }
        self.accept_all();
        if config == before {
            return whole;
        }
        let ready = matches!(self.engine.get_untracked(), Engine::Ready { .. });
        if wants_own && has_own && ready && before.data.source != DataSource::Own {
            self.send_images();
        }
        self.draft.set(config.clone());
        self.changed(&before, &config);
        whole
    }
}
