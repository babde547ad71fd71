//! How evenly the channels are used.

use super::formula::Formula;
use super::mathml::{bracket, id, math, number, op, over, row, sub, sum};
use super::notation::{at, bracket_of};
use super::numbers::Numbers;

/// The share of each channel, its effective number, its Gini coefficient and its top tenth.
pub(super) fn usage(numbers: &Numbers) -> Formula {
    let n = numbers.features[0];
    let live = numbers.live.usage.as_ref();
    let u = || sub(id("u"), id("c"));
    let mean = || row(&[op("|"), at("Z"), op("·"), at("G"), op("|")]);
    let equals = |mut parts: Vec<String>, value: Option<String>| {
        if let Some(value) = value {
            parts.extend([op("="), number(value)]);
        }
        math(&parts)
    };
    let ranked = sub(id("u"), bracket_of(id("i")));
    let tenth = (n as f64 * 0.1).ceil();
    let lines = vec![
        math(&[
            u(),
            op("="),
            over(
                row(&[sum(id("i")), mean()]),
                row(&[sum(row(&[id("c"), op(","), id("i")])), mean()]),
            ),
        ]),
        equals(
            vec![
                id("exp"),
                bracket(&[op("−"), sum(id("c")), u(), id("ln"), u()]),
            ],
            live.map(|usage| format!("{:.2}", usage.effective_number)),
        ),
        equals(
            vec![
                over(number("2"), number(n.to_string())),
                sum(id("i")),
                id("i"),
                op("·"),
                ranked.clone(),
                op("−"),
                over(number((n + 1).to_string()), number(n.to_string())),
            ],
            live.map(|usage| format!("{:.3}", usage.gini)),
        ),
        equals(
            vec![
                sum(row(&[
                    id("i"),
                    op(">"),
                    number((n as f64 - tenth).to_string()),
                ])),
                ranked,
            ],
            live.map(|usage| format!("{:.3}", usage.top_tenth)),
        ),
    ];
    let note = text!("formulas.usage.note", n = n, tenth = tenth);
    Formula::new("usage", lines, note)
}
