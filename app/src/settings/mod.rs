//! The settings of the next run: signals, checks, and the controls. Rooms above register with `changed`
//! of [`state::Settings`].

pub(crate) mod model;
pub(crate) mod state;
pub(crate) mod view;
pub(crate) mod widgets;
