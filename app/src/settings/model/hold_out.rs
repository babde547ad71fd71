//! Which domain of the visitor's images is held out.

use rsc_core::config::RunConfig;

/// What is held out of training.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct HoldOut {
    /// The domain that is never trained on; `None` leaves it to [`Self::together`].
    pub(crate) held_out: Option<String>,
    /// Where no domain is chosen: whether all domains are trained on as one, or the engine holds out
    /// the last one by name.
    pub(crate) together: bool,
}

impl HoldOut {
    /// What the settings hold out.
    pub(crate) fn of(config: &RunConfig) -> Self {
        Self {
            held_out: config.data.held_out.clone(),
            together: config.data.together,
        }
    }

    /// Has the settings hold this out.
    pub(crate) fn set(self, config: &mut RunConfig) {
        config.data.held_out = self.held_out;
        config.data.together = self.together;
    }
}
