//! The engine as the page sees it: its workers, messages to and from them, its device, its heartbeat,
//! and what stopped it. The rooms above decide what to ask and what an answer means.

pub(crate) mod model;
pub(crate) mod state;
