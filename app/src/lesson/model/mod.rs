//! The lesson as data: which phrases of its chapters set or show something, and when a chapter
//! counts as done. In the chapters' texts `[words](name)` stands for the phrase with that name.

pub(crate) mod action;
pub(crate) mod chapter;
pub(crate) mod chapters;
pub(crate) mod check;
pub(crate) mod phrase;
pub(crate) mod progress;
#[cfg(test)]
pub(crate) mod tests;

pub(crate) use action::{Action, Availability};
pub(crate) use chapter::{Chapter, Task};
pub(crate) use chapters::CHAPTERS;
pub(crate) use check::{Facts, Since, Status, check};
pub(crate) use phrase::{Phrase, Span};
pub(crate) use progress::{Progress, Sheet};
