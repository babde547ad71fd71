//! What is dropped at random while an arm trains.

use serde::{Deserialize, Serialize};

use super::objective::Paper;

/// What is dropped at random in training, of the features at the challenge point or of the images.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Regularizer {
    /// Nothing.
    #[default]
    None,
    /// Single values of the features (Srivastava et al. 2014); what is left is scaled by `1/(1 − rate)`.
    Dropout {
        /// Probability that a value is dropped.
        rate: f64,
    },
    /// Whole channels of the features (Tompson et al. 2015); what is left is scaled by `1/(1 − rate)`.
    SpatialDropout {
        /// Probability that a channel is dropped.
        rate: f64,
    },
    /// Squares of each channel (Ghiasi et al. 2018); what is left is scaled so that the number of values counts.
    DropBlock {
        /// Share of the values to drop.
        rate: f64,
        /// Side of a square, in positions of the feature map.
        block: usize,
    },
    /// A rectangle of an image is set to the network's zero, which is grey or the mean (Zhong et al. 2020;
    /// area 2 to 33 %, aspect 0.3 to 3.3, as torchvision's).
    RandomErasing {
        /// Probability that an image is erased.
        probability: f64,
    },
}

impl Regularizer {
    /// All of them with customary values, in the order of the controls.
    pub const ALL: [Self; 5] = [
        Self::None,
        Self::Dropout { rate: 0.5 },
        Self::SpatialDropout { rate: 0.5 },
        Self::DropBlock {
            rate: 0.1,
            block: 3,
        },
        Self::RandomErasing { probability: 0.5 },
    ];

    /// The name in settings, links and on the command line.
    pub fn name(&self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Dropout { .. } => "dropout",
            Self::SpatialDropout { .. } => "spatial_dropout",
            Self::DropBlock { .. } => "drop_block",
            Self::RandomErasing { .. } => "random_erasing",
        }
    }

    /// Finds one by [`Self::name`], with customary values.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.name() == name)
    }

    /// The rate, or the probability of an image.
    pub fn rate(&self) -> Option<f64> {
        match *self {
            Self::None => None,
            Self::Dropout { rate }
            | Self::SpatialDropout { rate }
            | Self::DropBlock { rate, .. } => Some(rate),
            Self::RandomErasing { probability } => Some(probability),
        }
    }

    /// The same with another value of [`Self::rate`].
    #[must_use]
    pub fn with_rate(self, value: f64) -> Self {
        match self {
            Self::None => Self::None,
            Self::Dropout { .. } => Self::Dropout { rate: value },
            Self::SpatialDropout { .. } => Self::SpatialDropout { rate: value },
            Self::DropBlock { block, .. } => Self::DropBlock { rate: value, block },
            Self::RandomErasing { .. } => Self::RandomErasing { probability: value },
        }
    }

    /// The side of a square, of [`Self::DropBlock`].
    pub fn block(&self) -> Option<usize> {
        match *self {
            Self::DropBlock { block, .. } => Some(block),
            _ => None,
        }
    }

    /// The same with another value of [`Self::block`].
    #[must_use]
    pub fn with_block(self, side: usize) -> Self {
        match self {
            Self::DropBlock { rate, .. } => Self::DropBlock { rate, block: side },
            other => other,
        }
    }

    /// The paper.
    pub fn paper(&self) -> Option<Paper> {
        let (authors, address) = match self {
            Self::None => return None,
            Self::Dropout { .. } => (
                "Srivastava et al. 2014",
                "https://jmlr.org/papers/v15/srivastava14a.html",
            ),
            Self::SpatialDropout { .. } => {
                ("Tompson et al. 2015", "https://arxiv.org/abs/1411.4280")
            }
            Self::DropBlock { .. } => ("Ghiasi et al. 2018", "https://arxiv.org/abs/1810.12890"),
            Self::RandomErasing { .. } => ("Zhong et al. 2020", "https://arxiv.org/abs/1708.04896"),
        };
        Some(Paper::new(authors, address))
    }

    /// Whether it is [`Self::None`].
    pub fn is_none(&self) -> bool {
        *self == Self::None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_values_go_there_and_back() {
        for regularizer in Regularizer::ALL {
            assert_eq!(
                Regularizer::from_name(regularizer.name()),
                Some(regularizer)
            );
            let json = serde_json::to_value(regularizer).unwrap_or_default();
            assert_eq!(json["kind"], regularizer.name());
            assert_eq!(serde_json::from_value(json).ok(), Some(regularizer));
            let other = regularizer.with_rate(0.25);
            assert_eq!(other.rate(), regularizer.rate().map(|_| 0.25));
        }
    }
}
