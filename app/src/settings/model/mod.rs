//! Rules and names of settings, as plain data.

pub(crate) mod arms;
pub(crate) mod choice_name;
pub(crate) mod domains;
pub(crate) mod hold_out;
pub(crate) mod import;
pub(crate) mod memory;
pub(crate) mod network;
pub(crate) mod number;
pub(crate) mod refusal;
pub(crate) mod thumbnail;
