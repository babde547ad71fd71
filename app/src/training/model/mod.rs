//! Curves, history and exports of a run, as plain data.

pub(crate) mod activity;
pub(crate) mod curves;
pub(crate) mod history;
pub(crate) mod metrics;
pub(crate) mod outcome;
pub(crate) mod outlook;
pub(crate) mod predictions;
pub(crate) mod trace;
pub(crate) mod untested;
pub(crate) mod waiting;
