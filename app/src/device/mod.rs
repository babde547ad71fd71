//! The device in detail: its limits, its memory, the parts of a step, and a check of its arithmetic.

pub(crate) mod state;
pub(crate) mod view;
