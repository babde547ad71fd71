//! Small pictures of a preset's data.

use std::sync::Arc;

/// A small picture of a run's data.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Thumbnail {
    /// Caption.
    pub(crate) name: String,
    /// Whether its domain is held out.
    pub(crate) new_domain: bool,
    /// RGBA pixels of a square.
    pub(crate) pixels: Arc<Vec<u8>>,
    /// Side of the square.
    pub(crate) side: u32,
}
