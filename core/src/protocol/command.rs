//! Commands of the page.

use serde::{Deserialize, Serialize};

use super::bench::BenchNetwork;
use super::device::DevicePreference;
use super::ids::{RequestId, RunId};
use super::image::ImageRef;
use super::preset_pictures::PresetPictures;
use crate::config::{ChallengeConfig, PretrainedNetwork, RunConfig};

/// From the page to the engine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Command {
    /// First message: open the device. Answered by [`Event::Ready`](super::Event::Ready).
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
    /// Of the images given last, those that come from a folder for training: where others of their class and
    /// domain are kept for testing, none of them is drawn for it. Takes effect as they do.
    SetTrainingImages {
        /// Their places in [`Self::SetImages`].
        images: Vec<usize>,
    },
    /// The pictures of presets that are made from a file (buffers attached). Takes effect at the next
    /// [`Self::Configure`].
    SetPresetPictures {
        /// What the buffers hold.
        pictures: PresetPictures,
    },
    /// The weights of a pretrained network: buffer 0 is a file of them. Takes effect at the next
    /// [`Self::Configure`]. Answered by [`Event::BackboneRead`](super::Event::BackboneRead) or
    /// [`Event::BackboneRefused`](super::Event::BackboneRefused).
    SetBackbone {
        /// Echoed in the answer.
        request: RequestId,
        /// Which network.
        network: PretrainedNetwork,
        /// The file's name, for messages.
        name: String,
    },
    /// Drops the current run and prepares a new one: data, networks, fresh weights. The same config
    /// gives the same run. Answered by [`Event::Started`](super::Event::Started) or
    /// [`Event::Failed`](super::Event::Failed).
    Configure {
        /// Id of the new run.
        run: RunId,
        /// Its settings.
        config: RunConfig,
    },
    /// Drops the current run and takes another up where its checkpoint (buffer 0) left it.
    /// Answered by [`Event::Started`](super::Event::Started) or [`Event::Failed`](super::Event::Failed).
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
    /// training step. Answered by [`Event::Inspection`](super::Event::Inspection).
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
    /// What an arm makes of a picture that is not in the data (a camera's frame): buffer 0 has its
    /// RGBA bytes. It is made square as the data's images are, and nothing of it is kept. Its true
    /// class is unknown, so the class that the arm predicts takes its place in the challenge's
    /// signal. Answered by [`Event::Prediction`](super::Event::Prediction), between two steps where
    /// the run trains.
    Predict {
        /// Echoed in the answer.
        request: RequestId,
        /// Which run.
        run: RunId,
        /// Index of the arm whose weights are used.
        arm: usize,
        /// The challenge to apply (its strategy `off` mutes nothing).
        challenge: ChallengeConfig,
        /// Width of the picture in pixels.
        width: u32,
        /// Height of the picture in pixels.
        height: u32,
    },
    /// Everything between the features of one image and its probabilities, under the current
    /// weights. Answered by [`Event::Microscope`](super::Event::Microscope).
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
    /// [`Event::Batch`](super::Event::Batch), or a warning where no step was made yet.
    Batch {
        /// Echoed in the answer.
        request: RequestId,
        /// Which run.
        run: RunId,
        /// Index of the arm.
        arm: usize,
    },
    /// Some images, as the network sees them. Answered by [`Event::Samples`](super::Event::Samples).
    Samples {
        /// Echoed in the answer.
        request: RequestId,
        /// Which run.
        run: RunId,
        /// The images.
        images: Vec<ImageRef>,
    },
    /// Where the time of a step goes, measured on networks of their own. Training waits meanwhile.
    /// Answered by [`Event::Profile`](super::Event::Profile).
    Profile {
        /// Echoed in the answer.
        request: RequestId,
        /// Which run.
        run: RunId,
    },
    /// How much memory the engine has taken. Nothing waits for the device. Answered by
    /// [`Event::Memory`](super::Event::Memory).
    Memory {
        /// Echoed in the answer.
        request: RequestId,
    },
    /// Times a step on networks of its own. Training waits meanwhile. Answered by
    /// [`Event::Benching`](super::Event::Benching) again and again, then
    /// [`Event::Benched`](super::Event::Benched).
    Bench {
        /// Echoed in the answer.
        request: RequestId,
        /// Steps to time of each run, 5 or more.
        steps: u32,
        /// Of which network.
        #[serde(default)]
        network: BenchNetwork,
        /// About how long it may take; then fewer steps are timed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seconds: Option<u32>,
    },
    /// Whether this device computes what the published codes and other devices do, on networks of
    /// its own. Training waits meanwhile. Answered by [`Event::Benching`](super::Event::Benching)
    /// again and again, then [`Event::Checked`](super::Event::Checked).
    Check {
        /// Echoed in the answer.
        request: RequestId,
    },
    /// Ask for all that is needed to go on later. Answered by
    /// [`Event::Checkpoint`](super::Event::Checkpoint).
    Checkpoint {
        /// Echoed in the answer.
        request: RequestId,
        /// Which run.
        run: RunId,
    },
    /// Ask for an arm's weights. Answered by [`Event::Weights`](super::Event::Weights).
    Export {
        /// Echoed in the answer.
        request: RequestId,
        /// Which run.
        run: RunId,
        /// Index of the arm.
        arm: usize,
    },
}

impl Command {
    /// The run that it is about, if one.
    pub fn run(&self) -> Option<RunId> {
        match self {
            Self::Open { .. }
            | Self::SetImages { .. }
            | Self::SetTrainingImages { .. }
            | Self::SetPresetPictures { .. }
            | Self::SetBackbone { .. }
            | Self::Memory { .. }
            | Self::Bench { .. }
            | Self::Check { .. } => None,
            Self::Configure { run, .. }
            | Self::ConfigureArms { run, .. }
            | Self::Resume { run }
            | Self::ResumeArms { run, .. }
            | Self::Checkpoint { run, .. }
            | Self::Play { run }
            | Self::PlayUntil { run, .. }
            | Self::Pause { run }
            | Self::Step { run }
            | Self::Tune { run, .. }
            | Self::Inspect { run, .. }
            | Self::Predict { run, .. }
            | Self::Microscope { run, .. }
            | Self::Batch { run, .. }
            | Self::Profile { run, .. }
            | Self::Samples { run, .. }
            | Self::Export { run, .. } => Some(*run),
        }
    }
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

/// What can change while a run trains; takes effect at the next step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tuning {
    /// Step size of the optimizer.
    pub learning_rate: f64,
    /// One challenge per arm, in the order of the arms.
    pub challenges: Vec<ChallengeConfig>,
}
