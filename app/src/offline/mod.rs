//! The page without a network: what of it is kept on the visitor's machine, and the button that keeps all.

pub(crate) mod model;
pub(crate) mod state;
pub(crate) mod view;
