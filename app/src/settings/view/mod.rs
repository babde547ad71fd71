//! The controls of data, challenge, network, optimizer and augmentation.

pub(crate) mod amounts;
pub(crate) mod arms;
pub(crate) mod augmentation;
pub(crate) mod challenge;
pub(crate) mod data;
pub(crate) mod illustration;
pub(crate) mod network;
pub(crate) mod optimizer;
pub(crate) mod training;
pub(crate) mod typed;
