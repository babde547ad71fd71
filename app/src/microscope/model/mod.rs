//! Rounds, sheets of channels, and pages of images.

pub(crate) mod image_pages;
pub(crate) mod rounds;
pub(crate) mod tiles;
