//! What an arm minimises, beside its challenge.

use serde::{Deserialize, Serialize};

/// What an arm minimises: the mean cross-entropy, or a method of domain generalisation as DomainBed
/// computes it. `L_d` is the mean cross-entropy of training domain `d` in the batch.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Objective {
    /// The mean cross-entropy of the batch (empirical risk minimisation, Vapnik 1998).
    #[default]
    Erm,
    /// Images of two domains and their labels, mixed (Zhang et al. 2018; between domains as Yan et al. 2020).
    Mixup {
        /// Both parameters of the Beta distribution that the share of the first image is drawn from.
        alpha: f64,
    },
    /// The variance of the domains' losses as a penalty (Krueger et al. 2021).
    #[serde(rename = "vrex")]
    VRex {
        /// Weight of the penalty after annealing.
        weight: f64,
        /// Steps in which the weight is 1 instead; the optimizer then starts anew.
        anneal_steps: u32,
    },
    /// Invariant risk minimisation (Arjovsky et al. 2019): one classifier is to be the best for each domain.
    Irm {
        /// Weight of the penalty after annealing.
        weight: f64,
        /// Steps in which the weight is 1 instead; the optimizer then starts anew.
        anneal_steps: u32,
    },
    /// Weights of the domains that grow with their losses (Sagawa et al. 2020).
    #[serde(rename = "group_dro")]
    GroupDro {
        /// Step size of these weights.
        eta: f64,
    },
    /// Means and covariances of the domains' features are pulled together (Sun and Saenko 2016).
    Coral {
        /// Weight of the penalty.
        weight: f64,
    },
    /// The maximum mean discrepancy of the domains' features (Gretton et al. 2012; Li et al. 2018).
    Mmd {
        /// Weight of the penalty.
        weight: f64,
    },
    /// Spectral decoupling: large logits are penalised (Pezeshki et al. 2021).
    SpectralDecoupling {
        /// Weight of the penalty.
        weight: f64,
    },
    /// A weight moves only where the domains' gradients agree in sign (Parascandolo et al. 2021).
    AndMask {
        /// The share of agreement from which on a weight moves: 1 for all domains.
        tau: f64,
    },
}

/// Where a method was published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paper {
    /// Authors and year.
    pub authors: &'static str,
    /// Address of the paper.
    pub address: &'static str,
}

impl Paper {
    pub(super) const fn new(authors: &'static str, address: &'static str) -> Self {
        Self { authors, address }
    }
}

/// The one number that an [`Objective`] has beside its phases: its name and range.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ObjectiveParameter {
    /// Its name in JSON.
    pub name: &'static str,
    /// Its value.
    pub value: f64,
    /// The smallest and the largest value allowed.
    pub range: [f64; 2],
}

impl Objective {
    /// All of them with DomainBed's default hyperparameters, in the order of the controls.
    pub const ALL: [Self; 9] = [
        Self::Erm,
        Self::Mixup { alpha: 0.2 },
        Self::VRex {
            weight: 10.0,
            anneal_steps: 500,
        },
        Self::Irm {
            weight: 100.0,
            anneal_steps: 500,
        },
        Self::GroupDro { eta: 0.01 },
        Self::Coral { weight: 1.0 },
        Self::Mmd { weight: 1.0 },
        Self::SpectralDecoupling { weight: 0.1 },
        Self::AndMask { tau: 1.0 },
    ];

    /// The name in settings, links and on the command line.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Erm => "erm",
            Self::Mixup { .. } => "mixup",
            Self::VRex { .. } => "vrex",
            Self::Irm { .. } => "irm",
            Self::GroupDro { .. } => "group_dro",
            Self::Coral { .. } => "coral",
            Self::Mmd { .. } => "mmd",
            Self::SpectralDecoupling { .. } => "spectral_decoupling",
            Self::AndMask { .. } => "and_mask",
        }
    }

    /// Finds one by [`Self::name`], with DomainBed's defaults.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.name() == name)
    }

    /// Whether it compares training domains: it then needs two of them, and as many images of each in
    /// every batch.
    pub fn compares_domains(&self) -> bool {
        !matches!(self, Self::Erm | Self::SpectralDecoupling { .. })
    }

    /// Its weight, rate or threshold.
    pub fn parameter(&self) -> Option<ObjectiveParameter> {
        let (name, value, range) = match *self {
            Self::Erm => return None,
            Self::Mixup { alpha } => ("alpha", alpha, [0.01, 10.0]),
            Self::VRex { weight, .. } | Self::Irm { weight, .. } => ("weight", weight, [0.0, 1e6]),
            Self::GroupDro { eta } => ("eta", eta, [0.0, 10.0]),
            Self::Coral { weight } | Self::Mmd { weight } | Self::SpectralDecoupling { weight } => {
                ("weight", weight, [0.0, 1e4])
            }
            Self::AndMask { tau } => ("tau", tau, [0.0, 1.0]),
        };
        Some(ObjectiveParameter { name, value, range })
    }

    /// The same with another value of [`Self::parameter`].
    #[must_use]
    pub fn with_parameter(self, value: f64) -> Self {
        match self {
            Self::Erm => Self::Erm,
            Self::Mixup { .. } => Self::Mixup { alpha: value },
            Self::VRex { anneal_steps, .. } => Self::VRex {
                weight: value,
                anneal_steps,
            },
            Self::Irm { anneal_steps, .. } => Self::Irm {
                weight: value,
                anneal_steps,
            },
            Self::GroupDro { .. } => Self::GroupDro { eta: value },
            Self::Coral { .. } => Self::Coral { weight: value },
            Self::Mmd { .. } => Self::Mmd { weight: value },
            Self::SpectralDecoupling { .. } => Self::SpectralDecoupling { weight: value },
            Self::AndMask { .. } => Self::AndMask { tau: value },
        }
    }

    /// Steps before the penalty has its full weight; `None` where it always has it.
    pub fn anneal_steps(&self) -> Option<u32> {
        match *self {
            Self::VRex { anneal_steps, .. } | Self::Irm { anneal_steps, .. } => Some(anneal_steps),
            _ => None,
        }
    }

    /// The same with another value of [`Self::anneal_steps`].
    #[must_use]
    pub fn with_anneal_steps(self, steps: u32) -> Self {
        match self {
            Self::VRex { weight, .. } => Self::VRex {
                weight,
                anneal_steps: steps,
            },
            Self::Irm { weight, .. } => Self::Irm {
                weight,
                anneal_steps: steps,
            },
            other => other,
        }
    }

    /// Steps that the optimizer has made when the run has made `steps`: it starts anew when the penalty's
    /// weight changes, as in DomainBed.
    pub fn optimizer_steps(&self, steps: u64) -> u64 {
        match self.anneal_steps() {
            Some(anneal) if steps > u64::from(anneal) => steps - u64::from(anneal),
            _ => steps,
        }
    }

    /// The paper; none for plain training.
    pub fn paper(&self) -> Option<Paper> {
        let (authors, address) = match self {
            Self::Erm => return None,
            Self::Mixup { .. } => ("Yan et al. 2020", "https://arxiv.org/abs/2001.00677"),
            Self::VRex { .. } => ("Krueger et al. 2021", "https://arxiv.org/abs/2003.00688"),
            Self::Irm { .. } => ("Arjovsky et al. 2019", "https://arxiv.org/abs/1907.02893"),
            Self::GroupDro { .. } => ("Sagawa et al. 2020", "https://arxiv.org/abs/1911.08731"),
            Self::Coral { .. } => ("Sun, Saenko 2016", "https://arxiv.org/abs/1607.01719"),
            Self::Mmd { .. } => (
                "Gretton et al. 2012",
                "https://jmlr.org/papers/v13/gretton12a.html",
            ),
            Self::SpectralDecoupling { .. } => {
                ("Pezeshki et al. 2021", "https://arxiv.org/abs/2011.09468")
            }
            Self::AndMask { .. } => (
                "Parascandolo et al. 2021",
                "https://arxiv.org/abs/2009.00329",
            ),
        };
        Some(Paper::new(authors, address))
    }

    /// Whether it is plain [`Self::Erm`].
    pub fn is_erm(&self) -> bool {
        *self == Self::Erm
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_values_go_there_and_back() {
        for objective in Objective::ALL {
            assert_eq!(Objective::from_name(objective.name()), Some(objective));
            let json = serde_json::to_value(objective).unwrap_or_default();
            assert_eq!(json["kind"], objective.name());
            assert_eq!(serde_json::from_value(json.clone()).ok(), Some(objective));
            if let Some(parameter) = objective.parameter() {
                assert_eq!(json[parameter.name], parameter.value);
                assert_eq!(objective.with_parameter(parameter.value), objective);
                let other = objective.with_parameter(0.5).parameter();
                assert_eq!(other.map(|it| it.value), Some(0.5));
            }
        }
    }

    #[test]
    fn an_optimizer_that_starts_anew_counts_anew() {
        let objective = Objective::VRex {
            weight: 10.0,
            anneal_steps: 5,
        };
        let counted: Vec<u64> = (3..8)
            .map(|steps| objective.optimizer_steps(steps))
            .collect();
        assert_eq!(counted, [3, 4, 5, 1, 2]);
        assert_eq!(Objective::Erm.optimizer_steps(7), 7);
    }
}
