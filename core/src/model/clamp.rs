//! The activations of pretrained backbones that limit a value to an interval.

/// What limits the outputs of a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Clamp {
    /// Nothing.
    None,
    /// ReLU: `max(x, 0)`.
    Relu,
    /// ReLU6: `min(max(x, 0), 6)`.
    Relu6,
}

impl Clamp {
    /// The interval, if there is one.
    #[cfg(feature = "cpu")]
    pub(super) fn bounds(self) -> Option<[f32; 2]> {
        match self {
            Self::None => None,
            Self::Relu => Some([0.0, f32::INFINITY]),
            Self::Relu6 => Some([0.0, 6.0]),
        }
    }
}
