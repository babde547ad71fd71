//! How often a camera is looked at, and the reason of an answer in words.

pub(crate) mod pace;
pub(crate) mod why;
