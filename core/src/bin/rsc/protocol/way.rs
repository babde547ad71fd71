//! A cell under way: its checkpoint and the evaluations so far, from which it goes on.

use std::fs;

use anyhow::Result;
use pollster::block_on;
use rsc_core::trainer::{Checkpoint, Run};
use serde::{Deserialize, Serialize};

use super::{cells::Cell, folder::Folder, record::CellEvaluation, shared_file::write_shared};

/// What a checkpoint does not have.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Way {
    /// Time that the cell has taken.
    pub(crate) seconds: f64,
    /// Its evaluations.
    pub(crate) evaluations: Vec<CellEvaluation>,
}

impl Way {
    /// Saves a cell. The checkpoint comes last: evaluations after it are passed over when it is read.
    ///
    /// # Errors
    /// Where a file cannot be written.
    pub(crate) fn save(&self, folder: &Folder, cell: &Cell, run: &Run) -> Result<()> {
        let [checkpoint, way] = folder.way_paths(cell);
        write_shared(&way, &serde_json::to_vec(self)?)?;
        write_shared(&checkpoint, &block_on(run.checkpoint())?)
    }

    /// What was saved of a cell; `None` where nothing was, or nothing whole, so that it begins anew.
    pub(crate) fn read(folder: &Folder, cell: &Cell) -> Option<(Checkpoint, Self)> {
        let [checkpoint, way] = folder.way_paths(cell);
        let checkpoint = Checkpoint::from_bytes(&fs::read(checkpoint).ok()?).ok()?;
        let mut way: Self = serde_json::from_slice(&fs::read(way).ok()?).ok()?;
        way.evaluations.retain(|it| it.step <= checkpoint.step());
        (*checkpoint.config() == cell.config).then_some((checkpoint, way))
    }

    /// Whether it has all evaluations of a run up to where it is. Two processes may have saved the same cell,
    /// and what is read be of both.
    pub(crate) fn is_whole(&self, run: &Run, evaluate_every: u32) -> bool {
        let epochs = run.step() / run.steps_per_epoch();
        let due = (1..=epochs).filter(|epoch| epoch % u64::from(evaluate_every) == 0);
        let due = due.map(|epoch| epoch * run.steps_per_epoch());
        due.eq(self.evaluations.iter().map(|it| it.step))
    }

    /// Removes what was saved of a cell whose record is there.
    pub(crate) fn forget(folder: &Folder, cell: &Cell) {
        for path in folder.way_paths(cell) {
            // Nothing reads it any more.
            fs::remove_file(path).ok();
        }
    }
}
