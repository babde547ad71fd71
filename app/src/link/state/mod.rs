//! The address bar, and what of the page is hidden.

pub(crate) mod address;
pub(crate) mod visibility;
