//! A sweep: the same run under a grid of settings and several seeds. What is to be run, in which
//! order, what came of it and how it is written down; nothing here knows a browser.

mod estimate;
mod export;
mod factor;
mod kept;
mod machine;
mod measure;
mod plan;
mod results;
mod values;

pub(crate) use estimate::{Load, Pace, duration};
pub(crate) use export::{csv, json};
pub(crate) use factor::Factor;
pub(crate) use kept::{Head, KeptRun};
pub(crate) use machine::{Machine, Phase};
pub(crate) use measure::{Measure, ink, position, scale};
pub(crate) use plan::{Cell, Input, Job, Plan, Problem};
pub(crate) use results::{Outcome, Shown, Spread};
pub(crate) use values::shown;

/// Most values of one setting.
pub(crate) const MOST_VALUES: usize = 12;
/// Most seeds.
pub(crate) const MOST_SEEDS: usize = 20;

/// Index of the plainly trained arm in every run of this page.
const ERM: usize = 0;
/// Index of the challenged arm.
const RSC: usize = 1;
