//! Single images of a run: which, and what the challenge does to them.

use serde::{Deserialize, Serialize};

use crate::config::Axis;

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
    /// Index into [`RunInfo::domains`](super::RunInfo::domains).
    pub domain: usize,
    /// Split within the domain.
    pub split: Split,
    /// Index within the split, `0..` [`DomainInfo::train`](super::DomainInfo::train) or
    /// [`DomainInfo::test`](super::DomainInfo::test).
    pub index: usize,
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

/// What an arm makes of a picture that is not in the data, and what the challenge does to it.
///
/// RSC mutes what counts for the true class. Nobody knows that of such a picture, so the class that
/// the arm predicts stands in its place: the mask shows what speaks for the answer that it gives.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Prediction {
    /// The class that it predicts, unmasked.
    pub class: usize,
    /// Axis in use.
    pub axis: Axis,
    /// As [`ImageInspection::importance`].
    pub importance: Vec<f32>,
    /// As [`ImageInspection::muted`].
    pub muted: Vec<bool>,
    /// As [`ImageInspection::heat`], of the predicted class's logit.
    pub heat: Vec<f32>,
    /// Importance is the same everywhere: the literal rule mutes everything.
    pub degenerate: bool,
    /// Class probabilities before masking.
    pub before: Vec<f32>,
    /// Class probabilities after masking.
    pub after: Vec<f32>,
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
