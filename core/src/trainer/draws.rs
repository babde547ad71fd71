//! What a step draws at random for an arm beside its challenge: Mixup's pairs, and what a regulariser drops.

use burn::tensor::Tensor;

use super::batch::Batch;
use crate::methods::{MixupDraw, mixup};

/// The draws of one step of one arm.
#[derive(Debug, Clone, Default)]
pub struct Draws {
    /// Factors of the images, `[B, 1, S, S]`.
    pub erasing: Option<Tensor<4>>,
    /// Which domains are mixed, and how much of each.
    pub mixup: Option<MixupDraw>,
    /// Factors of the features at the challenge point: `[B, C, H, W]` or `[B, C, 1, 1]`.
    pub drop: Option<Tensor<4>>,
}

impl Draws {
    /// The batch with images erased and mixed; `None` where it stays as it is.
    pub(super) fn varied(&self, batch: &Batch) -> Option<Batch> {
        if self.erasing.is_none() && self.mixup.is_none() {
            return None;
        }
        let mut varied = batch.clone();
        if let Some(factors) = &self.erasing {
            varied.images = varied.images * factors.clone();
        }
        if let Some(draw) = &self.mixup {
            (varied.images, varied.one_hot) = mixup(&varied.images, &varied.one_hot, draw);
        }
        Some(varied)
    }
}
