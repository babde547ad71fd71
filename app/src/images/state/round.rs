//! The same classes recorded a second time, elsewhere: a domain of its own, which is held out as soon as
//! the first picture of it is there.

use leptos::prelude::*;

use crate::images::model::round::Round;
use crate::images::model::{UNNAMED, moves};
use crate::images::state::Images;
use crate::settings::model::hold_out::HoldOut;

impl Images {
    /// Whether there are classes to record again: two with images.
    pub(crate) fn has_a_first_round(self) -> bool {
        self.classes.with(|classes| {
            let filled = classes.iter().filter(|class| !class.images.is_empty());
            filled.count() >= 2
        })
    }

    /// Begins another round: what is added from now on goes to a new domain.
    pub(crate) fn begin_round(self) {
        let domains = self.domains_untracked();
        if domains.iter().any(|name| name == UNNAMED) {
            let taken = domains.iter().map(String::as_str);
            self.rename_domain(UNNAMED, &moves::free_name(text!("own.round"), 1, taken));
        }
        let domains = self.domains_untracked();
        let taken = domains.iter().map(String::as_str);
        let domain = moves::free_name(text!("own.round"), domains.len() + 1, taken);
        self.new_domain.set(domain.clone());
        self.round.set(Some(Round {
            domain,
            held_out: false,
        }));
        let first = self.classes.with_untracked(|all| {
            all.iter()
                .find(|class| !class.images.is_empty())
                .map(|it| it.id)
        });
        if let Some(first) = first {
            self.select_target(first);
        }
    }

    /// Notes that a picture was recorded; the first of a round has its domain held out.
    pub(super) fn note_recorded(self, domain: &str) {
        let now = |round: &Option<Round>| {
            let waits = |it: &Round| !it.held_out && it.domain == domain;
            round.as_ref().is_some_and(waits)
        };
        if !self.round.with_untracked(now) {
            return;
        }
        self.round.update(|round| {
            if let Some(round) = round {
                round.held_out = true;
            }
        });
        self.hold_out(HoldOut {
            held_out: Some(domain.to_owned()),
            together: false,
        });
    }

    /// Ends the round: what is added from now on goes where it went before.
    pub(crate) fn end_round(self) {
        let Some(round) = self.round.get_untracked() else {
            return;
        };
        self.round.set(None);
        let still = self.new_domain.with_untracked(|name| *name == round.domain);
        if still {
            let first = self.domains_untracked().into_iter().next();
            let first = first.filter(|name| *name != round.domain);
            self.new_domain.set(first.unwrap_or_default());
        }
    }

    /// Pictures of a class that what is recorded now is added to, by domain.
    pub(crate) fn recorded(self, class: u32) -> usize {
        let domain = self.new_domain.with(|name| name.trim().to_owned());
        let domain = if domain.is_empty() { UNNAMED } else { &domain };
        self.classes.with(|classes| {
            let class = classes.iter().find(|it| it.id == class);
            let images = class.map_or(&[][..], |class| &class.images);
            images
                .iter()
                .filter(|it| it.domain_name() == domain)
                .count()
        })
    }
}
