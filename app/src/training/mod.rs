//! The current run: play, step, reset; its arms and its metrics.

pub(crate) mod model;
pub(crate) mod state;
pub(crate) mod view;
pub(crate) mod widgets;
