//! What must be there before a run can be prepared: the weights of its network, and memory enough.
//!
//! All of this is compiled into the deferred module; the first one only knows that there is a gate.

use std::rc::Rc;

use leptos::{prelude::*, task::spawn_local};
use web_sys::File;

use rsc_core::config::{PretrainedNetwork, RunConfig};

use crate::settings::model::memory::{Counts, check, check_buffers, limit};
use crate::settings::model::network::kind::{Kind, choose_kind, is_for_photographs};
use crate::training::model::waiting::{Gate, Waiting};
use crate::training::state::Training;
use crate::ui::browser;
use crate::ui::notices::Kind as NoticeKind;
use crate::weights::model::Problem;

/// Topic of messages about weights.
const TOPIC: &str = "weights";

impl Training {
    /// From now on runs wait for what they need.
    pub(crate) fn require(self) {
        let gate: Gate = Rc::new(move |config| self.missing(config));
        self.gate.set_value(Some(gate));
        self.engine_opened
            .listen(move |()| self.weights.forget_engine());
    }

    /// The run cannot be prepared yet. One that has made steps stays meanwhile; one that has made none
    /// must not be taken for the one that is wanted.
    pub(crate) fn wait_for(self, waiting: Waiting) {
        if self.progress.get_untracked().step == 0 {
            self.leave_run();
            self.settings.applied.set(None);
        }
        self.blocked.set(Some(waiting));
    }

    /// What a run of these settings has to wait for. What can be fetched is, and the run is prepared
    /// after that.
    fn missing(self, config: &RunConfig) -> Option<Waiting> {
        let own = || untrack(|| self.images.counts(config.data.validation_fraction));
        let counts = Counts::of_preset(config).unwrap_or_else(own);
        if let Err(too_large) = check(config, counts, limit(browser::device_memory())) {
            return Some(Waiting::Memory(too_large.sentence()));
        }
        if let Some(largest) = self.engine.largest_tensor()
            && let Err(too_large) = check_buffers(config, counts, largest)
        {
            return Some(Waiting::Memory(too_large.sentence()));
        }
        let network = config.network.backbone.pretrained()?;
        if self.weights.has(network) {
            return None;
        }
        spawn_local(async move {
            let outcome = self.weights.provide(network).await;
            self.weights_settled(network, outcome);
        });
        Some(Waiting::Weights(network))
    }

    /// Takes a file of weights that the visitor brings.
    pub(crate) fn bring_weights(self, network: PretrainedNetwork, file: File) {
        spawn_local(async move {
            let outcome = self.weights.bring(network, file).await;
            self.weights_settled(network, outcome);
        });
    }

    /// The weights are there, or are not to be had. Where something else was chosen meanwhile, nobody
    /// waits for them.
    fn weights_settled(self, network: PretrainedNetwork, outcome: Result<(), Problem>) {
        if self.blocked.get_untracked() != Some(Waiting::Weights(network)) {
            return;
        }
        match outcome {
            Ok(()) => self.configure_as_asked(),
            Err(Problem::Failed(problem)) if self.network_is_ours.get_value() => {
                self.network_is_ours.set_value(false);
                self.settings
                    .draft
                    .update(|draft| choose_kind(draft, Kind::SmallCnn));
                let title = network.title();
                let said = text!(
                    "weights.small-cnn-instead",
                    network = title,
                    problem = problem
                );
                self.notices.say_about(TOPIC, NoticeKind::Warning, said);
                self.configure_as_asked();
            }
            Err(_) => {}
        }
    }

    /// Prepares the run that was waited for, and trains it if that was asked for meanwhile.
    fn configure_as_asked(self) {
        let play = self.play_when_started.get_value();
        self.configure();
        self.play_when_started.set_value(play);
    }

    /// Whether the network is the one that the page chooses for photographs.
    pub(crate) fn network_is_for_photographs(self) -> bool {
        self.settings.draft.with_untracked(is_for_photographs)
    }
}
