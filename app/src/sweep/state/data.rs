//! The data that a worker of a sweep needs before its first run.

use leptos::{prelude::*, task::spawn_local};

use rsc_core::config::{DataSource, PresetFile};

use crate::sweep::state::Sweeper;
use crate::sweep::state::workers::Message;

impl Sweeper {
    /// Connects a worker of the present sweep, which gets these messages first, then what its data is made from.
    pub(super) fn prepare(self, mut first: Vec<Message>) {
        let source = self.machine.with_untracked(|machine| {
            let plan = &machine.as_ref()?.plan;
            Some(plan.base.data.source.clone())
        });
        let generation = self.generation.get_value();
        match source {
            Some(DataSource::Own) => {
                first.extend(self.runs.training.images.commands());
                self.connect(generation, first);
            }
            Some(DataSource::Preset { preset }) => match preset.file() {
                Some(file) => self.connect_with_file(generation, first, file),
                None => self.connect(generation, first),
            },
            None => self.connect(generation, first),
        }
    }

    /// As [`Self::connect`], once the pictures that the data is made from are here.
    fn connect_with_file(self, generation: u32, mut first: Vec<Message>, file: PresetFile) {
        spawn_local(async move {
            let message = self.runs.training.file_message(file).await;
            if self.generation.get_value() != generation || !self.active() {
                return;
            }
            match message {
                Ok(message) => {
                    first.push(message);
                    self.connect(generation, first);
                }
                Err(problem) => self.crash(problem),
            }
        });
    }
}
