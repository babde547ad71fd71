//! Model selection, as in DomainBed's `model_selection.py` (Gulrajani and Lopez-Paz 2021).

use super::record::CellRecord;
use crate::untested::UntestedClasses;

/// How one of several samples and checkpoints is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Selection {
    /// The highest mean validation accuracy over the training domains, over samples and checkpoints:
    /// `IIDAccuracySelectionMethod`.
    TrainingValidation,
    /// The highest accuracy on the held-out domain's `out` part, over samples at their last checkpoint, without
    /// early stopping: `OracleSelectionMethod`. It looks at the held-out domain, so its numbers are no estimate
    /// for a new one.
    Oracle,
}

impl Selection {
    /// Both, in the order shown.
    pub(crate) const ALL: [Self; 2] = [Self::TrainingValidation, Self::Oracle];

    /// What it is called in files.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::TrainingValidation => "training_validation",
            Self::Oracle => "oracle",
        }
    }

    /// What it is called in tables.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::TrainingValidation => "training-domain validation set",
            Self::Oracle => "test-domain validation set (oracle)",
        }
    }

    /// The checkpoint of a cell that counts; the first of equals. `None` where no evaluation does.
    fn checkpoint(self, record: &CellRecord) -> Option<Chosen> {
        let evaluations = match self {
            Self::TrainingValidation => &record.evaluations[..],
            // One that diverged has no last checkpoint.
            Self::Oracle if record.diverged.is_some() => &[],
            Self::Oracle => record
                .evaluations
                .last_chunk::<1>()
                .map_or(&[][..], |it| it),
        };
        let checkpoints = evaluations.iter().map(|evaluation| Chosen {
            sample: record.cell.sample,
            step: evaluation.step,
            selected_by: match self {
                Self::TrainingValidation => evaluation.validation_accuracy(),
                Self::Oracle => evaluation.held_out_out.accuracy(),
            },
            accuracy: evaluation.held_out_in.accuracy(),
        });
        checkpoints.reduce(better)
    }

    /// Of the samples of one method, held-out domain and seed, the chosen one's accuracy on the held-out
    /// domain's `in` part. The first of equals is chosen. `None` where no sample has an evaluation that counts.
    pub(crate) fn choose(self, samples: &[&Outcome]) -> Option<Chosen> {
        let of = |outcome: &&Outcome| match self {
            Self::TrainingValidation => outcome.by_validation,
            Self::Oracle => outcome.by_oracle,
        };
        samples.iter().filter_map(of).reduce(better)
    }
}

/// The one that is to be chosen of two; the first of equals.
fn better(first: Chosen, second: Chosen) -> Chosen {
    if second.selected_by > first.selected_by {
        second
    } else {
        first
    }
}

/// What tables need of a record: with thousands of cells all records would take too much memory.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// Name of the method.
    pub(crate) method: String,
    /// The domain that was never trained on.
    pub(crate) held_out: String,
    /// Seed of the run.
    pub(crate) seed: u64,
    /// Whether its training diverged.
    pub(crate) diverged: bool,
    /// Version of the program.
    pub(crate) version: String,
    /// What the device calls itself.
    pub(crate) device: String,
    /// Classes that its accuracies say nothing about.
    pub(crate) untested: UntestedClasses,
    /// The checkpoint that counts for [`Selection::TrainingValidation`].
    by_validation: Option<Chosen>,
    /// The checkpoint that counts for [`Selection::Oracle`].
    by_oracle: Option<Chosen>,
}

impl Outcome {
    /// Of a record.
    pub(crate) fn of(record: CellRecord) -> Self {
        Self {
            by_validation: Selection::TrainingValidation.checkpoint(&record),
            by_oracle: Selection::Oracle.checkpoint(&record),
            diverged: record.diverged.is_some(),
            method: record.cell.method,
            held_out: record.cell.held_out,
            seed: record.cell.seed,
            version: record.version,
            device: record.device,
            untested: record.untested,
        }
    }
}

/// The sample and checkpoint that was chosen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Chosen {
    /// The sample.
    pub(crate) sample: usize,
    /// The step of the checkpoint.
    pub(crate) step: u64,
    /// The accuracy that it was chosen by, `0..=1`.
    pub(crate) selected_by: f64,
    /// Its accuracy on the held-out domain's `in` part, `0..=1`.
    pub(crate) accuracy: f64,
}
