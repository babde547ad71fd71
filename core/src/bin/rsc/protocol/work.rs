//! The cells that are missing, one after another. Several processes may do this in one folder.

use std::time::Duration;

use anyhow::Result;

use super::{
    args::ProtocolArgs,
    cell::Workshop,
    cells::{Cell, Protocol},
    claim::{Claim, Claimant, Claimed},
    folder::Folder,
    progress::Progress,
    way::Way,
};
use crate::interrupt::Interrupt;

/// Between two looks at cells that others are at work on.
const PAUSE: Duration = Duration::from_millis(500);

/// How work ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    /// Nothing is left that this process could do.
    Done,
    /// Ctrl-C was pressed.
    Interrupted,
}

/// What came of a try to make a cell.
enum Tried {
    Made,
    ThereAlready,
    Held(Claimant),
    Interrupted,
}

/// What is needed to make cells.
pub(crate) struct Work<'a> {
    /// The protocol.
    protocol: &'a Protocol,
    /// Its folder.
    folder: &'a Folder,
    /// Images and device.
    workshop: Workshop,
    /// Ctrl-C.
    interrupt: &'a Interrupt,
    /// Who watches.
    progress: &'a Progress,
}

impl<'a> Work<'a> {
    /// Opens the device and reads the images.
    ///
    /// # Errors
    /// Where something is missing, and where the images have changed.
    pub(crate) fn open(
        arguments: &ProtocolArgs,
        protocol: &'a Protocol,
        folder: &'a Folder,
        interrupt: &'a Interrupt,
        progress: &'a Progress,
    ) -> Result<Self> {
        Ok(Self {
            protocol,
            folder,
            workshop: Workshop::open(protocol, folder, arguments)?,
            interrupt,
            progress,
        })
    }

    /// Makes all cells that are missing. Those that others are at work on are waited for, where `waits`.
    ///
    /// # Errors
    /// The first failure; the cells before are there.
    pub(crate) fn all(&mut self, waits: bool) -> Result<Ended> {
        let cells = &self.protocol.cells;
        let mut missing: Vec<&Cell> = cells.iter().filter(|it| !self.folder.has(it)).collect();
        let total = missing.len();
        loop {
            let mut held = Vec::new();
            let mut holder = None;
            let before = missing.len();
            for (index, cell) in missing.into_iter().enumerate() {
                if self.interrupt.is_pressed() {
                    return Ok(Ended::Interrupted);
                }
                let done = total - before + index - held.len();
                match self.one(cell, done)? {
                    Tried::Made | Tried::ThereAlready => {}
                    Tried::Held(by) => {
                        held.push(cell);
                        holder = Some(by);
                    }
                    Tried::Interrupted => return Ok(Ended::Interrupted),
                }
            }
            let Some(holder) = holder.filter(|_| waits) else {
                return Ok(Ended::Done);
            };
            self.progress.show(total - held.len(), 0.0);
            self.progress.name(&format!(
                "waiting for {} cells that others are at work on ({}, process {})",
                held.len(),
                holder.host,
                holder.process
            ));
            missing = held;
            std::thread::sleep(PAUSE);
        }
    }

    /// Makes one cell, unless it is there; where another process is at work on it, waits until its record is
    /// there or it has ended.
    ///
    /// # Errors
    /// Where the cell cannot be made.
    pub(crate) fn single(&mut self, cell: &Cell) -> Result<Ended> {
        let mut told = false;
        loop {
            match self.one(cell, 0)? {
                Tried::Made | Tried::ThereAlready => return Ok(Ended::Done),
                Tried::Interrupted => return Ok(Ended::Interrupted),
                Tried::Held(by) => {
                    if !told {
                        self.progress.say(&format!(
                            "cell {} is being made by process {} on {}: waiting for it",
                            cell.index, by.process, by.host
                        ));
                        told = true;
                    }
                }
            }
            if self.interrupt.is_pressed() {
                return Ok(Ended::Interrupted);
            }
            std::thread::sleep(PAUSE);
        }
    }

    fn one(&mut self, cell: &Cell, done: usize) -> Result<Tried> {
        if self.folder.has(cell) {
            return Ok(Tried::ThereAlready);
        }
        let claim = match Claim::take(&self.folder.claim_path(cell))? {
            Claimed::Taken(claim) => claim,
            Claimed::Held(by) => return Ok(Tried::Held(by)),
        };
        // Somebody may have finished it before the claim.
        if self.folder.has(cell) {
            return Ok(Tried::ThereAlready);
        }
        self.progress.name(&cell.title());
        let progress = self.progress;
        let show = |fraction: f64| progress.show(done, fraction);
        let record = self
            .workshop
            .train(cell, self.folder, self.interrupt, &show)?;
        let Some(record) = record else {
            return Ok(Tried::Interrupted);
        };
        self.folder.write(cell, &record)?;
        Way::forget(self.folder, cell);
        drop(claim);
        self.progress.report(cell, &record);
        self.progress.show(done + 1, 0.0);
        Ok(Tried::Made)
    }
}
