//! What the page works out without a browser: text, curves, colours, paths. Tested natively.

pub(crate) mod axis;
pub(crate) mod classes;
pub(crate) mod colour;
pub(crate) mod figure;
pub(crate) mod folder;
pub(crate) mod format;
pub(crate) mod history;
pub(crate) mod import;
pub(crate) mod link;
pub(crate) mod metrics;
pub(crate) mod number;
pub(crate) mod panel;
pub(crate) mod pick;
pub(crate) mod pytorch;
pub(crate) mod shortcuts;
pub(crate) mod size;
pub(crate) mod trace;
