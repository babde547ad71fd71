//! A run that is over before the arms that it shares.

use rsc_core::protocol::EvaluationRecord;

use crate::runs::model::RunRecord;
use crate::sweep::model::Job;

/// What a run of the challenged arm alone came to.
#[derive(Debug, Clone)]
pub(super) struct Held {
    pub(super) job: Job,
    pub(super) run: RunRecord,
    pub(super) record: EvaluationRecord,
}
