//! What all cells together say: a table for each way of selection, and the differences between methods.

use std::collections::{BTreeSet, HashMap};

use super::{
    cells::Protocol,
    select::{Outcome, Selection},
};
use crate::statistics::{Paired, Spread, holm, paired};

/// The last column: the mean over the held-out domains.
pub(crate) const AVERAGE: &str = "Avg";

/// Everything that is reported of a protocol.
pub(crate) struct Summary {
    /// Name of the protocol.
    pub(crate) name: String,
    /// Its hash.
    pub(crate) hash: String,
    /// All its cells.
    pub(crate) cells: usize,
    /// Those that have no record yet.
    pub(crate) missing: usize,
    /// Those whose training diverged.
    pub(crate) diverged: usize,
    /// The devices that the cells were made on.
    pub(crate) devices: Vec<String>,
    /// The versions of the program that they were made by.
    pub(crate) versions: Vec<String>,
    /// Classes that accuracies say nothing about, a line for each held-out domain and kind of accuracy.
    pub(crate) untested: Vec<String>,
    /// A table for each way of selection.
    pub(crate) tables: Vec<Table>,
}

/// The table of one way of selection.
pub(crate) struct Table {
    /// How samples and checkpoints were selected.
    pub(crate) selection: Selection,
    /// The held-out domains, then [`AVERAGE`].
    pub(crate) columns: Vec<String>,
    /// A row for each method.
    pub(crate) rows: Vec<Row>,
    /// All pairs of methods in all columns.
    pub(crate) differences: Vec<Difference>,
}

/// A method's results.
pub(crate) struct Row {
    /// The method.
    pub(crate) method: String,
    /// Accuracy over seeds in each column, `0..=1`; `None` where no seed has all samples yet.
    pub(crate) entries: Vec<Option<Spread>>,
}

/// The difference between two methods: same seeds, same held-out domains, so the same initial weights.
pub(crate) struct Difference {
    /// The method whose accuracy is taken.
    pub(crate) method: String,
    /// The method whose accuracy is subtracted.
    pub(crate) minus: String,
    /// The held-out domain, or [`AVERAGE`].
    pub(crate) column: String,
    /// The differences.
    pub(crate) paired: Paired,
    /// p, adjusted for the number of tests in the table (Holm 1979).
    pub(crate) adjusted: Option<f64>,
}

impl Summary {
    /// From the cells that are there.
    pub(crate) fn of(protocol: &Protocol, outcomes: &[Outcome]) -> Self {
        let distinct = |of: fn(&Outcome) -> &str| {
            let all: BTreeSet<&str> = outcomes.iter().map(of).collect();
            all.into_iter().map(str::to_owned).collect()
        };
        Self {
            name: protocol.name.clone(),
            hash: protocol.hash.clone(),
            cells: protocol.cells.len(),
            missing: protocol.cells.len() - outcomes.len(),
            diverged: outcomes.iter().filter(|it| it.diverged).count(),
            devices: distinct(|it| &it.device),
            versions: distinct(|it| &it.version),
            untested: untested(protocol, outcomes),
            tables: Selection::ALL
                .map(|selection| Table::of(protocol, outcomes, selection))
                .into(),
        }
    }
}

/// What is not tested on where each domain is held out: once, though all cells say it.
fn untested(protocol: &Protocol, outcomes: &[Outcome]) -> Vec<String> {
    let mut said = Vec::new();
    for held_out in &protocol.held_out {
        let of_domain = outcomes.iter().filter(|it| it.held_out == *held_out);
        let lines: BTreeSet<String> = of_domain.flat_map(|it| it.untested.lines()).collect();
        said.extend(
            lines
                .into_iter()
                .map(|line| format!("{held_out} held out: {line}")),
        );
    }
    said
}

/// The accuracies of a method in a column, by seed.
type BySeed = Vec<Option<f64>>;

impl Table {
    fn of(protocol: &Protocol, outcomes: &[Outcome], selection: Selection) -> Self {
        let mut columns = protocol.held_out.clone();
        columns.push(AVERAGE.to_owned());
        let groups = groups(outcomes);
        let accuracies: Vec<Vec<BySeed>> = protocol
            .methods
            .iter()
            .zip(&protocol.samples)
            .map(|(method, &samples)| {
                let of = |held_out: &String| -> BySeed {
                    let of = |&seed: &u64| {
                        let group = groups.get(&(method.as_str(), held_out.as_str(), seed));
                        let group = group.map_or(&[][..], Vec::as_slice);
                        // A choice among some of the samples would be another method of selection.
                        let whole = group.len() == samples;
                        let chosen = whole.then(|| selection.choose(group)).flatten();
                        chosen.map(|it| it.accuracy)
                    };
                    protocol.seeds.iter().map(of).collect()
                };
                let mut columns: Vec<BySeed> = protocol.held_out.iter().map(of).collect();
                columns.push(average(&columns));
                columns
            })
            .collect();
        let rows = protocol.methods.iter().zip(&accuracies);
        let rows = rows.map(|(method, columns)| Row {
            method: method.clone(),
            entries: columns
                .iter()
                .map(|seeds| Spread::of(seeds.iter().flatten().copied().collect()))
                .collect(),
        });
        Self {
            selection,
            rows: rows.collect(),
            differences: differences(&protocol.methods, &columns, &accuracies),
            columns,
        }
    }
}

/// The cells of each method, held-out domain and seed, in their order.
fn groups(outcomes: &[Outcome]) -> HashMap<(&str, &str, u64), Vec<&Outcome>> {
    let mut groups: HashMap<_, Vec<&Outcome>> = HashMap::new();
    for outcome in outcomes {
        let key = (
            outcome.method.as_str(),
            outcome.held_out.as_str(),
            outcome.seed,
        );
        groups.entry(key).or_default().push(outcome);
    }
    groups
}

/// Of each seed the mean over columns; `None` where one is missing.
fn average(columns: &[BySeed]) -> BySeed {
    let seeds = columns.first().map_or(0, Vec::len);
    let mean = |seed: usize| {
        let all: Option<Vec<f64>> = columns.iter().map(|column| column[seed]).collect();
        all.map(|all| all.iter().sum::<f64>() / all.len() as f64)
    };
    (0..seeds).map(mean).collect()
}

fn differences(
    methods: &[String],
    columns: &[String],
    accuracies: &[Vec<BySeed>],
) -> Vec<Difference> {
    let mut found = Vec::new();
    for (minus, first) in methods.iter().zip(accuracies) {
        let later = methods.iter().zip(accuracies);
        for (method, second) in later.skip_while(|it| it.0 != minus).skip(1) {
            for (column, (a, b)) in columns.iter().zip(second.iter().zip(first)) {
                let both = a.iter().zip(b).filter_map(|(a, b)| Some(((*a)?, (*b)?)));
                let (a, b): (Vec<f64>, Vec<f64>) = both.unzip();
                if let Some(paired) = paired(&a, &b) {
                    found.push(Difference {
                        method: method.clone(),
                        minus: minus.clone(),
                        column: column.clone(),
                        paired,
                        adjusted: None,
                    });
                }
            }
        }
    }
    let tested: Vec<f64> = found.iter().filter_map(|it| it.paired.p).collect();
    let mut adjusted = holm(&tested).into_iter();
    for difference in &mut found {
        if difference.paired.p.is_some() {
            difference.adjusted = adjusted.next();
        }
    }
    found
}
