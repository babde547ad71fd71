//! What the browser keeps between visits, as plain data: its shape and version, what of it has to be
//! written after a change, and the words for what came back.

pub(crate) mod changes;
pub(crate) mod labels;

pub(crate) use crate::images::model::saved::settings;
pub(crate) use changes::{changes, pace};
pub(crate) use labels::{Contents, Restored, quota};

/// Version of the stored shape. A page that knows only a smaller one leaves everything untouched:
/// raise it whenever an older page would misread what this one writes.
pub(crate) const SCHEMA: u32 = 3;
