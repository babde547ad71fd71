//! The masks over single images, which follow p at once.

pub(crate) mod model;
pub(crate) mod state;
pub(crate) mod view;
pub(crate) mod widgets;
