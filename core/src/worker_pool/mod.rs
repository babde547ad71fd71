//! A pool of workers that the page talks to as to one engine. The arms of a run are independent of
//! each other (same seed, same batches), so each worker trains some of them, and their events are
//! merged here.
//!
//! Only the CPU device uses several workers: there, one worker is one core. On a GPU, and for a run
//! with one arm, everything goes to the primary worker and comes from it unchanged.
//!
//! [`WorkerPool`] sends nothing itself and reads no clock: commands and events go in, [`Action`]s come
//! out. So it can be tested without a browser, with events in any order that workers may send
//! them.

mod action;
mod checkpoint_file;
mod checkpoint_parts;
mod commands;
mod events;
mod merge;
mod pace;
mod pool;

pub use action::{Action, Buffer};
#[cfg(feature = "engine")]
pub(crate) use checkpoint_file::CHECKPOINT;
pub use checkpoint_file::{merged_checkpoint, workers_of_checkpoint};
#[cfg(feature = "engine")]
pub(crate) use pace::pace;
pub use pool::WorkerPool;
