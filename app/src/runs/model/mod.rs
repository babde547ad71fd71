//! Runs as plain data: records, names, differences, and the rules of the list.

pub(crate) mod change;
pub(crate) mod chart_overlay;
pub(crate) mod course;
pub(crate) mod curve_serde;
pub(crate) mod difference;
pub(crate) mod labels;
pub(crate) mod list;
pub(crate) mod names;
pub(crate) mod record;
pub(crate) mod revision;
pub(crate) mod usage;

pub(crate) use change::{Change, note};
pub(crate) use difference::{Difference, differences};
pub(crate) use list::{MOST_UNPINNED, RunList};
pub(crate) use names::{LONGEST_NAME, checked_name, name};
pub(crate) use record::{Accuracy, Evaluation, Facts, RunRecord};
pub(crate) use revision::Revision;
