//! A second recording of the visitor's classes.

/// A recording of all classes in one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Round {
    /// The domain that its pictures go to.
    pub(crate) domain: String,
    /// Whether it was made the held-out one already: the visitor may choose another then.
    pub(crate) held_out: bool,
}
