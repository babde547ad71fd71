//! One of the models that a run trains side by side.

use super::step::Learner;
use crate::{config::ChallengeConfig, model::Network};

/// One model in a run.
pub struct Arm {
    /// Its name.
    pub name: String,
    /// Its challenge, as it is now.
    pub challenge: ChallengeConfig,
    /// Its weights, on a device with autodiff.
    pub network: Network,
    pub(super) learner: Learner,
    pub(super) index: usize,
}

impl Arm {
    /// Its index among the arms of the settings.
    pub fn index(&self) -> usize {
        self.index
    }
}
