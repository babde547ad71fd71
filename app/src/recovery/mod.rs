//! After a failure: what was saved, and how to continue.

pub(crate) mod view;
