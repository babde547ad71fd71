//! How far a protocol has come, for somebody who watches.

use std::time::Duration;

use anyhow::Result;
use indicatif::{ProgressBar, ProgressStyle};

use super::{cells::Cell, record::CellRecord};

/// Parts that a cell counts for.
const PARTS: f64 = 1000.0;

/// A bar over all cells that were missing at first.
pub(crate) struct Progress {
    bar: ProgressBar,
    cells: usize,
}

impl Progress {
    /// Over `missing` of so many `cells`.
    pub(crate) fn new(missing: usize, cells: usize) -> Result<Self> {
        let style = ProgressStyle::with_template("{bar:32} {percent} %, {eta} left  {msg}")?;
        let bar = ProgressBar::new((missing as f64 * PARTS) as u64).with_style(style);
        bar.enable_steady_tick(Duration::from_millis(250));
        Ok(Self { bar, cells })
    }

    /// For a process whose output nobody sees.
    pub(crate) fn hidden() -> Self {
        Self {
            bar: ProgressBar::hidden(),
            cells: 0,
        }
    }

    /// Says what is at work.
    pub(crate) fn name(&self, message: &str) {
        self.bar.set_message(message.to_owned());
    }

    /// Shows that so many cells are done, and a fraction of another one.
    pub(crate) fn show(&self, done: usize, fraction: f64) {
        self.bar
            .set_position(((done as f64 + fraction) * PARTS) as u64);
    }

    /// Says something above the bar.
    pub(crate) fn say(&self, message: &str) {
        if self.cells > 0 {
            self.bar.suspend(|| say!("{message}"));
        }
    }

    /// Says what somebody should know of.
    pub(crate) fn warn(&self, message: &str) {
        self.bar.suspend(|| note!("{message}"));
    }

    /// Reports a cell.
    pub(crate) fn report(&self, cell: &Cell, record: &CellRecord) {
        let last = record.evaluations.last();
        let result = match (record.diverged, last) {
            (Some(step), _) => format!("diverged at step {step}"),
            (None, Some(last)) => format!("{:.1} %", last.held_out_in.accuracy() * 100.0),
            (None, None) => String::from("no evaluation"),
        };
        self.say(&format!(
            "cell {} of {}: {}: {result}, {:.0} s",
            cell.index + 1,
            self.cells,
            cell.title(),
            record.seconds
        ));
    }

    /// Takes the bar away.
    pub(crate) fn end(&self) {
        self.bar.finish_and_clear();
    }
}
