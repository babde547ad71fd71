//! The settings of a run: what differs from the run before, and their way back into the controls.

use leptos::prelude::*;

use rsc_core::config::{DataSource, RunConfig};

use super::Runs;
use crate::runs::model::Difference;
use crate::settings::model::hold_out::HoldOut;
use crate::ui::notices::Kind;

/// Topic of messages about settings taken from a run.
const SETTINGS: &str = "run settings"; // not shown

impl Runs {
    /// The run made before this one, of those that are kept: its id and its name.
    pub(crate) fn run_before(self, id: u64) -> Option<(u64, String)> {
        self.list.with(|list| {
            let before = list.before(id)?;
            Some((before.id, before.name.clone()))
        })
    }

    /// What differs from a run before it. Follows the settings of the current run; those of the
    /// others never change.
    pub(crate) fn run_differences(self, id: u64, before: u64, current: bool) -> Vec<Difference> {
        let config = if current {
            self.run_config(id)
        } else {
            untrack(|| self.run_config(id))
        };
        self.list.with_untracked(|list| {
            list.get(before)
                .zip(config)
                .map(|(before, config)| before.differences_to(&config))
                .unwrap_or_default()
        })
    }

    /// The settings of a run as they were at its last step.
    fn run_config(self, id: u64) -> Option<RunConfig> {
        if self.is_current(id) {
            let trained = self.current.with(|current| current.trained_with.clone());
            return trained.or_else(|| self.training.settings.applied.get());
        }
        self.list.with(|list| Some(list.get(id)?.config.clone()))
    }

    /// Puts a run's settings into the controls. The usual rules say when they take effect.
    pub(crate) fn use_settings_of(self, id: u64) {
        let Some(config) = untrack(|| self.run_config(id)) else {
            return;
        };
        let run = untrack(|| self.run_facts(id)).name;
        if config.data.source == DataSource::Own
            && let Err(problem) = self.offer_own_images(HoldOut::of(&config))
        {
            self.training.notices.say_about(
                SETTINGS,
                Kind::Warning,
                text!("runs.not-used", run = run, problem = problem),
            );
            return;
        }
        if let Err(error) = config.validate() {
            self.training.settings.refuse("settings", &error);
            return;
        }
        self.training.settings.accept_all();
        self.training
            .settings
            .change("settings", |draft| *draft = config);
        let waiting = self.training.progress.get_untracked().step > 0;
        let said = if waiting {
            text!("runs.used.reset", run = run)
        } else {
            text!("runs.used.play", run = run)
        };
        self.training.notices.say_about(SETTINGS, Kind::Info, said);
    }

    /// Hands the visitor's images to the engine as they are now, for a run that needs them.
    fn offer_own_images(self, wanted: HoldOut) -> Result<(), String> {
        let images = self.training.images;
        let before = images.choice_untracked();
        if let Some(domain) = &wanted.held_out
            && !untrack(|| images.domains()).contains(domain)
        {
            return Err(text!("runs.no-domain", domain = domain));
        }
        images.set_choice(wanted);
        if let Some(problem) = images.problem_untracked() {
            images.set_choice(before);
            return Err(problem);
        }
        if self.training.engine.is_ready() {
            self.training.send_images();
        }
        Ok(())
    }
}
