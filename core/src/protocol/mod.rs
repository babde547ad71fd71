//! The messages between the page and the engine's worker.
//!
//! A message is one JSON text and any number of byte buffers, which travel beside it without being
//! copied: on the wire the array `[json, buffer 0, buffer 1, …]`. Fields named `buffer` are
//! indices into those buffers.
//!
//! To the worker, many or large buffers go in parts before the text: `[null, envelope, length, …]`, where
//! the envelope is a buffer with several buffers of these lengths one behind the other. The worker sends
//! the envelope back when it has taken out what is in it, to be filled again: a buffer of hundreds of
//! megabytes that was received stays in memory until a garbage collection, which may be long in coming.
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
pub use bench::{BenchNetwork, BenchTimes};
pub use command::{Command, ImageEntry, Tuning};
pub use device::{
    BINDING, BUFFER, Check, DeviceInfo, DeviceKind, DeviceMemory, DevicePreference, SimulatedLimits,
};
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
