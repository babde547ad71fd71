//! A sweep as it is stored and saved in a project: a head, and a record for each of its runs, so that
//! one more run does not rewrite the others.

use serde::{Deserialize, Serialize};

use rsc_core::config::RunConfig;
use rsc_core::protocol::{EvaluationRecord, RunInfo};

use crate::runs::model::RunRecord;
use crate::sweep::model::plan::Range;
use crate::sweep::model::{Cell, Factor, Job, MOST_SEEDS, MOST_VALUES, Machine, Outcome, Plan};

/// A setting and its values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct SavedRange {
    setting: String,
    values: Vec<f64>,
}

impl From<&Range> for SavedRange {
    fn from(range: &Range) -> Self {
        Self {
            setting: range.factor.name().to_owned(),
            values: range.values.clone(),
        }
    }
}

impl SavedRange {
    fn read(self) -> Option<Range> {
        let fits = (1..=MOST_VALUES).contains(&self.values.len());
        Some(Range {
            factor: Factor::from_name(&self.setting).filter(|_| fits)?,
            values: self.values,
        })
    }
}

/// Everything about a sweep but its runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Head {
    /// What tells it from others: when it began, in milliseconds since 1970.
    pub(crate) id: f64,
    base: RunConfig,
    columns: SavedRange,
    rows: Option<SavedRange>,
    seeds: Vec<u64>,
    own: Option<usize>,
    images: String,
    device: Option<String>,
    info: Option<RunInfo>,
}

/// What came of one run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct SavedRun {
    seed: usize,
    row: usize,
    column: usize,
    /// Its last evaluation.
    measured: Option<EvaluationRecord>,
    /// Why it has none.
    failed: Option<String>,
    /// The run itself.
    run: Option<RunRecord>,
}

/// A whole sweep, as a project holds it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct SavedSweep {
    /// What it is.
    pub(crate) sweep: Head,
    /// Its runs.
    pub(crate) runs: Vec<SavedRun>,
}

impl Machine {
    /// What is to be kept of it beside its runs.
    pub(crate) fn head(&self) -> Head {
        Head {
            id: self.id,
            base: self.plan.base.clone(),
            columns: SavedRange::from(&self.plan.columns),
            rows: self.plan.rows.as_ref().map(SavedRange::from),
            seeds: self.plan.seeds.clone(),
            own: self.own,
            images: self.images.clone(),
            device: self.device.clone(),
            info: self.info.clone(),
        }
    }

    /// The numbers under which its runs are kept, of those that are over.
    pub(crate) fn numbers(&self) -> impl Iterator<Item = u32> {
        self.results.all().map(|(job, _)| self.number(job))
    }

    fn number(&self, job: Job) -> u32 {
        let cells = self.plan.width() * self.plan.height();
        let cell = job.cell.row * self.plan.width() + job.cell.column;
        (job.seed * cells + cell) as u32
    }

    /// The run under a number.
    pub(crate) fn saved_run(&self, number: u32) -> Option<SavedRun> {
        let found = self
            .results
            .all()
            .find(|(job, _)| self.number(*job) == number);
        let (job, outcome) = found?;
        let (measured, failed) = match outcome {
            Outcome::Measured(record) => (Some(record.clone()), None),
            Outcome::Failed(why) => (None, Some(why.clone())),
        };
        Some(SavedRun {
            seed: job.seed,
            row: job.cell.row,
            column: job.cell.column,
            measured,
            failed,
            run: self.records.get(&job).cloned(),
        })
    }

    /// A sweep of an earlier visit or of a project, which waits to be gone on with; `None` where its
    /// head is not one that this page can have written. A run that does not fit is left out, and made
    /// anew when the sweep goes on.
    pub(crate) fn restored(head: Head, runs: Vec<SavedRun>) -> Option<Self> {
        head.base.validate().ok()?;
        let fits = (1..=MOST_SEEDS).contains(&head.seeds.len());
        let plan = Plan {
            base: head.base,
            columns: head.columns.read()?,
            rows: match head.rows {
                Some(rows) => Some(rows.read()?),
                None => None,
            },
            seeds: Some(head.seeds).filter(|_| fits)?,
        };
        let jobs = plan.jobs();
        let arms = plan.base.arms.len();
        let mut machine = Self::new(head.id, plan, head.own);
        machine.images = head.images;
        machine.device = head.device;
        machine.info = head.info;
        for kept in runs {
            let cell = Cell {
                row: kept.row,
                column: kept.column,
            };
            let job = Job {
                seed: kept.seed,
                cell,
            };
            if jobs.binary_search(&job).is_err() {
                continue;
            }
            match (kept.measured, kept.failed, kept.run) {
                (Some(record), _, Some(run)) if record.arms.len() == arms => {
                    machine.results.put(job, Outcome::Measured(record));
                    machine.records.insert(job, run);
                }
                (None, Some(why), _) => machine.results.put(job, Outcome::Failed(why)),
                _ => {}
            }
        }
        machine.mark_restored();
        Some(machine)
    }
}

#[cfg(test)]
mod tests {
    use super::super::machine::tests::{finished, train_all};
    use super::super::plan::tests::plan;
    use super::*;
    use crate::sweep::model::{Phase, csv};

    #[test]
    fn what_is_kept_comes_back_and_goes_on() -> Result<(), serde_json::Error> {
        let mut machine = Machine::new(7.0, plan("0.2, 0.4, 7", Some("0.5, 1"), "3, 4"), Some(64));
        machine.images = String::from("as they were");
        train_all(&mut machine, 3);
        assert_eq!(machine.numbers().collect::<Vec<_>>(), [0, 1, 3]);

        let head: Head = serde_json::from_str(&serde_json::to_string(&machine.head())?)?;
        let mut runs = Vec::new();
        for number in machine.numbers() {
            let text = serde_json::to_string(&machine.saved_run(number))?;
            runs.extend(serde_json::from_str::<Option<SavedRun>>(&text)?);
        }
        let mut back = Machine::restored(head, runs).expect("it was written here");
        assert_eq!(back.phase, Phase::Stopped);
        assert_eq!(back.head(), machine.head());
        assert_eq!(csv(&back), csv(&machine));
        for number in machine.numbers() {
            // As texts: what has no value in a curve is not equal to itself.
            let text = |machine: &Machine| serde_json::to_string(&machine.saved_run(number));
            assert_eq!(text(&back)?, text(&machine)?);
        }
        // What is missing is made, beside the arms that were trained before.
        train_all(&mut back, 100);
        assert_eq!(back.phase, Phase::Done);
        assert_eq!(back.results.len(), 8);
        Ok(())
    }

    #[test]
    fn a_sweep_that_is_over_stays_over() {
        let machine = finished();
        let runs = machine.numbers().filter_map(|it| machine.saved_run(it));
        let back = Machine::restored(machine.head(), runs.collect());
        assert!(back.is_some_and(|back| back.phase == Phase::Done && !back.unfinished()));
    }

    #[test]
    fn what_does_not_fit_is_left_out() {
        let machine = finished();
        let run = machine.saved_run(0).expect("there is one");
        let restored = |run: SavedRun| {
            let back = Machine::restored(machine.head(), vec![run]);
            back.map_or(9, |back| back.results.len())
        };
        assert_eq!(restored(run.clone()), 1);
        let spoilt: [fn(&mut SavedRun); 4] = [
            |run| run.seed = 9,
            |run| run.column = 99,
            |run| run.run = None,
            |run| {
                if let Some(record) = &mut run.measured {
                    record.arms.pop();
                }
            },
        ];
        for spoil in spoilt {
            let mut run = run.clone();
            spoil(&mut run);
            assert_eq!(restored(run), 0);
        }
        let heads: [fn(&mut Head); 4] = [
            |head| head.base.training.epochs = 0,
            |head| head.columns.setting = String::from("luck"),
            |head| head.columns.values.clear(),
            |head| head.seeds.clear(),
        ];
        for spoil in heads {
            let mut head = machine.head();
            spoil(&mut head);
            assert!(Machine::restored(head, Vec::new()).is_none());
        }
    }
}
