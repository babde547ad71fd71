//! Stored data as plain types: the version of the schema, changes, texts.

pub(crate) mod changes;
pub(crate) mod labels;

pub(crate) use crate::images::model::saved::settings;
pub(crate) use changes::{changes, pace};
pub(crate) use labels::{Contents, Restored, quota};

/// Version of the stored shape. A page that knows only a smaller one leaves everything untouched:
/// raise it whenever an older page would misread what this one writes.
pub(crate) const SCHEMA: u32 = 5;
