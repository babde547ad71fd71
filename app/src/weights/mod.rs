//! The weights of pretrained networks: fetched from this site or brought by the visitor, kept for later
//! runs, and given to the engine.

pub(crate) mod model;
pub(crate) mod state;
pub(crate) mod widgets;
