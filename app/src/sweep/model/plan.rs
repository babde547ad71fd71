//! What a sweep runs: a grid of configurations from the present settings, and the order of work.

use rsc_core::config::RunConfig;

use crate::settings::model::arms::RSC;
use crate::settings::model::refusal;
use crate::sweep::model::values::{format_value, parse, parse_most};
use crate::sweep::model::{Factor, MOST_SEEDS};

/// A setting and its values.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Range {
    /// Which setting.
    pub(crate) factor: Factor,
    /// Its values, at least one.
    pub(crate) values: Vec<f64>,
}

/// A place in the grid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Cell {
    /// Index into the second setting's values; 0 without one.
    pub(crate) row: usize,
    /// Index into the first setting's values.
    pub(crate) column: usize,
}

/// One run of the sweep. They are worked off in this order: with the first seed every cell, then
/// with the next, so that a rough picture comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Job {
    /// Index of the seed.
    pub(crate) seed: usize,
    /// Which cell.
    pub(crate) cell: Cell,
}

/// What runs have in common whose arms but the challenged one are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct SharedArms {
    seed: usize,
    row: Option<usize>,
    column: Option<usize>,
}

/// An input of the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Input {
    /// Values of the first setting.
    First,
    /// Which setting is the second.
    Second,
    /// Values of the second setting.
    SecondValues,
    /// The seeds.
    Seeds,
    /// All of it together.
    Grid,
}

/// Why there is no plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    /// Where.
    pub(crate) input: Input,
    /// What is wrong and what would help.
    pub(crate) message: String,
}

impl Problem {
    fn new(input: Input, message: String) -> Self {
        Self { input, message }
    }
}

/// A sweep as it was asked for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Plan {
    /// Every other setting.
    pub(crate) base: RunConfig,
    /// The first setting.
    pub(crate) columns: Range,
    /// The second, if there is one.
    pub(crate) rows: Option<Range>,
    /// The seeds, at least one.
    pub(crate) seeds: Vec<u64>,
}

impl Plan {
    /// Reads what the form says.
    ///
    /// # Errors
    /// The first input that makes no sense.
    pub(crate) fn read(
        base: RunConfig,
        (first, first_values): (Factor, &str),
        second: Option<(Factor, &str)>,
        seeds: &str,
    ) -> Result<Self, Problem> {
        let columns = parse(first_values, first.whole());
        let columns = columns.map_err(|message| Problem::new(Input::First, message))?;
        let rows = match second {
            Some((factor, _)) if factor == first => {
                let message = text!("sweep.problem.twice", setting = factor.label());
                return Err(Problem::new(Input::Second, message));
            }
            Some((factor, values)) => {
                let values = parse(values, factor.whole());
                let values =
                    values.map_err(|message| Problem::new(Input::SecondValues, message))?;
                Some(Range { factor, values })
            }
            None => None,
        };
        let seeds = parse_most(seeds, true, MOST_SEEDS).and_then(|seeds| {
            let largest = ((1_u64 << 53) - 1) as f64;
            match seeds.iter().find(|&&seed| seed < 0.0 || seed > largest) {
                Some(seed) => Err(text!("sweep.problem.seed", seed = seed, largest = largest)),
                None => Ok(seeds.into_iter().map(|seed| seed as u64).collect()),
            }
        });
        let plan = Self {
            base,
            columns: Range {
                factor: first,
                values: columns,
            },
            rows,
            seeds: seeds.map_err(|message| Problem::new(Input::Seeds, message))?,
        };
        if plan.jobs().is_empty() {
            let why = plan.cells().find_map(|cell| plan.refusal(cell));
            let message = text!("sweep.problem.no-cell", why = why.unwrap_or_default());
            return Err(Problem::new(Input::Grid, message));
        }
        Ok(plan)
    }

    /// Number of rows.
    pub(crate) fn height(&self) -> usize {
        self.rows.as_ref().map_or(1, |rows| rows.values.len())
    }

    /// Number of columns.
    pub(crate) fn width(&self) -> usize {
        self.columns.values.len()
    }

    /// Every cell, row by row.
    pub(crate) fn cells(&self) -> impl Iterator<Item = Cell> + use<> {
        let width = self.width();
        (0..self.height()).flat_map(move |row| (0..width).map(move |column| Cell { row, column }))
    }

    /// The settings that a cell stands for, by name and value.
    pub(crate) fn settings(&self, cell: Cell) -> Vec<(Factor, f64)> {
        let of = |range: &Range, i: usize| Some((range.factor, *range.values.get(i)?));
        let first = of(&self.columns, cell.column);
        let second = self.rows.as_ref().and_then(|rows| of(rows, cell.row));
        first.into_iter().chain(second).collect()
    }

    /// A cell in words: `p = 0.5, b = ⅓`.
    pub(crate) fn title(&self, cell: Cell) -> String {
        let parts = self.settings(cell).into_iter();
        let parts =
            parts.map(|(factor, value)| format!("{} = {}", factor.short(), format_value(value)));
        parts.collect::<Vec<_>>().join(", ")
    }

    /// The configuration of a run.
    pub(crate) fn config(&self, job: Job) -> RunConfig {
        let mut config = self.base.clone();
        for (factor, value) in self.settings(job.cell) {
            factor.set(&mut config, value);
        }
        if let Some(&seed) = self.seeds.get(job.seed) {
            config.training.seed = seed;
        }
        config
    }

    /// What a run has in common with those that need not train its other arms anew; `None` where
    /// nothing is to be saved.
    pub(crate) fn shared_arms(&self, job: Job) -> Option<SharedArms> {
        let spread = |range: &Range| range.factor.touches_one_arm();
        let column = (!spread(&self.columns)).then_some(job.cell.column);
        let row = self.rows.as_ref().filter(|rows| !spread(rows));
        let row = row.map(|_| job.cell.row);
        let shared = spread(&self.columns) || self.rows.as_ref().is_some_and(spread);
        let others = self.base.arms.len() > RSC;
        (shared && others).then_some(SharedArms {
            seed: job.seed,
            row,
            column,
        })
    }

    /// Whether the plain arm is trained once for several cells.
    pub(crate) fn shares(&self) -> bool {
        let first = self.jobs().first().copied();
        first.is_some_and(|job| self.shared_arms(job).is_some())
    }

    /// As [`Self::config`], with the challenged arm alone.
    pub(crate) fn config_of_one(&self, job: Job) -> RunConfig {
        let mut config = self.config(job);
        config.arms = config.arms.into_iter().skip(RSC).take(1).collect();
        config
    }

    /// Why a cell is not possible, if so.
    pub(crate) fn refusal(&self, cell: Cell) -> Option<String> {
        let config = self.config(Job { seed: 0, cell });
        config
            .validate()
            .err()
            .map(|error| refusal::sentence(&error))
    }

    /// The runs to make, in their order. Cells that are not possible are left out.
    pub(crate) fn jobs(&self) -> Vec<Job> {
        let possible: Vec<Cell> = self
            .cells()
            .filter(|&cell| self.refusal(cell).is_none())
            .collect();
        let seeds = 0..self.seeds.len();
        seeds
            .flat_map(|seed| possible.iter().map(move |&cell| Job { seed, cell }))
            .collect()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::super::*;
    use super::*;

    pub(crate) fn plan(p: &str, b: Option<&str>, seeds: &str) -> Plan {
        let second = b.map(|b| (Factor::B, b));
        match Plan::read(RunConfig::default(), (Factor::P, p), second, seeds) {
            Ok(plan) => plan,
            Err(problem) => panic!("{problem:?}"),
        }
    }

    #[test]
    fn seeds_are_outermost() {
        let plan = plan("0.2, 0.4", Some("0.5, 1"), "7, 9");
        let order: Vec<(u64, f64, f64)> = plan
            .jobs()
            .into_iter()
            .map(|job| {
                let config = plan.config(job);
                assert_eq!(config.validate(), Ok(()));
                let challenge = &config.arms[1].challenge;
                (config.training.seed, challenge.p, challenge.b)
            })
            .collect();
        assert_eq!(
            order,
            [
                (7, 0.2, 0.5),
                (7, 0.4, 0.5),
                (7, 0.2, 1.0),
                (7, 0.4, 1.0),
                (9, 0.2, 0.5),
                (9, 0.4, 0.5),
                (9, 0.2, 1.0),
                (9, 0.4, 1.0)
            ]
        );
        let mut sorted = plan.jobs();
        sorted.sort();
        assert_eq!(sorted, plan.jobs());
        let cell = Cell { row: 1, column: 0 };
        assert_eq!(plan.title(cell), "p = 0.2, b = 1");
    }

    #[test]
    fn runs_that_differ_in_the_challenge_alone_share_arms() {
        let both = plan("0.2, 0.4", Some("0.5, 1"), "7, 9");
        let shared_arms = |plan: &Plan| -> Vec<_> {
            let jobs = plan.jobs().into_iter();
            jobs.map(|job| plan.shared_arms(job)).collect()
        };
        let all = shared_arms(&both);
        assert!(all[0].is_some() && all[..4].iter().all(|it| *it == all[0]));
        assert!(all[4..].iter().all(|it| *it == all[4]) && all[4] != all[0]);
        assert!(both.shares());

        let rate = (Factor::LearningRate, "0.1, 0.2");
        let read = Plan::read(
            RunConfig::default(),
            (Factor::P, "0.2, 0.4"),
            Some(rate),
            "0",
        );
        let mixed = read.expect("a plan");
        let all = shared_arms(&mixed);
        assert_eq!(all[0], all[1]);
        assert_ne!(all[0], all[2]);
        let job = mixed.jobs()[1];
        let alone = mixed.config_of_one(job);
        assert_eq!(alone.validate(), Ok(()));
        assert_eq!(alone.arms[..], mixed.config(job).arms[1..]);

        let read = Plan::read(RunConfig::default(), (Factor::Epochs, "1, 2"), None, "0");
        assert!(read.is_ok_and(|plan| shared_arms(&plan) == [None, None] && !plan.shares()));
        let mut one_arm = RunConfig::default();
        one_arm.arms.truncate(1);
        let read = Plan::read(one_arm, (Factor::P, "0.2"), None, "0");
        assert!(read.is_ok_and(|plan| !plan.shares()));
    }

    #[test]
    fn everything_else_is_as_in_the_base() {
        let mut base = RunConfig::default();
        base.training.epochs = 3;
        base.training.seed = 5;
        let read = Plan::read(base.clone(), (Factor::P, "1/3"), None, "5");
        assert!(
            matches!(&read, Ok(plan) if plan.jobs().iter().all(|&job| plan.config(job) == base)),
            "{read:?}"
        );
    }

    #[test]
    fn refused_cells_are_left_out_and_say_why() {
        let plan = plan("0.5, 1.5", Some("0.5, 1"), "0");
        assert_eq!(plan.jobs().len(), 2);
        let refusal = plan.refusal(Cell { row: 0, column: 1 });
        assert!(refusal.is_some_and(|why| why.contains("challenge.p") && why.contains("1.5")));
        assert_eq!(plan.refusal(Cell { row: 1, column: 0 }), None);
    }

    #[test]
    fn problems_name_their_input() {
        let read = |p, second, seeds| {
            let read = Plan::read(RunConfig::default(), (Factor::P, p), second, seeds);
            read.err().map(|problem| problem.input)
        };
        assert_eq!(read("x", None, "0"), Some(Input::First));
        let twice = Some((Factor::P, "0.5"));
        assert_eq!(read("0.5", twice, "0"), Some(Input::Second));
        let empty = Some((Factor::B, ""));
        assert_eq!(read("0.5", empty, "0"), Some(Input::SecondValues));
        assert_eq!(read("0.5", None, "-1"), Some(Input::Seeds));
        assert_eq!(read("0.5", None, "1.5"), Some(Input::Seeds));
        assert_eq!(read("2, 3", None, "0"), Some(Input::Grid));
        assert_eq!(read("0.5", None, "0 to 2 in 3"), None);
    }
}
