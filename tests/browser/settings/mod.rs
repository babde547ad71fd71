//! The controls that make up a run's settings.

mod arms;
mod challenge;
mod data;
mod defaults;
mod methods;
mod network;
