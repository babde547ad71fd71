//! Training or evaluation, an argument of each layer: it does not follow from autodiff, since a
//! challenge takes gradients in evaluation mode.

/// Whether layers behave as in training.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Batch statistics, running statistics updated.
    Train,
    /// Batch statistics, nothing updated: a further pass over the same batch.
    TrainAgain,
    /// Running statistics, nothing updated.
    Evaluate,
}
