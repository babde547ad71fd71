//! Thresholds, colour scales and the choice of classes.

pub(crate) mod classes;
pub(crate) mod scales;
pub(crate) mod threshold;
