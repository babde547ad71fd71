//! What can change about a run that is stored, so that it is written again only after a change.

use rsc_core::protocol::RunState;

use crate::runs::model::RunRecord;

/// What can change about a run; all else about it follows.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Revision {
    name: String,
    pinned: bool,
    steps: u64,
    evaluations: usize,
    changes: usize,
    state: RunState,
}

impl From<&RunRecord> for Revision {
    fn from(run: &RunRecord) -> Self {
        Self {
            name: run.name.clone(),
            pinned: run.pinned,
            steps: run.steps,
            evaluations: run.evaluations.len(),
            changes: run.changes.len(),
            state: run.state,
        }
    }
}
