//! The samples of a batch that the mask applies to.

use rsc_core::config::Selection;
use rsc_core::quantile::count_at_or_above;

use super::formula::Formula;
use super::mathml::{bracket, id, math, number, op, over, row, sub};
use super::notation::{counted, measured, plain, share};
use super::numbers::Numbers;

const NAME: &str = "selection";

/// All samples, those whose probability drops most, or those whose probability drops by a minimum.
pub(super) fn selection(numbers: &Numbers) -> Formula {
    let challenge = &numbers.challenge;
    let batch = numbers.training.batch_size;
    if challenge.selection == Selection::All {
        return everyone(batch);
    }
    let b = challenge.batch_fraction(numbers.epoch);
    let mut lines = vec![drop_of_probability()];
    if challenge.curriculum {
        lines.push(curriculum(numbers.epoch, b));
    }
    if let Some((before, after)) = numbers.live.true_class {
        lines.push(math(&[
            op("="),
            number(measured(before)),
            op("−"),
            number(measured(after)),
            op("="),
            number(measured(before - after)),
        ]));
    }
    let mut note = match challenge.minimum_drop {
        Some(minimum) => {
            // As the engine: half to even, like the official code.
            let most = format!("{:.0}", (b * batch as f64).round_ties_even());
            lines.extend(at_most(b, batch, &most, minimum));
            text!(
                "formulas.selection.minimum-drop",
                most = most,
                batch = batch,
                minimum = plain(minimum)
            )
        }
        None => {
            let chosen = count_at_or_above(batch, b);
            lines.extend(counted("r", "m", b, "b", batch, "B"));
            text!("formulas.selection.share", chosen = chosen, batch = batch)
        }
    };
    if numbers.live.true_class.is_some() {
        note.push_str(text!("formulas.selection.seen"));
    }
    if let Some(drop) = numbers.live.batch_drop {
        note.push_str(&text!("formulas.selection.batch", drop = measured(drop)));
    }
    Formula::new(NAME, lines, note)
}

fn everyone(batch: usize) -> Formula {
    Formula::new(
        NAME,
        vec![math(&[
            id("m"),
            op("="),
            id("B"),
            op("="),
            number(batch.to_string()),
        ])],
        text!("formulas.selection.all", batch = batch),
    )
}

/// `d = softmax(head(Z))_y − softmax(head(Z ⊙ M))_y`.
fn drop_of_probability() -> String {
    let head = |of: Vec<String>| {
        let inner = row(&[id("head"), bracket(&of)]);
        sub(row(&[id("softmax"), bracket(&[inner])]), id("y"))
    };
    math(&[
        id("d"),
        op("="),
        head(vec![id("Z")]),
        op("−"),
        head(vec![id("Z"), op("⊙"), id("M")]),
    ])
}

/// b in an epoch of the official code's curriculum.
fn curriculum(epoch: u32, b: f64) -> String {
    math(&[
        id("b"),
        op("="),
        id("min"),
        bracket(&[
            number("1"),
            op(","),
            number("0.3"),
            op("+"),
            number("0.2"),
            op("·"),
            op("⌊"),
            over(number(epoch.to_string()), number("10")),
            op("⌋"),
        ]),
        op("="),
        share(b),
    ])
}

/// `m ≤ round(b·B)` and `d > minimum`.
fn at_most(b: f64, batch: usize, most: &str, minimum: f64) -> [String; 2] {
    [
        math(&[
            id("m"),
            op("≤"),
            id("round"),
            bracket(&[id("b"), op("·"), id("B")]),
            op("="),
            id("round"),
            bracket(&[share(b), op("·"), number(batch.to_string())]),
            op("="),
            number(most),
        ]),
        math(&[id("d"), op(">"), number(plain(minimum))]),
    ]
}
