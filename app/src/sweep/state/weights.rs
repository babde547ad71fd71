//! Gives the worker of a sweep the weights of its network.

use leptos::{prelude::*, task::spawn_local};

use crate::sweep::state::Sweeper;
use crate::sweep::state::workers::Message;

impl Sweeper {
    /// Connects a worker, which gets these messages first, and the weights of the network that is swept.
    pub(super) fn connect(self, generation: u32, mut first: Vec<Message>) {
        let network = self.machine.with_untracked(|machine| {
            let plan = &machine.as_ref()?.plan;
            plan.base.network.backbone.pretrained()
        });
        let Some(network) = network else {
            self.connect_with(generation, first);
            return;
        };
        let weights = self.runs.training.weights;
        spawn_local(async move {
            let message = weights.message(network).await;
            if self.generation.get_value() != generation || !self.active() {
                return;
            }
            match message {
                Ok((command, buffer)) => {
                    first.push((command, vec![buffer.into()]));
                    self.connect_with(generation, first);
                }
                Err(problem) => self.crash(problem.sentence(network)),
            }
        });
    }
}
