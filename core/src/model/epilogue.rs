//! What can follow a convolution within its program on a GPU.

use super::clamp::Clamp;

/// What is computed together with a convolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Epilogue {
    /// A clamp, or nothing.
    Clamp(Clamp),
    /// ReLU and a 2×2 max-pool; after 3×3 convolutions only.
    ReluPool,
}

impl Epilogue {
    /// The clamp before the pool, if there is one.
    #[cfg(feature = "gpu")]
    pub(super) fn clamp(self) -> Clamp {
        match self {
            Self::Clamp(clamp) => clamp,
            Self::ReluPool => Clamp::Relu,
        }
    }
}
