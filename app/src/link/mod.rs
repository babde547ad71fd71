//! Settings in the address: links, and which panels a link hides.

pub(crate) mod model;
pub(crate) mod state;
