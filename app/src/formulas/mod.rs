//! The formulas that a training step follows, with the numbers of the moment.

pub(crate) mod model;
pub(crate) mod view;
