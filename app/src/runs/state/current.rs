//! What is known of the current run beside the signals of training.

use rsc_core::config::RunConfig;

use crate::runs::model::Change;

/// The current run's place in the list, before it is part of the list.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Current {
    /// The id that it will have in the list.
    pub(crate) id: u64,
    pub(super) name: String,
    pub(super) renamed: bool,
    pub(super) pinned: bool,
    pub(super) device: String,
    pub(super) started: Option<f64>,
    /// The settings of its last step; `None` before the first.
    pub(super) trained_with: Option<RunConfig>,
    pub(super) changes: Vec<Change>,
}
