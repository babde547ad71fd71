//! After a failure: what is left, and the ways on.

pub(crate) mod view;
