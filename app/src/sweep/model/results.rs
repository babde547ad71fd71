//! The results of a sweep, cell by cell.

use std::collections::BTreeMap;

use rsc_core::protocol::EvaluationRecord;

use crate::sweep::model::{Cell, CellValue, Job, Measure, Spread};

/// What came of one run.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Outcome {
    /// Its last evaluation.
    Measured(EvaluationRecord),
    /// Why it has none.
    Failed(String),
}

/// All outcomes.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Results(BTreeMap<Job, Outcome>);

impl Results {
    pub(crate) fn put(&mut self, job: Job, outcome: Outcome) {
        self.0.insert(job, outcome);
    }

    /// What came of a run.
    pub(crate) fn get(&self, job: Job) -> Option<&Outcome> {
        self.0.get(&job)
    }

    /// Everything, in the order of work.
    pub(crate) fn all(&self) -> impl Iterator<Item = (Job, &Outcome)> {
        self.0.iter().map(|(job, outcome)| (*job, outcome))
    }

    /// Runs that are over.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// What came of a cell's runs, seed by seed.
    pub(crate) fn of(&self, cell: Cell) -> impl Iterator<Item = (Job, &Outcome)> {
        self.all().filter(move |(job, _)| job.cell == cell)
    }

    /// A cell's values, seed by seed, without those that there are none of.
    pub(crate) fn values(&self, cell: Cell, measure: Measure) -> Vec<f64> {
        let outcomes = self.of(cell);
        let records = outcomes.filter_map(|(_, outcome)| match outcome {
            Outcome::Measured(record) => measure.of(record),
            Outcome::Failed(_) => None,
        });
        records.collect()
    }

    /// What a possible cell shows.
    pub(crate) fn cell_value(&self, cell: Cell, measure: Measure, running: bool) -> CellValue {
        if let Some(spread) = Spread::of(&self.values(cell, measure)) {
            return CellValue::Value(spread);
        }
        let (mut measured, mut failed) = (false, None);
        for (_, outcome) in self.of(cell) {
            match outcome {
                Outcome::Measured(_) => measured = true,
                Outcome::Failed(why) => failed = Some(why),
            }
        }
        match failed {
            _ if measured => CellValue::Nothing,
            _ if running => CellValue::Running,
            Some(why) => CellValue::Failed(why.clone()),
            None => CellValue::Waiting,
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use rsc_core::protocol::EvaluationMetrics;

    use super::super::*;
    use super::*;

    /// An evaluation with these accuracies in the new domain, and 0.9 in the same one.
    pub(crate) fn record(erm: Option<f32>, rsc: Option<f32>) -> EvaluationRecord {
        let arm = |new| EvaluationMetrics {
            accuracy_same_domain: 0.9,
            accuracy_new_domain: new,
            loss_same_domain: 0.5,
            loss_new_domain: new.map(|_| 1.5),
            accuracy_per_domain: [Some(0.9), new].into_iter().flatten().collect(),
            usage: Default::default(),
        };
        EvaluationRecord {
            step: 32,
            epoch: 0,
            arms: vec![arm(erm), arm(rsc)],
        }
    }

    #[test]
    fn means_and_deviations() {
        assert_eq!(Spread::of(&[]), None);
        let one = Spread {
            count: 1,
            mean: 0.5,
            deviation: None,
        };
        assert_eq!(Spread::of(&[0.5]), Some(one));
        let four = Spread::of(&[2.0, 4.0, 4.0, 6.0]);
        // Squares 4 + 0 + 0 + 4 over n − 1 = 3.
        let deviation = four.and_then(|spread| spread.deviation);
        assert!(deviation.is_some_and(|d| (d - (8.0_f64 / 3.0).sqrt()).abs() < 1e-12));
        assert!(four.is_some_and(|spread| spread.mean == 4.0 && spread.count == 4));
    }

    #[test]
    fn a_cell_shows_what_is_known() {
        let cell = Cell { row: 0, column: 1 };
        let job = |seed| Job { seed, cell };
        let mut results = Results::default();
        let shown = |results: &Results, running| results.cell_value(cell, Measure::NewRsc, running);
        assert_eq!(shown(&results, false), CellValue::Waiting);
        assert_eq!(shown(&results, true), CellValue::Running);
        results.put(job(0), Outcome::Failed("not finite".into()));
        assert_eq!(
            shown(&results, false),
            CellValue::Failed("not finite".into())
        );
        results.put(job(1), Outcome::Measured(record(None, None)));
        assert_eq!(shown(&results, true), CellValue::Nothing);
        results.put(job(2), Outcome::Measured(record(Some(0.25), Some(0.75))));
        results.put(job(3), Outcome::Measured(record(Some(0.5), Some(0.25))));
        let CellValue::Value(spread) = shown(&results, true) else {
            panic!("no value");
        };
        assert_eq!((spread.count, spread.mean), (2, 0.5));
        let other = Cell { row: 1, column: 1 };
        let empty = results.cell_value(other, Measure::NewRsc, false);
        assert_eq!(empty, CellValue::Waiting);
    }
}
