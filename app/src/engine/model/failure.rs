//! What stopped: a run or the engine, and why.

use rsc_core::protocol::Fault;

/// What stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FailedPart {
    /// A run; the engine is well.
    Run,
    /// The engine: it must be started anew.
    Engine,
    /// The engine says nothing. It may be gone, or at work on something large.
    Silent,
}

/// What went wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    /// What stopped.
    pub(crate) stopped: FailedPart,
    /// Of which kind it is.
    pub(crate) fault: Fault,
    /// What the engine or the browser says.
    pub(crate) message: String,
}

impl Failure {
    /// What is said besides the page's own words.
    pub(crate) fn detail(&self) -> Option<String> {
        let own_words = !matches!(self.fault, Fault::Other | Fault::NotFinite { .. });
        (own_words && self.stopped != FailedPart::Silent).then(|| self.message.clone())
    }
}
