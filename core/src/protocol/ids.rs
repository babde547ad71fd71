//! The numbers that tell runs and answers apart.

/// Chosen by the page, one for each [`Command::Configure`](super::Command::Configure); later runs
/// have larger ids.
pub type RunId = u32;

/// Chosen by the page, one for each question.
pub type RequestId = u32;
