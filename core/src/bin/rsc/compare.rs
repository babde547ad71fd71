//! `rsc compare`: the arms of one or several runs, with intervals, paired differences and their tests.

use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};

use crate::{
    comparison::{Comparison, Measure, arms, baseline, compare, difference_of_data},
    comparison_text::{as_csv, as_json, as_latex, as_markdown, as_text},
    trained::TrainedRun,
};

/// Options of `rsc compare`.
#[derive(Args)]
pub(crate) struct CompareArgs {
    /// Folders of runs: what `rsc train --out` has written.
    #[arg(required = true, value_name = "DIR")]
    runs: Vec<PathBuf>,
    /// Compare all arms with this one, instead of all pairs: DIR/arm, or the arm's name where one run has it.
    #[arg(long, value_name = "NAME")]
    baseline: Option<String>,
    /// How the comparison is written.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// Compare runs with different data too.
    #[arg(long)]
    mixed: bool,
}

/// How a comparison is written.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    /// Tables for the terminal.
    Text,
    /// Tables in Markdown.
    Markdown,
    /// Tables in LaTeX, for the package booktabs.
    Latex,
    /// One table of comma-separated values, accuracies as fractions.
    Csv,
    /// JSON, with the value of each seed.
    Json,
}

/// Runs `rsc compare`.
pub(crate) fn run(arguments: &CompareArgs) -> Result<()> {
    let runs = arguments.runs.iter().map(|folder| TrainedRun::open(folder));
    let runs: Vec<TrainedRun> = runs.collect::<Result<_>>()?;
    for (i, run) in runs.iter().enumerate() {
        if runs[..i].iter().any(|other| other.folder == run.folder) {
            bail!(
                "{}: the run is named twice: name it once",
                run.folder.display()
            );
        }
        let difference = difference_of_data(&runs[0], run);
        if let Some(difference) = difference.filter(|_| !arguments.mixed) {
            bail!(
                "the runs in {} and {} are not on the same data ({difference}): name runs on the same \
                 data, or compare them nevertheless with --mixed",
                runs[0].folder.display(),
                run.folder.display()
            );
        }
    }
    let arms = arms(&runs);
    let named = arguments.baseline.as_deref();
    let baseline = named.map(|name| baseline(&arms, name)).transpose()?;
    let comparisons: Vec<Comparison> = Measure::ALL
        .into_iter()
        .filter_map(|measure| compare(&arms, measure, baseline))
        .collect();
    let written = match arguments.format {
        Format::Text => as_text(&comparisons),
        Format::Markdown => as_markdown(&comparisons),
        Format::Latex => as_latex(&comparisons),
        Format::Csv => as_csv(&comparisons)?,
        Format::Json => as_json(&comparisons)?,
    };
    crate::terminal::show(&written);
    for run in &runs {
        for line in run.notes.untested.lines() {
            note!("{}: {line}", run.folder.display());
        }
    }
    Ok(())
}
