//! Pictures that are not in the data, a camera's or a file: what every arm of the run answers, and why.

pub(crate) mod model;
pub(crate) mod state;
pub(crate) mod view;
