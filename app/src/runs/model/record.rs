//! One run as the list stores it.

use serde::{Deserialize, Serialize};

use rsc_core::config::RunConfig;
use rsc_core::protocol::{EvaluationMetrics, EvaluationRecord, RunState};

use crate::runs::model::curve_serde::{self, finite};
use crate::runs::model::{Change, Difference, differences};
use crate::settings::model::arms::{Arm, MOST_ARMS};
use crate::settings::model::import;
use crate::training::model::curves::CURVES;
use crate::training::model::trace::{MOST_POINTS, Point};
use crate::ui::model::naming;

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
    /// Effective number of features; earlier versions of the page kept none of these three.
    #[serde(default)]
    pub(crate) effective_number: Option<f32>,
    /// Gini coefficient of their use.
    #[serde(default)]
    pub(crate) gini: Option<f32>,
    /// Share of the most used tenth, `0..=1`.
    #[serde(default)]
    pub(crate) top_tenth: Option<f32>,
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

impl Evaluation {
    fn fits(&self, arms: usize) -> bool {
        let domains = self.arms.first().map_or(0, |arm| arm.per_domain.len());
        let alike = |arm: &Accuracy| arm.per_domain.len() == domains;
        self.step <= MOST_STEPS
            && self.arms.len() == arms
            && domains <= MOST_ENTRIES
            && self.arms.iter().all(alike)
    }
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
            effective_number: finite(metrics.usage.effective_number),
            gini: finite(metrics.usage.gini),
            top_tenth: finite(metrics.usage.top_tenth),
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
    #[serde(with = "curve_serde")]
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
    pub(crate) deletion: u32,
}

/// Most steps of a run: whole numbers up to here are exact in a chart.
const MOST_STEPS: u64 = 1 << 53;
/// Most entries of what a run has several of; its own are far fewer.
const MOST_ENTRIES: usize = 10_000;

impl RunRecord {
    /// Reads a run from a project or from what the browser kept.
    ///
    /// # Errors
    /// What is wrong with it, as a clause.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        let run: Self = serde_json::from_str(text).map_err(|error| error.to_string())?;
        run.checked()
    }

    /// Reads all runs of a project, at most so many.
    ///
    /// # Errors
    /// What is wrong with which of them, as a clause.
    pub(crate) fn read_all(text: &[u8], most: usize) -> Result<Vec<Self>, String> {
        let runs: Vec<Self> = serde_json::from_slice(text).map_err(|error| error.to_string())?;
        if runs.len() > most {
            return Err(text!("runs.unfit.many", most = most));
        }
        let numbered = (1..).zip(runs);
        numbered
            .map(|(number, run)| {
                let problem = |problem| text!("runs.unfit", number = number, problem = problem);
                run.checked().map_err(problem)
            })
            .collect()
    }

    /// The run if it can be shown and gone on with: its settings are within the engine's ranges, and
    /// its numbers fit its arms and each other.
    fn checked(mut self) -> Result<Self, String> {
        self.config
            .validate()
            .and_then(|()| import::fits_page(&self.config))
            .map_err(|error| error.to_string())?;
        let arms = self.config.arms.len();
        let curve = self.curves.iter().map(|point| point.x);
        let numbers = [
            ("steps", self.steps > 0 && self.steps <= MOST_STEPS),
            ("total_steps", self.total_steps <= MOST_STEPS),
            ("step_ms", self.step_ms.is_finite() && self.step_ms >= 0.0),
            ("started", self.started.is_finite() && self.started >= 0.0),
            (
                "curves",
                // Twice: thinned when they are full, and with the last point added.
                self.curves.len() <= 2 * MOST_POINTS
                    && curve
                        .clone()
                        .all(|x| (0.0..=MOST_STEPS as f64).contains(&x))
                    && curve.clone().is_sorted(),
            ),
            (
                "evaluations",
                self.evaluations.len() <= MOST_ENTRIES
                    && self.evaluations.iter().all(|it| it.fits(arms)),
            ),
            ("changes", self.changes.len() <= MOST_ENTRIES),
        ];
        if let Some((field, _)) = numbers.iter().find(|(_, fits)| !fits) {
            return Err(text!("runs.unfit.field", field = field));
        }
        self.name = naming::clean(&self.name);
        self.device = naming::clean(&self.device);
        Ok(self)
    }

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

#[cfg(test)]
mod tests;
