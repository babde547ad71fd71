//! The input and the result of a challenge.

use burn::tensor::Tensor;

use super::along::Along;
use crate::config::{Importance, Selection, Signal};

/// What ranks the features.
#[derive(Debug, Clone)]
pub enum Ranking {
    /// The gradient of a signal, by an importance rule: RSC.
    Gradient(Signal, Importance),
    /// The mean activation.
    Activation,
    /// Random numbers drawn by the caller: one `[B, n]` tensor for each round.
    Random(Vec<Tensor<2>>),
}

/// One challenge, all choices made.
#[derive(Debug, Clone)]
pub struct Challenge {
    /// What ranks the features.
    pub ranking: Ranking,
    /// Positions or channels.
    pub along: Along,
    /// Fraction to mute.
    pub p: f64,
    /// Which samples are challenged.
    pub selection: Selection,
    /// Fraction of the batch to challenge.
    pub b: f64,
    /// Smallest drop that counts, if any.
    pub minimum_drop: Option<f64>,
    /// Number of rounds; each masks a part of what the rounds before it kept.
    pub rounds: u32,
}

/// One round of a challenge.
#[derive(Debug, Clone)]
pub struct Round {
    /// Importance in this round, `[B, n]`; meaningless where an earlier round has muted.
    pub importance: Tensor<2>,
    /// Product of the masks of this and all earlier rounds, `[B, n]`.
    pub mask: Tensor<2>,
}

/// The result of a challenge. All tensors are outside any graph.
#[derive(Debug, Clone)]
pub struct Challenged {
    /// Logits before masking, `[B, K]`.
    pub logits: Tensor<2>,
    /// Gradient of the signal in the first round, `[B, C, H, W]`; `None` for other rankings.
    pub gradient: Option<Tensor<4>>,
    /// Importance in the first round, `[B, n]`.
    pub importance: Tensor<2>,
    /// The rounds; the last one's mask is [`Self::full_mask`]. Empty where a GPU computed several
    /// rounds in one shader; never empty with a plain function as head.
    pub rounds: Vec<Round>,
    /// 1 where that importance is the same everywhere, `[B]`.
    pub degenerate: Tensor<1>,
    /// Mask of every sample, before selection, `[B, n]`.
    pub full_mask: Tensor<2>,
    /// Logits with every sample masked, `[B, K]`; `None` with [`Selection::All`].
    pub masked_logits: Option<Tensor<2>>,
    /// Drop of the true class's probability, `[B]`; `None` with [`Selection::All`].
    pub drop: Option<Tensor<1>>,
    /// 1 for the samples challenged, `[B]`.
    pub selected: Tensor<1>,
    /// Mask in force after selection, `[B, n]`.
    pub mask: Tensor<2>,
}
