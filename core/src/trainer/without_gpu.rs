//! What the GPU device's own loss, metrics and optimizer are in a module without that device: there are none.

/// No loss.
pub(super) mod cross_entropy {
    use burn::tensor::Tensor;

    /// `None`, always.
    pub(in crate::trainer) fn cross_entropy(
        _: &Tensor<2>,
        _: &Tensor<2>,
        _: f64,
    ) -> Option<Tensor<1>> {
        None
    }
}

/// No metrics.
pub(super) mod metrics {
    use burn::tensor::Tensor;

    use crate::challenge::Challenged;

    /// `None`, always.
    pub(in crate::trainer) fn metrics_on_gpu(
        _: &Tensor<1>,
        _: &Tensor<2>,
        _: &Tensor<2>,
        _: Option<&Challenged>,
        _: usize,
    ) -> Option<Tensor<1>> {
        None
    }
}

/// No optimizer.
pub(super) mod optimizer {
    use burn::tensor::Tensor;

    use crate::trainer::update_rule::UpdateRule;

    /// Weights and moments on a GPU; there is no such value.
    #[derive(Debug, Clone)]
    pub(in crate::trainer) enum FlatState {}

    impl FlatState {
        /// `None`, always.
        pub(in crate::trainer) fn new(_: &[Tensor<1>], _: &[Tensor<1>], _: usize) -> Option<Self> {
            None
        }

        /// Never called.
        pub(in crate::trainer) fn fits(&self, _: &[Tensor<1>]) -> bool {
            match *self {}
        }

        /// Never called.
        pub(in crate::trainer) fn step(
            &mut self,
            _: UpdateRule,
            _: f32,
            _: &[Tensor<1>],
        ) -> Option<Vec<Tensor<1>>> {
            match *self {}
        }

        /// Never called.
        pub(in crate::trainer) fn moment(&self, _: usize) -> Tensor<1> {
            match *self {}
        }
    }
}
