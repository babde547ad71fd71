//! The runs of this browser: the list, differences, overlays in charts, checkpoints.

pub(crate) mod model;
pub(crate) mod state;
pub(crate) mod view;
