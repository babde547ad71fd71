//! The parts of a checkpoint, as the workers deliver them.

use super::action::{Actions, Buffer};
use super::checkpoint_file::merged_checkpoint;
use crate::protocol::{Event, RequestId, RunId};

/// The parts of a checkpoint, as they come.
#[derive(Debug)]
pub(super) struct CheckpointParts<B> {
    pub(super) request: RequestId,
    pub(super) run: RunId,
    pub(super) parts: Vec<(usize, Option<(u64, B)>)>,
}

impl<B: Buffer> CheckpointParts<B> {
    pub(super) fn request(&self) -> RequestId {
        self.request
    }

    pub(super) fn run(&self) -> RunId {
        self.run
    }

    pub(super) fn put(&mut self, worker: usize, step: u64, buffers: Vec<B>) {
        let mut parts = self.parts.iter_mut();
        if let Some((_, place)) = parts.find(|(it, _)| *it == worker) {
            *place = buffers.into_iter().next().map(|file| (step, file));
        }
    }

    pub(super) fn is_complete(&self) -> bool {
        self.parts.iter().all(|(_, file)| file.is_some())
    }

    /// The whole as one file.
    pub(super) fn hand_over(self, out: &mut Actions<B>) {
        let Self {
            request,
            run,
            parts,
        } = self;
        let parts: Vec<(u64, B)> = parts.into_iter().filter_map(|(_, file)| file).collect();
        let step = parts.first().map_or(0, |(step, _)| *step);
        let files: Vec<Vec<u8>> = parts.iter().map(|(_, file)| file.bytes()).collect();
        match merged_checkpoint(&files) {
            Ok(file) => {
                let event = Event::Checkpoint { request, run, step };
                out.emit(event, vec![B::of(file)]);
            }
            Err(problem) => out.emit(
                Event::Warning {
                    run: Some(run),
                    message: format!("this run could not be put aside: {problem}"),
                },
                Vec::new(),
            ),
        }
    }
}
