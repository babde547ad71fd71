//! Saving to the browser's database, and restoring from it. This room knows the features; they do not
//! know it.

pub(crate) mod model;
pub(crate) mod state;
pub(crate) mod view;
