//! Which images are looked at, and through whose weights.

use leptos::prelude::*;

use crate::masks::state::{Masks, PICKS};
use crate::ui::model::sampling;

impl Masks {
    /// Looks at another domain, from its first image on.
    pub(crate) fn look_at_domain(self, domain: usize) {
        self.domain.set(domain);
        self.picks.set(sampling::page(0, PICKS, self.test_images()));
        self.inspect();
    }

    /// Looks at the next images of the domain.
    pub(crate) fn look_further(self) {
        let total = self.test_images();
        self.picks.update(|picks| {
            let start = picks.last().map_or(0, |last| last + 1);
            *picks = sampling::page(if start >= total { 0 } else { start }, PICKS, total);
        });
        self.inspect();
    }

    /// Looks at random images of the domain.
    pub(crate) fn look_at_random(self) {
        let seed = js_sys::Math::random().to_bits();
        let total = self.test_images();
        self.picks.set(sampling::shuffled(seed, PICKS, total));
        self.inspect();
    }

    /// Looks with another arm's weights.
    pub(crate) fn look_through(self, arm: usize) {
        self.arm.set(arm);
        self.inspect();
    }

    /// Looks through one arm (`false`) or through all of them, side by side.
    pub(crate) fn look_beside(self, beside: bool) {
        self.beside.set(beside);
        self.inspect();
    }

    fn test_images(self) -> usize {
        let domain = self.domain.get_untracked();
        self.training.info.with_untracked(|info| {
            info.as_ref()
                .and_then(|info| info.domains.get(domain))
                .map_or(0, |d| d.test)
        })
    }
}
