//! What a run has to wait for.

use std::rc::Rc;

use rsc_core::config::{PretrainedNetwork, RunConfig};

/// What a run waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Waiting {
    /// The weights of this network.
    Weights(PretrainedNetwork),
    /// Other settings: with these it would take more memory than there is, as a sentence.
    Memory(String),
}

/// Says what a run of these settings has to wait for, if anything.
pub(crate) type Gate = Rc<dyn Fn(&RunConfig) -> Option<Waiting>>;
