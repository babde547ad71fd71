//! What a run has learned: accuracies, feature usage, confusion matrices.

pub(crate) mod model;
pub(crate) mod state;
pub(crate) mod view;
