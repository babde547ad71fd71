//! Runs as they are remembered: what each was, what came of it, and what tells it from the others.
//! Plain data that can be stored, and the rules for keeping it.

mod change;
mod difference;
mod list;
mod names;
mod record;
mod stored;
mod words;

pub(crate) use change::{Change, note};
pub(crate) use difference::{Difference, differences};
pub(crate) use list::{MOST_UNPINNED, RunList};
pub(crate) use names::{LONGEST_NAME, checked_name, name};
pub(crate) use record::{Accuracy, CURVES, Evaluation, Facts, RunRecord, values};
