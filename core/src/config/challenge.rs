//! What is muted, by which measure, how much and for which samples.

use serde::{Deserialize, Serialize};

/// Which features a training step mutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// Plain training (ERM).
    Off,
    /// As many as RSC would mute, drawn at random.
    Random,
    /// Those with the largest mean activation.
    TopActivation,
    /// Those with the largest importance, from the gradient: RSC.
    #[default]
    TopGradient,
}

/// Along which axis of the feature map `[B, C, H, W]` features are muted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Axis {
    /// Positions, all channels at once: `n = H·W`.
    #[default]
    Spatial,
    /// Channels, all positions at once: `n = C`.
    Channel,
    /// A fair, seeded coin for each batch between the two (official code).
    Mixed,
}

/// How a gradient becomes one number per position or channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Importance {
    /// Mean of `G` over the other axis.
    GradientMean,
    /// Over positions `Σ_c Z_c · mean_hw(G_c)`; over channels the same as [`Self::GradientMean`].
    #[default]
    GradCam,
    /// Mean of `G·Z` over the other axis.
    GradientTimesActivation,
}

impl Importance {
    /// All of them, in the order of the controls.
    pub const ALL: [Self; 3] = [
        Self::GradientMean,
        Self::GradCam,
        Self::GradientTimesActivation,
    ];

    /// The name in settings and links.
    pub fn name(self) -> &'static str {
        match self {
            Self::GradientMean => "gradient_mean",
            Self::GradCam => "grad_cam",
            Self::GradientTimesActivation => "gradient_times_activation",
        }
    }

    /// The definition for positions, or for channels with [`Axis::Channel`]. The page writes it out; a test
    /// of the engine compares it with what the engine computes.
    ///
    /// - [`Self::GradientMean`]: the replication, DomainBed, and the official code for channels.
    /// - [`Self::GradCam`]: the official code for positions, after Selvaraju et al. 2017 (without its ReLU).
    /// - [`Self::GradientTimesActivation`]: after Shrikumar et al. 2016.
    pub fn formula(self, axis: Axis) -> ImportanceFormula {
        let (factors, mean): (&'static [Factor], bool) = match (self, axis) {
            (Self::GradCam, Axis::Spatial | Axis::Mixed) => {
                (&[Factor::MeanGradient, Factor::Activation], false)
            }
            (Self::GradientMean | Self::GradCam, _) => (&[Factor::Gradient], true),
            (Self::GradientTimesActivation, _) => (&[Factor::Gradient, Factor::Activation], true),
        };
        ImportanceFormula { factors, mean }
    }
}

/// An importance: a product, summed over channels (for a position) or over positions (for a channel).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImportanceFormula {
    /// The factors of the product.
    pub factors: &'static [Factor],
    /// Whether the sum is divided by the number of its terms.
    pub mean: bool,
}

/// A factor of an [`ImportanceFormula`], at channel `c` and position `i`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Factor {
    /// `G_ci`.
    Gradient,
    /// `Z_ci`.
    Activation,
    /// `w_c`, the mean of `G_ci` over positions.
    MeanGradient,
}

/// The scalar `s` whose gradient with respect to the features is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Signal {
    /// `Σ_b logits[b, y_b]` (paper, official code, DomainBed).
    #[default]
    TrueLogit,
    /// Mean cross-entropy (the replication's literal formula).
    Loss,
    /// Minus the mean cross-entropy.
    LossDecrease,
}

/// Which samples of the batch keep their mask.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Selection {
    /// Every sample is challenged.
    All,
    /// The fraction `b` whose probability of the true class drops most under the mask.
    #[default]
    ProbabilityDrop,
}

/// One arm's challenge.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ChallengeConfig {
    /// Which features are muted.
    pub strategy: Strategy,
    /// Positions, channels, or either by a coin.
    pub axis: Axis,
    /// Fraction of positions or channels to mute, `0..=1`; 0 is no masking.
    pub p: f64,
    /// From gradient to importance.
    pub importance: Importance,
    /// What the gradient is of.
    pub signal: Signal,
    /// Which samples are challenged.
    pub selection: Selection,
    /// Fraction of the batch to challenge with [`Selection::ProbabilityDrop`], `0..=1`.
    pub b: f64,
    /// Let `b` follow the official curriculum `0.3 + 0.2·⌊epoch / 10⌋`, at most 1, instead.
    pub curriculum: bool,
    /// The official code's selection, with its `1e-4`: at most `round(b·B)` samples, and only those
    /// whose probability drops by more than this. `None` for the quantile rule of DomainBed.
    pub minimum_drop: Option<f64>,
    /// How often the mask is sought anew on what is left, `1..=8`.
    pub rounds: u32,
}

impl Default for ChallengeConfig {
    fn default() -> Self {
        Self {
            strategy: Strategy::TopGradient,
            axis: Axis::Spatial,
            p: 1.0 / 3.0,
            importance: Importance::GradCam,
            signal: Signal::TrueLogit,
            selection: Selection::ProbabilityDrop,
            b: 1.0 / 3.0,
            curriculum: false,
            minimum_drop: None,
            rounds: 1,
        }
    }
}

impl ChallengeConfig {
    /// The fraction of the batch to challenge in `epoch` (counted from 0): `b`, or the official
    /// curriculum `0.3 + 0.2·⌊epoch / 10⌋`, at most 1.
    pub fn batch_fraction(&self, epoch: u32) -> f64 {
        if self.curriculum {
            (0.3 + 0.2 * f64::from(epoch / 10)).min(1.0)
        } else {
            self.b
        }
    }
}

/// A published way to do RSC, by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MethodPreset {
    /// The paper's Algorithm 1: gradient of the true logit, `p = b = 1/3`, either axis by a coin.
    Paper,
    /// The official code: as the paper, with its curriculum for `b` and its way to select.
    Official,
    /// DomainBed's `RSC`: channels of the feature vector, `p = b = 1/3`.
    DomainBed,
    /// The replication: gradient of the loss, mean over channels, every sample, `p = 0.3`.
    Replication,
    /// Plain training.
    Erm,
}

impl MethodPreset {
    /// All presets, in the order shown.
    pub const ALL: [Self; 5] = [
        Self::Paper,
        Self::Official,
        Self::DomainBed,
        Self::Replication,
        Self::Erm,
    ];

    /// The name on the page and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Paper => "paper",
            Self::Official => "official",
            Self::DomainBed => "domainbed",
            Self::Replication => "replication",
            Self::Erm => "erm",
        }
    }

    /// Finds a preset by [`Self::name`].
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|preset| preset.name() == name)
    }

    /// Its settings.
    pub fn challenge(self) -> ChallengeConfig {
        let base = ChallengeConfig::default();
        match self {
            Self::Paper => ChallengeConfig {
                axis: Axis::Mixed,
                ..base
            },
            Self::Official => ChallengeConfig {
                axis: Axis::Mixed,
                curriculum: true,
                minimum_drop: Some(1e-4),
                ..base
            },
            Self::DomainBed => ChallengeConfig {
                axis: Axis::Channel,
                importance: Importance::GradientMean,
                ..base
            },
            Self::Replication => ChallengeConfig {
                importance: Importance::GradientMean,
                signal: Signal::Loss,
                selection: Selection::All,
                p: 0.3,
                ..base
            },
            Self::Erm => ChallengeConfig {
                strategy: Strategy::Off,
                ..base
            },
        }
    }
}
