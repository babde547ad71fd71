//! What the page works out without a browser: text, curves, colours, paths. Tested natively.

pub(crate) mod arms;
pub(crate) mod axis;
pub(crate) mod classes;
pub(crate) mod colour;
pub(crate) mod folder;
pub(crate) mod format;
pub(crate) mod network;
pub(crate) mod number;
pub(crate) mod pick;
pub(crate) mod size;
pub(crate) mod trace;
