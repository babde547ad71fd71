//! The messages between the page and the engine's worker.
//!
//! A message is one JSON text and any number of byte buffers, which travel beside it without being
//! copied: on the wire the array `[json, buffer 0, buffer 1, …]`. Fields named `buffer` are
//! indices into those buffers.
//!
//! Every event about a run carries its [`RunId`], every answer the [`RequestId`] it answers, so
//! that nothing stale is ever drawn.

mod bench;
mod command;
mod device;
mod event;
mod ids;
mod image;
mod preset_pictures;
mod run;

pub use crate::error::Fault;
pub use bench::BenchTimes;
pub use command::{Command, ImageEntry, Tuning};
pub use device::{Check, DeviceInfo, DeviceKind, DeviceMemory, DevicePreference};
pub use event::Event;
#[cfg_attr(not(feature = "engine"), allow(unused_imports))]
pub(crate) use event::saved_up_to;
pub use ids::{RequestId, RunId};
pub use image::{BatchSample, ImageInspection, ImageRef, Prediction, Sample, Split};
pub use preset_pictures::PresetPictures;
pub use run::{
    DomainInfo, EvaluationMetrics, EvaluationRecord, FeatureUsage, RunInfo, RunState, StepMetrics,
    StepRecord, StepSplit,
};
