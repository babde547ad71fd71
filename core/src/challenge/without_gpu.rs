//! What the GPU device's own challenge is in a module without that device: there is none.

/// No ranking.
pub(super) mod at_or_above_kth {
    use burn::tensor::Tensor;

    /// `None`, always.
    pub(in crate::challenge) fn at_or_above_kth(_: &Tensor<2>, _: usize) -> Option<Tensor<2>> {
        None
    }
}

/// No challenge of each sample.
pub(super) mod challenge_samples {
    use burn::tensor::Tensor;

    use crate::challenge::{Challenge, Challenged, Layer};

    /// `None`, always.
    pub(in crate::challenge) fn challenge_on_gpu(
        _: &Tensor<4>,
        _: &Tensor<2>,
        _: &Layer,
        _: &Challenge,
    ) -> Option<Challenged> {
        None
    }
}

/// No selection in the batch.
pub(super) mod select_samples {
    use burn::tensor::Tensor;

    /// `None`, always.
    pub(in crate::challenge) fn select_samples(
        _: &Tensor<1>,
        _: &Tensor<2>,
        _: f64,
        _: Option<f64>,
    ) -> Option<(Tensor<1>, Tensor<2>)> {
        None
    }
}
