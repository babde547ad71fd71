//! Classes that an accuracy says nothing about, since none of their images is tested on.

use rsc_core::data::Dataset;
use serde::{Deserialize, Serialize};

/// Of the data of a run.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct UntestedClasses {
    /// Without a test image in the training domains.
    same_domain: Vec<String>,
    /// Without an image in the held-out domain.
    new_domain: Vec<String>,
}

impl UntestedClasses {
    /// Of a data set.
    pub(crate) fn of(dataset: &Dataset) -> Self {
        let of = |held_out| {
            let names = dataset.untested(held_out).into_iter();
            names.map(str::to_owned).collect()
        };
        Self {
            same_domain: of(false),
            new_domain: of(true),
        }
    }

    /// Whether every class is tested on.
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// What is to be said beside accuracies, a line for each kind of them.
    pub(crate) fn lines(&self) -> Vec<String> {
        let of = |domain: &str, names: &[String]| {
            let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
            let line = format!(
                "{domain}: no image of {}, so its accuracy is about the other classes",
                quoted.join(", ")
            );
            (!names.is_empty()).then_some(line)
        };
        let lines = [
            of("same domain", &self.same_domain),
            of("new domain", &self.new_domain),
        ];
        lines.into_iter().flatten().collect()
    }
}
