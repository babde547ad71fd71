//! The formulas in use, with the numbers of the moment: those of the settings, and what the last step,
//! the last evaluation and the image under the microscope came to.

mod along;
mod formula;
mod importance;
mod mask;
mod mathml;
mod methods;
mod notation;
mod numbers;
mod objective;
mod selection;
#[cfg(test)]
mod tests;
mod usage;

use rsc_core::config::{Axis, Strategy};

use self::along::Along;
pub(crate) use self::formula::Formula;
use self::importance::{importance, signal};
use self::mask::{mask, rounds, threshold};
use self::mathml::{id, math, number, op};
use self::methods::{method_terms, regularizer};
pub(crate) use self::numbers::{Live, Numbers};
use self::objective::{gap, loss, update};
use self::selection::selection;
use self::usage::usage;

/// All formulas of one step, in their order.
pub(crate) fn formulas(numbers: &Numbers) -> Vec<Formula> {
    let challenge = &numbers.challenge;
    let mut all: Vec<Formula> = regularizer(numbers).into_iter().collect();
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
            all.push(importance(numbers, along).named_along(along, says));
            all.push(threshold(numbers, along).named_along(along, says));
            if challenge.rounds > 1 {
                all.push(rounds(numbers, along).named_along(along, says));
            }
        }
        all.push(mask(numbers));
        all.push(selection(numbers));
    }
    all.push(method_terms(numbers, loss(numbers)));
    if challenge.strategy != Strategy::Off {
        all.push(gap(numbers));
    }
    all.push(update(&numbers.training));
    all.push(usage(numbers));
    all
}
