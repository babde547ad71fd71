//! Curves over the steps of a run, with those of other runs beside them.

pub(crate) mod model;
pub(crate) mod view;
pub(crate) mod widgets;
