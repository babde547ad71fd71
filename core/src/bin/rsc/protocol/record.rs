//! What a cell has come to: one file of JSON.

use serde::{Deserialize, Serialize};

use super::cells::Cell;
use crate::untested::UntestedClasses;

/// Raised when an older program would misread what this one writes.
pub(crate) const RECORD_VERSION: u32 = 1;

/// A cell's settings and results.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct CellRecord {
    /// [`RECORD_VERSION`].
    pub(crate) format: u32,
    /// The cell that it is of.
    #[serde(flatten)]
    pub(crate) cell: Cell,
    /// Version of the program.
    pub(crate) version: String,
    /// What the device calls itself.
    pub(crate) device: String,
    /// Time that it took, with the preparation of its images.
    pub(crate) seconds: f64,
    /// [`rsc_core::data::Dataset::fingerprint`] in hexadecimal.
    pub(crate) images: String,
    /// Images that were trained on.
    pub(crate) training_images: usize,
    /// Classes that its accuracies say nothing about.
    #[serde(default, skip_serializing_if = "UntestedClasses::is_empty")]
    pub(crate) untested: UntestedClasses,
    /// Steps of the whole run.
    pub(crate) total_steps: u64,
    /// The step at which it went on after it was stopped last.
    pub(crate) resumed_at: Option<u64>,
    /// The step at which a loss was not finite, and the run ended.
    pub(crate) diverged: Option<u64>,
    /// All evaluations, the last one last.
    pub(crate) evaluations: Vec<CellEvaluation>,
}

/// How many of some images were classified rightly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Score {
    /// Classified rightly.
    pub(crate) correct: usize,
    /// All of them.
    pub(crate) images: usize,
}

impl Score {
    /// The fraction, `0..=1`; 0 of none.
    pub(crate) fn accuracy(self) -> f64 {
        self.correct as f64 / self.images.max(1) as f64
    }
}

/// One evaluation: DomainBed's `out` accuracies of the training domains, and both of the held-out one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct CellEvaluation {
    /// After this many steps.
    pub(crate) step: u64,
    /// In this epoch, counted from 0.
    pub(crate) epoch: u32,
    /// On the validation images of each training domain, in the order of the domains.
    pub(crate) validation: Vec<DomainScore>,
    /// On four fifths of the held-out domain: what is reported.
    pub(crate) held_out_in: Score,
    /// On the other fifth of it: what the oracle selects by.
    pub(crate) held_out_out: Score,
    /// Mean cross-entropy on all validation images; none where it is not finite.
    pub(crate) loss_same_domain: Option<f32>,
    /// Mean cross-entropy on the held-out domain; none where it is not finite.
    pub(crate) loss_new_domain: Option<f32>,
    /// Effective number of channels in use at the challenge point; none where it is not finite.
    pub(crate) effective_channels: Option<f32>,
}

/// The score on a training domain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DomainScore {
    /// Name of the domain.
    pub(crate) domain: String,
    /// The score.
    #[serde(flatten)]
    pub(crate) score: Score,
}

impl CellEvaluation {
    /// Mean of the validation accuracies of the training domains, each domain counting alike.
    pub(crate) fn validation_accuracy(&self) -> f64 {
        let sum: f64 = self.validation.iter().map(|it| it.score.accuracy()).sum();
        sum / self.validation.len().max(1) as f64
    }
}

impl CellRecord {
    /// Whether it is that of a cell, and whole.
    pub(crate) fn is_of(&self, cell: &Cell) -> bool {
        self.format == RECORD_VERSION
            && self.cell.index == cell.index
            && self.cell.hash == cell.hash
    }
}
