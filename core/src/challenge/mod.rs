//! The heart of the method: which features of each sample are muted, as small pure functions on
//! tensors, each with the formula it implements, testable without a network.
//!
//! Shapes: features `Z` and gradients `G` are `[B, C, H, W]`; importances and masks `[B, n]` with
//! `n = H·W` positions or `n = C` channels; masks hold 1 (keep) or 0 (mute).

mod gpu;
mod head;
mod importance;
mod mask;
mod plan;
mod rank;
mod selection;
mod signal;

pub use head::{Head, Layer};
pub use importance::{activation, importance};
pub use mask::{apply, degenerate, mask, next_round};
pub use plan::{Challenge, Challenged, Ranking, Round, challenge};
pub use rank::at_or_above_kth;
pub use selection::{keep_selected, probability_drop, select};
pub use signal::{gradient, signal};

use crate::config::Axis;

/// The axis of one batch: [`Axis::Mixed`] has been decided by its coin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Along {
    /// Positions.
    Spatial,
    /// Channels.
    Channel,
}

impl Along {
    /// Number of things that can be muted in features of shape `[B, C, H, W]`.
    pub fn count(self, [_, channels, height, width]: [usize; 4]) -> usize {
        match self {
            Self::Spatial => height * width,
            Self::Channel => channels,
        }
    }

    /// The same as a setting.
    pub fn axis(self) -> Axis {
        match self {
            Self::Spatial => Axis::Spatial,
            Self::Channel => Axis::Channel,
        }
    }
}

#[cfg(test)]
mod tests;
