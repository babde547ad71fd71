//! What is done before a run's first step.

/// What takes a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Task {
    /// The features of frozen stages are computed.
    Features,
    /// The browser compiles programs for the GPU.
    Programs,
}

/// Something that takes a while, and how far it is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Activity {
    /// What it is.
    pub(crate) task: Task,
    /// What it is and how far, in words.
    pub(crate) text: String,
    /// How long it still takes.
    pub(crate) left: Option<String>,
    /// How much of it is done, from 0 to 1.
    pub(crate) share: f64,
    /// When it began, and how much was done then.
    pub(crate) began: (f64, u64),
}
