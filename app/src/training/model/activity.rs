//! What is done before a run's first step.

/// Something that takes a while, and how far it is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Activity {
    /// What it is and how far, in words.
    pub(crate) text: String,
    /// How long it still takes.
    pub(crate) left: Option<String>,
    /// How much of it is done, from 0 to 1.
    pub(crate) share: f64,
    /// When it began, and how much was done then.
    pub(crate) began: (f64, u64),
}
