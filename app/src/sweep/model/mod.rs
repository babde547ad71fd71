//! A sweep: the same run under a grid of settings and several seeds. Its plan, the order of its runs,
//! results and exports, without a browser.

pub(crate) mod cell_value;
pub(crate) mod estimate;
pub(crate) mod export;
pub(crate) mod factor;
pub(crate) mod limits;
pub(crate) mod machine;
pub(crate) mod measure;
pub(crate) mod plan;
pub(crate) mod results;
pub(crate) mod saved;
pub(crate) mod values;

pub(crate) use cell_value::{CellValue, Spread};
pub(crate) use estimate::{Pace, SweepCost, duration, workers_for};
pub(crate) use export::{csv, json};
pub(crate) use factor::Factor;
pub(crate) use limits::{MOST_SEEDS, MOST_VALUES};
pub(crate) use machine::{Machine, Phase};
pub(crate) use measure::{Measure, ink, position, scale};
pub(crate) use plan::{Cell, Input, Job, Plan, Problem};
pub(crate) use results::Outcome;
pub(crate) use saved::{Head, SavedRun, SavedSweep};
pub(crate) use values::format_value;
