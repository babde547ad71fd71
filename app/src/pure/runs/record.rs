//! One run as it is remembered.

use serde::{Deserialize, Serialize};

use rsc_core::config::RunConfig;
use rsc_core::protocol::{EvaluationMetrics, EvaluationRecord, RunState, StepRecord};

use super::stored::{self, finite};
use super::{Change, Difference, differences};
use crate::pure::arms::{Arm, MOST_ARMS};
use crate::pure::trace::Point;

/// Curves per step: the loss of each arm that a run can have, then the challenge gap of each.
pub(crate) const CURVES: usize = 2 * MOST_ARMS;

/// The curves' values at a step: the losses, then the challenge gaps of the arms that have one.
pub(crate) fn values(record: &StepRecord) -> [f64; CURVES] {
    std::array::from_fn(|curve| {
        let metrics = record.arms.get(curve % MOST_ARMS);
        let value = metrics.and_then(|metrics| match curve / MOST_ARMS {
            0 => Some(metrics.loss),
            _ => metrics.axis.map(|_| metrics.challenge_gap),
        });
        value.map_or(f64::NAN, f64::from)
    })
}

/// One arm's part of an evaluation; `None` where there is no (finite) number.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Accuracy {
    /// On the domains trained on, `0..=1`.
    pub(crate) same: Option<f32>,
    /// On the domain held out.
    pub(crate) new: Option<f32>,
    /// On each domain.
    pub(crate) per_domain: Vec<Option<f32>>,
    /// Mean cross-entropy on the domains trained on.
    pub(crate) loss_same: Option<f32>,
    /// Mean cross-entropy on the domain held out.
    pub(crate) loss_new: Option<f32>,
}

/// One evaluation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Evaluation {
    /// After this many steps.
    pub(crate) step: u64,
    /// In this epoch, counted from 0.
    pub(crate) epoch: u32,
    /// One entry per arm.
    pub(crate) arms: Vec<Accuracy>,
}

impl From<&EvaluationMetrics> for Accuracy {
    fn from(metrics: &EvaluationMetrics) -> Self {
        let domains = metrics.accuracy_per_domain.iter();
        Self {
            same: finite(metrics.accuracy_same_domain),
            new: metrics.accuracy_new_domain.and_then(finite),
            per_domain: domains.map(|&value| finite(value)).collect(),
            loss_same: finite(metrics.loss_same_domain),
            loss_new: metrics.loss_new_domain.and_then(finite),
        }
    }
}

impl From<&EvaluationRecord> for Evaluation {
    fn from(record: &EvaluationRecord) -> Self {
        Self {
            step: record.step,
            epoch: record.epoch,
            arms: record.arms.iter().map(Accuracy::from).collect(),
        }
    }
}

/// What the list shows of a run at a glance.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Facts {
    /// Name.
    pub(crate) name: String,
    /// Whether it is pinned.
    pub(crate) pinned: bool,
    /// Its arms.
    pub(crate) arms: Vec<Arm>,
    /// Seed.
    pub(crate) seed: u64,
    /// Steps made.
    pub(crate) steps: u64,
    /// Steps it would have had; 0 while unknown.
    pub(crate) total_steps: u64,
    /// What it did last; `None` while it is being prepared.
    pub(crate) state: Option<RunState>,
    /// The device.
    pub(crate) device: String,
    /// Time per step, all arms together; 0 while unknown.
    pub(crate) step_ms: f64,
    /// When its first step was made, in milliseconds since 1970.
    pub(crate) started: Option<f64>,
    /// The last evaluation.
    pub(crate) last: Option<Evaluation>,
    /// What was changed in mid-run.
    pub(crate) changes: Vec<Change>,
}

/// One run that made at least one step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct RunRecord {
    /// Counts the runs; later runs have larger ids.
    pub(crate) id: u64,
    /// Name, unique in the list.
    pub(crate) name: String,
    /// Pinned runs stay on top and are never dropped.
    pub(crate) pinned: bool,
    /// Its settings as they were at its last step.
    pub(crate) config: RunConfig,
    /// What was changed in mid-run.
    pub(crate) changes: Vec<Change>,
    /// The curves, thinned.
    #[serde(with = "stored")]
    pub(crate) curves: Vec<Point<CURVES>>,
    /// The evaluations, thinned.
    pub(crate) evaluations: Vec<Evaluation>,
    /// Steps made.
    pub(crate) steps: u64,
    /// Steps it would have had.
    pub(crate) total_steps: u64,
    /// What it did last.
    pub(crate) state: RunState,
    /// The device.
    pub(crate) device: String,
    /// Time per step at its end, all arms together, in milliseconds.
    pub(crate) step_ms: f64,
    /// When its first step was made, in milliseconds since 1970.
    pub(crate) started: f64,
    /// Not 0 while it is deleted and can still be taken back.
    #[serde(skip)]
    pub(super) deletion: u32,
}

impl RunRecord {
    /// A run that is over.
    pub(crate) fn new(
        id: u64,
        facts: Facts,
        config: RunConfig,
        curves: Vec<Point<CURVES>>,
        evaluations: Vec<Evaluation>,
    ) -> Self {
        let number = |value: f64| if value.is_finite() { value } else { 0.0 };
        Self {
            id,
            name: facts.name,
            pinned: facts.pinned,
            config,
            changes: facts.changes,
            curves,
            evaluations,
            steps: facts.steps,
            total_steps: facts.total_steps,
            state: match facts.state {
                Some(RunState::Training) => RunState::Paused,
                // Only an engine that is gone leaves a run with steps without a state.
                None => RunState::Failed,
                Some(state) => state,
            },
            device: facts.device,
            step_ms: number(facts.step_ms),
            started: number(facts.started.unwrap_or_default()),
            deletion: 0,
        }
    }

    /// What the list shows.
    pub(crate) fn facts(&self) -> Facts {
        Facts {
            name: self.name.clone(),
            pinned: self.pinned,
            arms: self.arms(),
            seed: self.config.training.seed,
            steps: self.steps,
            total_steps: self.total_steps,
            state: Some(self.state),
            device: self.device.clone(),
            step_ms: self.step_ms,
            started: (self.started > 0.0).then_some(self.started),
            last: self.evaluations.last().cloned(),
            changes: self.changes.clone(),
        }
    }

    /// Its arms.
    pub(crate) fn arms(&self) -> Vec<Arm> {
        Arm::of(&self.config)
    }

    /// The same run with arms of another one in place of all but this one's only arm, which becomes
    /// the arm at `place` of `config`: both were trained on the same batches.
    pub(crate) fn beside(mut self, whole: &Self, place: usize, config: RunConfig) -> Self {
        let merged = |own: &[f64; CURVES], other: &[f64; CURVES]| {
            let mut merged = *other;
            merged[place] = own[0];
            merged[MOST_ARMS + place] = own[MOST_ARMS];
            merged
        };
        for (own, other) in self.curves.iter_mut().zip(&whole.curves) {
            own.y = merged(&own.y, &other.y);
        }
        for (own, other) in self.evaluations.iter_mut().zip(&whole.evaluations) {
            let mut arms = other.arms.clone();
            if let (Some(arm), Some(only)) = (arms.get_mut(place), own.arms.first()) {
                arm.clone_from(only);
            }
            own.arms = arms;
        }
        self.config = config;
        self
    }

    /// In which settings `config` differs from this run's.
    pub(crate) fn differences_to(&self, config: &RunConfig) -> Vec<Difference> {
        differences(&self.config, config)
    }

    /// Whether it is deleted and can still be taken back.
    pub(crate) fn deleted(&self) -> bool {
        self.deletion != 0
    }
}
