//! What is known of the engine, as plain data and texts.

pub(crate) mod device_labels;
pub(crate) mod failure;
