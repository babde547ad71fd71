//! The formulas in use, with the numbers of the moment: those of the settings, and what the last step,
//! the last evaluation and the image under the microscope came to.

mod importance;
mod mask;
mod mathml;
mod notation;
mod objective;
mod selection;
#[cfg(test)]
mod tests;
mod usage;

use rsc_core::config::{Axis, ChallengeConfig, Strategy, TrainingConfig};
use rsc_core::protocol::FeatureUsage;

use self::importance::{Along, importance, signal};
use self::mask::{mask, rounds, threshold};
use self::mathml::{id, math, number, op};
use self::objective::{gap, loss, update};
use self::selection::selection;
use self::usage::usage;
use crate::ui::text::text_of;

/// One formula with its name and its numbers in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Formula {
    /// What it works out, the same in every language.
    pub(crate) id: String,
    /// What it works out, in words.
    pub(crate) name: String,
    /// It, as one or more lines of MathML.
    pub(crate) lines: Vec<String>,
    /// What its signs stand for and what it comes to.
    pub(crate) note: String,
}

impl Formula {
    fn new(id: &str, lines: Vec<String>, note: impl Into<String>) -> Self {
        Self {
            id: id.to_owned(),
            name: text_of(&format!("formulas.name.{id}")).to_owned(),
            lines,
            note: note.into(),
        }
    }

    /// Says in its name what it is of, where there are two of its kind.
    fn of(mut self, along: Along, says: bool) -> Self {
        if says {
            let of = along.id();
            self.id = format!("{}-{of}", self.id);
            self.name = text_with!(&format!("formulas.along.{of}"), name = self.name);
        }
        self
    }
}

/// What the numbers are taken from.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Numbers {
    /// The challenged arm's settings.
    pub(crate) challenge: ChallengeConfig,
    /// Batch, rate and optimizer.
    pub(crate) training: TrainingConfig,
    /// Feature map at the challenge point: channels, height, width.
    pub(crate) features: [usize; 3],
    /// Number of classes.
    pub(crate) classes: usize,
    /// Epoch, counted from 0.
    pub(crate) epoch: u32,
    /// What the formulas came to.
    pub(crate) live: Live,
}

/// What the formulas came to where they were worked out last; `None` where they were not yet.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Live {
    /// Along what the image under the microscope was challenged, and its threshold.
    pub(crate) threshold: Option<(Axis, f32)>,
    /// The probability of its true class before and after.
    pub(crate) true_class: Option<(f32, f32)>,
    /// The drop from which on images of the last batch were challenged.
    pub(crate) batch_drop: Option<f32>,
    /// Loss and challenge gap of the last step.
    pub(crate) gap: Option<(f32, f32)>,
    /// Feature usage at the last evaluation.
    pub(crate) usage: Option<FeatureUsage>,
}

/// All formulas of one step, in their order.
pub(crate) fn formulas(numbers: &Numbers) -> Vec<Formula> {
    let challenge = &numbers.challenge;
    let mut all = Vec::new();
    if challenge.strategy == Strategy::Off {
        all.push(Formula::new(
            "mask",
            vec![math(&[id("M"), op("="), number("1")])],
            text!("formulas.mask.off"),
        ));
    } else {
        if challenge.strategy == Strategy::TopGradient {
            all.push(signal(numbers));
        }
        let axes: &[Along] = match challenge.axis {
            Axis::Spatial => &[Along::Positions],
            Axis::Channel => &[Along::Channels],
            Axis::Mixed => &[Along::Positions, Along::Channels],
        };
        for &along in axes {
            let says = axes.len() > 1;
            all.push(importance(numbers, along).of(along, says));
            all.push(threshold(numbers, along).of(along, says));
            if challenge.rounds > 1 {
                all.push(rounds(numbers, along).of(along, says));
            }
        }
        all.push(mask(numbers));
        all.push(selection(numbers));
    }
    all.push(loss(numbers));
    if challenge.strategy != Strategy::Off {
        all.push(gap(numbers));
    }
    all.push(update(&numbers.training));
    all.push(usage(numbers));
    all
}
