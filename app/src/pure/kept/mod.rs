//! What the browser keeps between visits, as plain data: its shape and version, what of it has to be
//! written after a change, and the words for what came back.

mod changes;
mod course;
mod merge;
mod project;
mod words;

pub(crate) use changes::{Mark, changes, pace};
pub(crate) use course::Course;
pub(crate) use merge::{Edits, Spot, edits};
pub(crate) use project::{Column, Columns, ImageFacts, settings};
pub(crate) use words::{Back, Contents, quota};

/// Version of the stored shape. A page that knows only a smaller one leaves everything untouched:
/// raise it whenever an older page would misread what this one writes.
pub(crate) const SCHEMA: u32 = 3;
