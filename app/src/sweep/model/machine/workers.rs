//! Which worker of a sweep trains what.

use rsc_core::protocol::{Command, RunId};

use super::{Current, Machine, Phase};
use crate::sweep::model::Job;
use crate::training::model::trace::Trace;

impl Machine {
    /// A further worker is ready; the first one begins the sweep by its event.
    pub(crate) fn join(&mut self, worker: usize, now: f64) -> Vec<Command> {
        match self.phase {
            Phase::Running => {
                self.idle.insert(worker);
                self.next(now)
            }
            Phase::Paused => {
                self.idle.insert(worker);
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    /// Whether a worker is ready for runs, or trains one.
    pub(crate) fn has_worker(&self, worker: usize) -> bool {
        let trains = self.running.iter().any(|current| current.worker == worker);
        trains || self.idle.contains(&worker)
    }

    /// The worker that trains a run.
    pub(crate) fn worker_of(&self, run: RunId) -> Option<usize> {
        let current = self.running.iter().find(|current| current.run == run)?;
        Some(current.worker)
    }

    /// Runs that a worker trains or will train.
    pub(crate) fn missing(&self) -> usize {
        self.waiting.len() + self.running.len()
    }

    /// Gives idle workers what waits.
    pub(super) fn next(&mut self, now: f64) -> Vec<Command> {
        let mut commands = Vec::new();
        while let Some(&worker) = self.idle.first() {
            let Some(job) = self.waiting.pop_front().or_else(|| self.take_orphan()) else {
                break;
            };
            self.idle.remove(&worker);
            commands.push(self.begin(worker, job));
        }
        self.finish_if_empty(now);
        commands
    }

    fn begin(&mut self, worker: usize, job: Job) -> Command {
        self.run += 1;
        let alone = self.alone(job);
        self.running.push(Current {
            run: self.run,
            worker,
            job,
            alone,
            started: false,
            begun: None,
            step: 0,
            total: 0,
            step_ms: 0.0,
            trace: Trace::default(),
            evaluations: Vec::new(),
            latest: None,
        });
        Command::Configure {
            run: self.run,
            config: if alone {
                self.plan.config_of_one(job)
            } else {
                self.plan.config(job)
            },
        }
    }
}
