//! What the controls say: the settings of the next run as signals, their checks, and the controls
//! themselves. Rooms above are told of a change through `changed` of [`state::Settings`].

pub(crate) mod model;
pub(crate) mod state;
pub(crate) mod view;
pub(crate) mod widgets;
