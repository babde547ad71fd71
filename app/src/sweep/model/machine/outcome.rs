//! What comes of a run. One that trains its challenged arm alone is held until the run that trains the other
//! arms is over, and is then put together with them.

use rsc_core::protocol::{Command, EvaluationRecord, RunId, RunState};

use super::held::Held;
use super::{Current, Machine, Phase};
use crate::runs::model::{Facts, RunRecord};
use crate::settings::model::arms::RSC;
use crate::sweep::model::{Job, Outcome};
use crate::training::model::trace::thin;

impl Machine {
    /// Notes what came of a run and begins those for which there are workers then.
    pub(super) fn finish_run(&mut self, run: RunId, outcome: Outcome, now: f64) -> Vec<Command> {
        let place = self.running.iter().position(|current| current.run == run);
        if let Some(place) = place {
            let current = self.running.remove(place);
            self.idle.insert(current.worker);
            self.take_in(current, outcome, now);
        }
        if self.phase == Phase::Running {
            self.next(now)
        } else {
            // Paused in its last step: other runs wait.
            self.finish_if_empty(now);
            Vec::new()
        }
    }

    fn take_in(&mut self, current: Current, outcome: Outcome, now: f64) {
        let (job, alone) = (current.job, current.alone);
        let record = match outcome {
            Outcome::Measured(record) => record,
            Outcome::Failed(_) => return self.results.put(job, outcome),
        };
        self.worked += self.work(job, alone);
        let run = self.run_of(current, now);
        if alone {
            self.held.push(Held { job, run, record });
        } else {
            self.records.insert(job, run);
            self.results.put(job, Outcome::Measured(record));
        }
        self.release();
    }

    /// Puts held runs together with the arms that they share, where these are trained now.
    fn release(&mut self) {
        for held in std::mem::take(&mut self.held) {
            let Some((whole, arms)) = self.whole_for(held.job) else {
                self.held.push(held);
                continue;
            };
            let config = self.plan.config(held.job);
            let run = held.run.beside(whole, RSC, config);
            let mut record = arms.clone();
            let only = held.record.arms.into_iter().next();
            if let (Some(arm), Some(only)) = (record.arms.get_mut(RSC), only) {
                *arm = only;
            }
            self.records.insert(held.job, run);
            self.results.put(held.job, Outcome::Measured(record));
        }
    }

    /// A run that is over as the list would remember it.
    fn run_of(&self, current: Current, now: f64) -> RunRecord {
        let facts = Facts {
            steps: current.step,
            total_steps: current.total,
            state: Some(RunState::Done),
            device: self.device.clone().unwrap_or_default(),
            step_ms: current.step_ms,
            // As long ago as it is by the other clock.
            started: current.begun.map(|begun| self.today + begun - now),
            ..Facts::default()
        };
        let (curves, evaluations) = (current.trace.points(), thin(&current.evaluations));
        RunRecord::new(0, facts, self.plan.config(current.job), curves, evaluations)
    }

    /// A run of the same seed and settings whose other arms need not be trained anew.
    fn whole_for(&self, job: Job) -> Option<(&RunRecord, &EvaluationRecord)> {
        let shared_arms = self.plan.shared_arms(job)?;
        let mut known = self.records.iter();
        known.find_map(|(&other, run)| {
            let same = self.plan.shared_arms(other) == Some(shared_arms);
            match self.results.get(other) {
                Some(Outcome::Measured(record)) if same => Some((run, record)),
                _ => None,
            }
        })
    }

    /// Whether a run need not train its other arms, since another one has trained them or is at it.
    pub(super) fn alone(&self, job: Job) -> bool {
        let Some(shared_arms) = self.plan.shared_arms(job) else {
            return false;
        };
        let trains_them = |current: &Current| {
            !current.alone && self.plan.shared_arms(current.job) == Some(shared_arms)
        };
        self.whole_for(job).is_some() || self.running.iter().any(trains_them)
    }

    /// A held run whose other arms nobody trains any more, since their run failed. It is trained whole.
    pub(super) fn take_orphan(&mut self) -> Option<Job> {
        let place = (0..self.held.len()).find(|&place| !self.alone(self.held[place].job))?;
        Some(self.held.remove(place).job)
    }
}
