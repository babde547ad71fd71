//! The messages between the page and the engine's worker.
//!
//! A message is one JSON text and any number of byte buffers, which travel beside it without being
//! copied: on the wire the array `[json, buffer 0, buffer 1, …]`. Fields named `buffer` are
//! indices into those buffers.
//!
//! Every event about a run carries its [`RunId`], every answer the [`RequestId`] it answers, so
//! that nothing stale is ever drawn.

use serde::{Deserialize, Serialize};

use crate::{
    bench::BenchTimes,
    config::{Axis, ChallengeConfig, RunConfig},
};

/// Chosen by the page, one for each [`Command::Configure`]; later runs have larger ids.
pub type RunId = u32;
/// Chosen by the page, one for each question.
pub type RequestId = u32;

/// Which device the page asks for (`?device=`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DevicePreference {
    /// WebGPU unless the adapter is missing, a software fallback, or fails to start; then the CPU.
    #[default]
    Automatic,
    /// The CPU.
    Cpu,
    /// WebGPU, a software adapter too.
    Webgpu,
    /// The CPU, because the GPU has failed more than once.
    Fallback,
}

/// An image of the user's, decoded: RGBA, 8 bits a channel, row by row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageEntry {
    /// File name, for messages and captions.
    pub name: String,
    /// Class it belongs to.
    pub class: String,
    /// Domain it belongs to; empty where the user has only one.
    pub domain: String,
    /// Whether it is never trained on.
    #[serde(default)]
    pub test_only: bool,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Which attached buffer holds its `4·width·height` bytes.
    pub buffer: usize,
}

/// Which split of a domain an image is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Split {
    /// Trained on.
    Train,
    /// Evaluated on, never trained on.
    Test,
}

/// One image of the run's data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ImageRef {
    /// Index into [`RunInfo::domains`].
    pub domain: usize,
    /// Split within the domain.
    pub split: Split,
    /// Index within the split, `0..` [`DomainInfo::train`] or [`DomainInfo::test`].
    pub index: usize,
}

/// What can change while a run trains; takes effect at the next step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tuning {
    /// Step size of the optimizer.
    pub learning_rate: f64,
    /// One challenge per arm, in the order of the arms.
    pub challenges: Vec<ChallengeConfig>,
}

/// From the page to the engine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Command {
    /// First message: open the device. Answered by [`Event::Ready`].
    Open {
        /// Which device.
        device: DevicePreference,
    },
    /// Replaces the user's own images (buffers attached). Takes effect at the next
    /// [`Self::Configure`] with [`crate::config::DataSource::Own`].
    SetImages {
        /// One entry per image.
        images: Vec<ImageEntry>,
    },
    /// The digits of the presets made from them: buffer 0 has the grey values of a sheet of 28×28
    /// tiles, row by row. Takes effect at the next [`Self::Configure`].
    SetDigits {
        /// Width of the sheet in pixels.
        width: u32,
    },
    /// Drops the current run and prepares a new one: data, networks, fresh weights. The same
    /// config gives the same run. Answered by [`Event::Started`] or [`Event::Failed`].
    Configure {
        /// Id of the new run.
        run: RunId,
        /// Its settings.
        config: RunConfig,
    },
    /// Drops the current run and takes another up where its checkpoint (buffer 0) left it.
    /// Answered by [`Event::Started`] or [`Event::Failed`].
    Resume {
        /// Id of the run from now on.
        run: RunId,
    },
    /// As [`Self::Configure`], but trains some of the run's arms only, the others being trained
    /// elsewhere. Everything that is said of the run counts its arms as a whole run does; only the
    /// metrics and the checkpoint have these arms alone.
    ConfigureArms {
        /// Id of the new run.
        run: RunId,
        /// Its settings, with all arms.
        config: RunConfig,
        /// Indices of the arms to train, in ascending order.
        arms: Vec<usize>,
    },
    /// As [`Self::Resume`] (buffer 0 is the checkpoint of the whole run), for some of its arms: see
    /// [`Self::ConfigureArms`].
    ResumeArms {
        /// Id of the run from now on.
        run: RunId,
        /// Indices of the arms to train, in ascending order.
        arms: Vec<usize>,
    },
    /// Train until [`Self::Pause`] or the last epoch.
    Play {
        /// Which run.
        run: RunId,
    },
    /// As [`Self::Play`], and hold, still training, where so many steps are made until another
    /// such command says how far to go.
    PlayUntil {
        /// Which run.
        run: RunId,
        /// Steps made in all.
        step: u64,
    },
    /// Stop after the current step.
    Pause {
        /// Which run.
        run: RunId,
    },
    /// One training step, then paused.
    Step {
        /// Which run.
        run: RunId,
    },
    /// Change settings from the next step on.
    Tune {
        /// Which run.
        run: RunId,
        /// The new settings.
        tuning: Tuning,
    },
    /// Importance, mask and probabilities of some images under the current weights, without a
    /// training step. Answered by [`Event::Inspection`].
    Inspect {
        /// Echoed in the answer.
        request: RequestId,
        /// Which run.
        run: RunId,
        /// Index of the arm whose weights are used.
        arm: usize,
        /// The challenge to apply (its strategy `off` mutes nothing).
        challenge: ChallengeConfig,
        /// The images.
        images: Vec<ImageRef>,
    },
    /// Everything between the features of one image and its probabilities, under the current
    /// weights. Answered by [`Event::Microscope`].
    Microscope {
        /// Echoed in the answer.
        request: RequestId,
        /// Which run.
        run: RunId,
        /// Index of the arm whose weights are used.
        arm: usize,
        /// The challenge to apply (its strategy `off` mutes nothing).
        challenge: ChallengeConfig,
        /// The image.
        image: ImageRef,
    },
    /// The batch that was trained on last, and which of its samples an arm challenged. Answered by
    /// [`Event::Batch`], or a warning where no step was made yet.
    Batch {
        /// Echoed in the answer.
        request: RequestId,
        /// Which run.
        run: RunId,
        /// Index of the arm.
        arm: usize,
    },
    /// Some images, as the network sees them. Answered by [`Event::Samples`].
    Samples {
        /// Echoed in the answer.
        request: RequestId,
        /// Which run.
        run: RunId,
        /// The images.
        images: Vec<ImageRef>,
    },
    /// Where the time of a step goes, measured on networks of their own. Training waits meanwhile.
    /// Answered by [`Event::Profile`].
    Profile {
        /// Echoed in the answer.
        request: RequestId,
        /// Which run.
        run: RunId,
    },
    /// How much memory the engine has taken. Nothing waits for the device. Answered by
    /// [`Event::Memory`].
    Memory {
        /// Echoed in the answer.
        request: RequestId,
    },
    /// Times the reference step on networks of its own. Training waits meanwhile. Answered by
    /// [`Event::Benching`] again and again, then [`Event::Benched`].
    Bench {
        /// Echoed in the answer.
        request: RequestId,
        /// Steps to time of each run, 5 or more.
        steps: u32,
    },
    /// Whether this device computes what the published codes and other devices do, on networks of
    /// its own. Training waits meanwhile. Answered by [`Event::Benching`] again and again, then
    /// [`Event::Checked`].
    Check {
        /// Echoed in the answer.
        request: RequestId,
    },
    /// Ask for all that is needed to go on later. Answered by [`Event::Checkpoint`].
    Checkpoint {
        /// Echoed in the answer.
        request: RequestId,
        /// Which run.
        run: RunId,
    },
    /// Ask for an arm's weights. Answered by [`Event::Weights`].
    Export {
        /// Echoed in the answer.
        request: RequestId,
        /// Which run.
        run: RunId,
        /// Index of the arm.
        arm: usize,
    },
}

/// Where the engine computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceKind {
    /// The processor, in WebAssembly or natively.
    Cpu,
    /// A GPU, through WebGPU or wgpu's native back ends.
    Gpu,
}

/// The device in use and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceInfo {
    /// CPU or GPU.
    pub kind: DeviceKind,
    /// Name for the badge (`CPU (WebAssembly, SIMD)`, or the adapter's).
    pub name: String,
    /// Why this device, in one sentence.
    pub reason: String,
    /// Whether the adapter is a software one.
    pub software: bool,
    /// Limits worth knowing, as name and value; empty for the CPU.
    pub limits: Vec<(String, u64)>,
}

/// What the allocator of a GPU holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceMemory {
    /// Bytes that tensors use.
    pub in_use: u64,
    /// Bytes taken of the device, with what is kept for reuse.
    pub reserved: u64,
}

/// One domain of a run's data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DomainInfo {
    /// Name.
    pub name: String,
    /// Whether it is never trained on.
    pub held_out: bool,
    /// Images in the training split (0 where held out).
    pub train: usize,
    /// Images in the test split.
    pub test: usize,
}

/// What a run turned out to be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunInfo {
    /// Class names; labels are indices into it.
    pub classes: Vec<String>,
    /// The domains.
    pub domains: Vec<DomainInfo>,
    /// Names of the arms.
    pub arms: Vec<String>,
    /// Side of the input images in pixels.
    pub image_size: usize,
    /// Feature map at the challenge point: `[channels, height, width]`.
    pub features: [usize; 3],
    /// Parameters of one arm, with the running statistics of batch normalisation.
    pub parameters: usize,
    /// Steps in an epoch.
    pub steps_per_epoch: u64,
    /// Steps in the whole run.
    pub total_steps: u64,
}

/// One training step of one arm.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct StepMetrics {
    /// Mean cross-entropy that was minimised (after masking, with label smoothing if set).
    pub loss: f32,
    /// Fraction of the batch classified rightly before masking, `0..=1`.
    pub accuracy: f32,
    /// Fraction of all positions or channels in the batch that were muted, `0..=1`.
    pub muted_fraction: f32,
    /// Samples whose importance was the same everywhere (so that the rule mutes everything).
    pub degenerate: u32,
    /// Samples that kept their mask.
    pub challenged: u32,
    /// Challenge gap `Γ = loss(masked) − loss(unmasked)`, both plain cross-entropies.
    pub challenge_gap: f32,
    /// Axis used (a mixed arm tosses a coin); `None` without a challenge.
    pub axis: Option<Axis>,
}

/// Where the time of one training step of a challenged arm goes: medians, in milliseconds, each
/// part waited for.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct StepSplit {
    /// Images to tensors on the device.
    pub batch_ms: f64,
    /// From images to features.
    pub body_ms: f64,
    /// Gradient, importance, mask and selection; 0 for a plain arm.
    pub challenge_ms: f64,
    /// From masked features to the loss.
    pub head_ms: f64,
    /// Gradients of all weights.
    pub backward_ms: f64,
    /// The optimizer.
    pub update_ms: f64,
}

/// Metrics of one step, all arms.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StepRecord {
    /// Step, counted from 1.
    pub step: u64,
    /// Epoch, counted from 0.
    pub epoch: u32,
    /// One entry per arm.
    pub arms: Vec<StepMetrics>,
}

/// How well an arm does on images it was not trained on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EvaluationMetrics {
    /// Accuracy on the training domains' test splits together, `0..=1`.
    pub accuracy_same_domain: f32,
    /// Accuracy on the held-out domain, `0..=1`; `None` where none is held out.
    pub accuracy_new_domain: Option<f32>,
    /// Mean cross-entropy on the training domains' test splits.
    pub loss_same_domain: f32,
    /// Mean cross-entropy on the held-out domain.
    pub loss_new_domain: Option<f32>,
    /// Accuracy on each domain's test split, in the order of [`RunInfo::domains`].
    pub accuracy_per_domain: Vec<f32>,
    /// How evenly the channels at the challenge point are used on the training domains' test
    /// images.
    pub usage: FeatureUsage,
}

/// How many of its channels a network uses, and how evenly, from the contributions
/// `u_c = mean |Z_c · G_c|`, normalised to sum 1, with `G` the gradient of the true class's logit.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct FeatureUsage {
    /// Effective number of channels `exp(−Σ u ln u)`.
    pub effective_number: f32,
    /// Gini coefficient: 0 where all are used alike.
    pub gini: f32,
    /// Share of the most used tenth of the channels.
    pub top_tenth: f32,
    /// The shares, largest first.
    pub curve: Vec<f32>,
}

/// One evaluation, all arms.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EvaluationRecord {
    /// After this many steps.
    pub step: u64,
    /// In this epoch, counted from 0.
    pub epoch: u32,
    /// One entry per arm.
    pub arms: Vec<EvaluationMetrics>,
}

/// What a run is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunState {
    /// Prepared, no step made.
    Ready,
    /// Training.
    Training,
    /// Between steps.
    Paused,
    /// After the last epoch.
    Done,
    /// Stopped by a fault.
    Failed,
}

/// What the challenge does to one image under the current weights.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ImageInspection {
    /// Which image.
    pub image: ImageRef,
    /// Caption (file name, or the preset's own).
    pub name: String,
    /// True class.
    pub label: usize,
    /// Which attached buffer holds the image as the network sees it: RGBA bytes,
    /// `image_size` squared.
    pub buffer: usize,
    /// Axis in use.
    pub axis: Axis,
    /// Importance per position (row by row) or per channel: `n` values.
    pub importance: Vec<f32>,
    /// `n` flags: `true` is muted.
    pub muted: Vec<bool>,
    /// Heat map for the overlay, `height·width` values over the feature map's positions, row by
    /// row. For the spatial axis the importance itself; for channels the part of the true logit
    /// that the muted channels bring at each position, `Σ_{c muted} Z_c · mean_hw(G_c)`.
    pub heat: Vec<f32>,
    /// Importance is the same everywhere: the literal rule mutes everything.
    pub degenerate: bool,
    /// Class probabilities before masking.
    pub before: Vec<f32>,
    /// Class probabilities after masking.
    pub after: Vec<f32>,
    /// Drop of the true class's probability, `before[label] − after[label]`.
    pub drop: f32,
}

/// One image of the batch that was trained on last, and what the selection made of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BatchSample {
    /// The image, before augmentation.
    pub image: ImageRef,
    /// Caption.
    pub name: String,
    /// True class.
    pub label: usize,
    /// Which attached buffer holds its RGBA bytes, `image_size` squared.
    pub buffer: usize,
    /// Drop of the true class's probability under the mask; `None` where every sample is
    /// challenged, so that nobody measured it.
    pub drop: Option<f32>,
    /// Whether it was challenged.
    pub challenged: bool,
    /// Whether its importance was the same everywhere.
    pub degenerate: bool,
}

/// An image as the network sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sample {
    /// Which image.
    pub image: ImageRef,
    /// Caption.
    pub name: String,
    /// True class.
    pub label: usize,
    /// Which attached buffer holds its RGBA bytes, `image_size` squared.
    pub buffer: usize,
}

/// What one check of the device found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Check {
    /// Its name.
    pub name: String,
    /// Largest difference to the numbers it was compared with, in units of what is tolerated.
    pub difference: f64,
    /// What is wrong; `None` where everything is as it should be.
    pub problem: Option<String>,
}

/// Why a run or the engine stopped, for those who put it into words of their own.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Fault {
    /// The message says it.
    #[default]
    Other,
    /// The GPU is gone: its driver was reset, the machine slept, it was taken away.
    DeviceLost,
    /// The GPU has no memory left.
    OutOfMemory,
    /// The GPU does not accept a shader or a command.
    Refused,
    /// The device failed in another way, or could not be opened.
    Device,
    /// A loss or a weight is infinite or not a number.
    NotFinite {
        /// Name of the arm.
        arm: String,
        /// Step at which it was seen.
        step: u64,
    },
}

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
    /// Answers [`Command::Inspect`] (image buffers attached).
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
    /// Answers [`Command::Microscope`]: the image in buffer 0, then as little-endian `f32` the
    /// feature map and its gradient, `[channels, height, width]` each, and importance and mask (1
    /// keeps) after each round of the challenge, `[rounds, 2, n]`.
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
    /// Answers [`Command::Batch`] (image buffers attached).
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
    /// Answers [`Command::Samples`] (image buffers attached).
    Samples {
        /// The question's id.
        request: RequestId,
        /// Which run.
        run: RunId,
        /// One entry per image asked for.
        samples: Vec<Sample>,
    },
    /// Answers [`Command::Profile`].
    Profile {
        /// The question's id.
        request: RequestId,
        /// Which run.
        run: RunId,
        /// The parts of a step.
        split: StepSplit,
    },
    /// Answers [`Command::Memory`].
    Memory {
        /// The question's id.
        request: RequestId,
        /// Bytes of the engine's WebAssembly module, of all workers together where there are
        /// several; `None` natively.
        module: Option<u64>,
        /// What the device's allocator holds; `None` where there is none to ask, as on the CPU.
        device: Option<DeviceMemory>,
    },
    /// How far [`Command::Bench`] or [`Command::Check`] is.
    Benching {
        /// The question's id.
        request: RequestId,
        /// Turns made.
        done: u32,
        /// Turns in all.
        total: u32,
    },
    /// Answers [`Command::Bench`].
    Benched {
        /// The question's id.
        request: RequestId,
        /// What was measured.
        times: BenchTimes,
    },
    /// Answers [`Command::Check`].
    Checked {
        /// The question's id.
        request: RequestId,
        /// What each check found.
        checks: Vec<Check>,
    },
    /// Answers [`Command::Checkpoint`]: a safetensors file in buffer 0, with the settings and the
    /// optimizers' state.
    Checkpoint {
        /// The question's id.
        request: RequestId,
        /// Which run.
        run: RunId,
        /// After this many steps.
        step: u64,
    },
    /// Answers [`Command::Export`]: a safetensors file in buffer 0.
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
pub(crate) fn kept_up_to(step: u64) -> String {
    format!("Your images, settings and the curves up to step {step} are kept.")
}
