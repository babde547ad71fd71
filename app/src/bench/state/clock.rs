//! The time that a measurement may take.

use crate::ui::browser;

/// The time that a measurement may take, where it is limited.
pub(crate) struct Clock {
    began: f64,
    limit_ms: Option<f64>,
}

impl Clock {
    /// Starts it, with a limit or without one.
    pub(crate) fn start(seconds: Option<u32>) -> Self {
        Self {
            began: browser::now(),
            limit_ms: seconds.map(|seconds| 1e3 * f64::from(seconds)),
        }
    }

    /// Whether the limit is reached.
    pub(crate) fn is_over(&self) -> bool {
        self.limit_ms
            .is_some_and(|limit| browser::now() - self.began > limit)
    }
}
