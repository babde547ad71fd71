//! The benchmark, `?bench`: how fast this browser trains on each of its devices.

pub(crate) mod model;
pub(crate) mod state;
pub(crate) mod view;
