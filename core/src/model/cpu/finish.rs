//! What follows a convolution in the same pass, while an image's outputs are in the cache.

use burn::backend::flex::FlexTensor;

use super::{primitive::with_values, simd::add_and_limit};
use crate::model::clamp::Clamp;

/// A bias for each channel, and a clamp.
pub(super) struct Finish {
    bias: Option<Vec<f32>>,
    clamp: Clamp,
}

impl Finish {
    /// Adds the bias, `[K]`, then clamps.
    pub(super) fn new(bias: Option<&FlexTensor>, clamp: Clamp) -> Self {
        Self {
            bias: bias.map(|bias| with_values(bias, <[f32]>::to_vec)),
            clamp,
        }
    }

    /// The bias of a channel, 0 where there is none.
    pub(super) fn bias(&self, channel: usize) -> f32 {
        self.bias.as_ref().map_or(0.0, |bias| bias[channel])
    }

    /// What a value is limited to.
    pub(super) fn bounds(&self) -> Option<[f32; 2]> {
        self.clamp.bounds()
    }

    /// Finishes the values of one channel.
    pub(super) fn channel(&self, channel: usize, values: &mut [f32]) {
        let bias = self.bias.as_ref().map(|bias| bias[channel]);
        if bias.is_some() || self.clamp != Clamp::None {
            add_and_limit(values, bias.unwrap_or(0.0), self.clamp.bounds());
        }
    }
}
