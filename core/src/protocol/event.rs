//! Events of the engine.

use serde::{Deserialize, Serialize};

use super::bench::BenchTimes;
use super::device::{Check, DeviceInfo, DeviceMemory};
use super::ids::{RequestId, RunId};
use super::image::{BatchSample, ImageInspection, Prediction, Sample};
use super::run::{EvaluationRecord, RunInfo, RunState, StepRecord, StepSplit};
use crate::{config::PretrainedNetwork, error::Fault};

/// From the engine to the page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Event {
    /// The engine's module is arriving (sent by the loader, before the engine itself runs).
    Loading {
        /// Bytes so far.
        received: u64,
        /// Bytes in all.
        total: u64,
    },
    /// The device is open.
    Ready {
        /// Which, and why.
        device: DeviceInfo,
        /// Version of the engine.
        version: String,
    },
    /// A run is prepared. Buffer 0 has the true class of each test image as little-endian `u16`,
    /// domain after domain.
    Started {
        /// Which run.
        run: RunId,
        /// What it turned out to be.
        info: RunInfo,
        /// Steps made already; 0 unless it was taken up again.
        step: u64,
    },
    /// Answers [`Command::SetBackbone`](super::Command::SetBackbone).
    BackboneRead {
        /// The question's id.
        request: RequestId,
        /// Which network.
        network: PretrainedNetwork,
        /// Number of its values.
        values: u64,
        /// A hash of them in hexadecimal: the same file gives the same one everywhere.
        fingerprint: String,
    },
    /// Answers [`Command::SetBackbone`](super::Command::SetBackbone) where the file cannot be used. The
    /// weights before it stay.
    BackboneRefused {
        /// The question's id.
        request: RequestId,
        /// What is wrong with it and what would help.
        message: String,
    },
    /// The features of frozen stages are being computed, once for each image, before a run trains.
    Preparing {
        /// Which run.
        run: RunId,
        /// Images so far.
        done: u64,
        /// Images in all.
        total: u64,
    },
    /// The browser compiles programs for the GPU, while the engine waits for them. The worker's loader says so.
    Compiling {
        /// Programs so far, of those that are wanted together.
        done: u64,
        /// All of them.
        total: u64,
    },
    /// A run's state changed.
    State {
        /// Which run.
        run: RunId,
        /// The new state.
        state: RunState,
    },
    /// Steps made since the last such event, oldest first.
    Steps {
        /// Which run.
        run: RunId,
        /// Their metrics.
        records: Vec<StepRecord>,
        /// Time per step lately, in milliseconds, all arms together.
        step_ms: f64,
    },
    /// An evaluation, after each epoch. One buffer per arm: the class it gives to each test image,
    /// as in [`Self::Started`].
    Evaluation {
        /// Which run.
        run: RunId,
        /// Its metrics.
        record: EvaluationRecord,
    },
    /// Answers [`Command::Inspect`](super::Command::Inspect) (image buffers attached).
    Inspection {
        /// The question's id.
        request: RequestId,
        /// Which run.
        run: RunId,
        /// Which arm.
        arm: usize,
        /// After this many steps.
        step: u64,
        /// `[height, width]` of the feature map at the challenge point.
        grid: [usize; 2],
        /// One entry per image asked for.
        images: Vec<ImageInspection>,
    },
    /// Answers [`Command::Predict`](super::Command::Predict). Buffer 0 has the picture as the network
    /// sees it: RGBA bytes, `image_size` squared.
    Prediction {
        /// The question's id.
        request: RequestId,
        /// Which run.
        run: RunId,
        /// Which arm.
        arm: usize,
        /// After this many steps.
        step: u64,
        /// `[height, width]` of the feature map at the challenge point.
        grid: [usize; 2],
        /// Probabilities, importance and mask.
        prediction: Prediction,
    },
    /// Answers [`Command::Microscope`](super::Command::Microscope): the image in buffer 0, then as
    /// little-endian `f32` the feature map and its gradient, `[channels, height, width]` each, and
    /// importance and mask (1 keeps) after each round of the challenge, `[rounds, 2, n]`.
    Microscope {
        /// The question's id.
        request: RequestId,
        /// Which run.
        run: RunId,
        /// Which arm.
        arm: usize,
        /// After this many steps.
        step: u64,
        /// `[channels, height, width]` at the challenge point.
        shape: [usize; 3],
        /// Importance, mask and probabilities.
        inspection: ImageInspection,
    },
    /// Answers [`Command::Batch`](super::Command::Batch) (image buffers attached).
    Batch {
        /// The question's id.
        request: RequestId,
        /// Which run.
        run: RunId,
        /// Which arm.
        arm: usize,
        /// The step that was made with this batch.
        step: u64,
        /// The fraction of the batch that was to be challenged.
        b: f64,
        /// The drop from which on a sample was challenged; `None` where every one was.
        threshold: Option<f32>,
        /// The samples, in the batch's order.
        samples: Vec<BatchSample>,
    },
    /// Answers [`Command::Samples`](super::Command::Samples) (image buffers attached).
    Samples {
        /// The question's id.
        request: RequestId,
        /// Which run.
        run: RunId,
        /// One entry per image asked for.
        samples: Vec<Sample>,
    },
    /// Answers [`Command::Profile`](super::Command::Profile).
    Profile {
        /// The question's id.
        request: RequestId,
        /// Which run.
        run: RunId,
        /// The parts of a step.
        split: StepSplit,
    },
    /// Answers [`Command::Memory`](super::Command::Memory).
    Memory {
        /// The question's id.
        request: RequestId,
        /// Bytes of the engine's WebAssembly module, of all workers together where there are
        /// several; `None` natively.
        module: Option<u64>,
        /// What the device's allocator holds; `None` where there is none to ask, as on the CPU.
        device: Option<DeviceMemory>,
    },
    /// How far [`Command::Bench`](super::Command::Bench) or [`Command::Check`](super::Command::Check) is.
    Benching {
        /// The question's id.
        request: RequestId,
        /// Turns made.
        done: u32,
        /// Turns in all.
        total: u32,
    },
    /// Answers [`Command::Bench`](super::Command::Bench).
    Benched {
        /// The question's id.
        request: RequestId,
        /// What was measured.
        times: BenchTimes,
    },
    /// Answers [`Command::Check`](super::Command::Check).
    Checked {
        /// The question's id.
        request: RequestId,
        /// What each check found.
        checks: Vec<Check>,
    },
    /// Answers [`Command::Checkpoint`](super::Command::Checkpoint): a safetensors file in buffer 0,
    /// with the settings and the optimizers' state.
    Checkpoint {
        /// The question's id.
        request: RequestId,
        /// Which run.
        run: RunId,
        /// After this many steps.
        step: u64,
    },
    /// Answers [`Command::Export`](super::Command::Export): a safetensors file in buffer 0.
    Weights {
        /// The question's id.
        request: RequestId,
        /// Which run.
        run: RunId,
        /// Which arm.
        arm: usize,
    },
    /// Something was refused or left out; everything else goes on.
    Warning {
        /// Which run, if one.
        run: Option<RunId>,
        /// What happened and what would help.
        message: String,
    },
    /// A run or the engine stopped.
    Failed {
        /// Which run; `None` for the engine.
        run: Option<RunId>,
        /// Of which kind it was.
        #[serde(default)]
        fault: Fault,
        /// What happened and what would help.
        message: String,
        /// What was kept.
        kept: String,
    },
}

/// What is left of a run that stopped after a step.
pub(crate) fn saved_up_to(step: u64) -> String {
    format!("Your images, settings and the curves up to step {step} are kept.")
}
