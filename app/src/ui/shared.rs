//! State that lives as long as the page.

use std::ops::Deref;

/// A value that is never dropped; copying it copies a reference.
///
/// A feature's state is a struct of signals and of the states it builds on. Handed on by value, each of
/// the page's closures and contexts would carry all of them, hundreds of bytes, and so would the code
/// that copies them.
pub(crate) struct Shared<T: 'static>(&'static T);

impl<T> Shared<T> {
    /// Keeps the value for the rest of the visit.
    pub(crate) fn leak(value: T) -> Self {
        Self(Box::leak(Box::new(value)))
    }
}

// Derived, both would ask the same of `T`.
impl<T> Clone for Shared<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Shared<T> {}

impl<T> Deref for Shared<T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.0
    }
}
