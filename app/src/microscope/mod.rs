//! One image, stage by stage: features, gradient, importance, mask, probabilities.

pub(crate) mod model;
pub(crate) mod state;
pub(crate) mod view;
