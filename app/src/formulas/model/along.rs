//! Along which axis an importance is computed.

use rsc_core::config::Axis;

use super::mathml::id;

/// What is muted as one piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Along {
    Positions,
    Channels,
}

impl Along {
    pub(super) fn id(self) -> &'static str {
        match self {
            Self::Positions => "positions",
            Self::Channels => "channels",
        }
    }

    pub(super) fn axis(self) -> Axis {
        match self {
            Self::Positions => Axis::Spatial,
            Self::Channels => Axis::Channel,
        }
    }

    pub(super) fn count(self, [channels, height, width]: [usize; 3]) -> usize {
        match self {
            Self::Positions => height * width,
            Self::Channels => channels,
        }
    }

    /// The index of one of them.
    pub(super) fn index(self) -> String {
        match self {
            Self::Positions => id("i"),
            Self::Channels => id("c"),
        }
    }
}
