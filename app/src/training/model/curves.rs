//! The curves that every step adds a point to.

use rsc_core::protocol::StepRecord;

use crate::settings::model::arms::MOST_ARMS;

/// Curves per step: the loss of each arm that a run can have, then the challenge gap of each.
pub(crate) const CURVES: usize = 2 * MOST_ARMS;

/// The curves' values at a step: the losses, then the challenge gaps of the arms that have one.
pub(crate) fn values(record: &StepRecord) -> [f64; CURVES] {
    std::array::from_fn(|curve| {
        let metrics = record.arms.get(curve % MOST_ARMS);
        let value = metrics.and_then(|metrics| match curve / MOST_ARMS {
            0 => Some(metrics.loss),
            _ => metrics.axis.map(|_| metrics.challenge_gap),
        });
        value.map_or(f64::NAN, f64::from)
    })
}
