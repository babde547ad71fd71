//! A sweep: the same run under a grid of settings and several seeds.

pub(crate) mod model;
pub(crate) mod state;
pub(crate) mod view;
