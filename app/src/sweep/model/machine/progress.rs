//! How much of a sweep is done, and how long the rest takes.

use std::collections::BTreeSet;

use super::{Current, Machine};
use crate::sweep::model::Job;
use crate::sweep::model::estimate::work;
use crate::ui::model::format;

impl Machine {
    pub(super) fn work(&self, job: Job, alone: bool) -> f64 {
        let config = if alone {
            self.plan.config_of_one(job)
        } else {
            self.plan.config(job)
        };
        work(&config, self.own).unwrap_or(1.0)
    }

    /// What the runs that wait cost, of which some will find their other arms trained.
    fn waiting_work(&self) -> f64 {
        let begun = self.records.keys().copied().chain(self.at());
        let mut known: BTreeSet<_> = begun.filter_map(|job| self.plan.shared_arms(job)).collect();
        let works = self.waiting.iter().map(|&job| {
            let alone = self
                .plan
                .shared_arms(job)
                .is_some_and(|shared_arms| !known.insert(shared_arms));
            self.work(job, alone)
        });
        works.sum()
    }

    /// How much of everything is done, `0..=1`, each run counting the same.
    pub(crate) fn progress(&self) -> f64 {
        if self.runs == 0 {
            return 1.0;
        }
        let parts: f64 = self.running.iter().map(Current::part).sum();
        ((self.results.len() + self.held.len()) as f64 + parts) / self.runs as f64
    }

    /// How long the rest takes at the pace so far.
    pub(crate) fn left(&self, now: f64) -> Option<String> {
        let (mut done, mut rest) = (self.worked, self.waiting_work());
        for current in &self.running {
            let work = self.work(current.job, current.alone);
            done += work * current.part();
            rest += work * (1.0 - current.part());
        }
        // In thousandths of what is done, since work has large numbers.
        let unit = done / 1000.0;
        if unit <= 0.0 {
            return None;
        }
        let total = 1000 + (rest / unit).ceil() as u64;
        format::time_left(1000, total, self.clock.read(now) / 1000.0)
    }
}

impl Current {
    /// The part of it that is done, `0..=1`.
    fn part(&self) -> f64 {
        match self.total {
            0 => 0.0,
            total => self.step as f64 / total as f64,
        }
    }
}
