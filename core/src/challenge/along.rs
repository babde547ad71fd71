//! What a mask mutes in one batch: positions or channels.

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
    /// Number of positions or channels in features of shape `[B, C, H, W]`.
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
