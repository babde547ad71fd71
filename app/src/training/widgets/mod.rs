//! Parts of the current run that other rooms show as well.

pub(crate) mod guess;
pub(crate) mod untested;
