//! Whole settings from elsewhere, a link or a file, in place of what the controls say.

use leptos::prelude::*;

use rsc_core::config::{DataSource, RunConfig};

use super::{Engine, Session};

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
        } else if wants_own {
            let domains = untrack(|| self.own.domains());
            if config
                .data
                .held_out
                .as_ref()
                .is_none_or(|name| !domains.contains(name))
            {
                config.data.held_out = self.own.held_out_untracked();
            }
            self.own.held_out.set(config.data.held_out.clone());
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
