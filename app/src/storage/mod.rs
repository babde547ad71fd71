//! What the browser keeps between visits, and how it comes back. This room knows the features; they do not know it.

pub(crate) mod model;
pub(crate) mod state;
pub(crate) mod view;
