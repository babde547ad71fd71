//! The guided lesson: chapters, what their phrases set, and the checks of their tasks.

pub(crate) mod model;
pub(crate) mod state;
pub(crate) mod view;
