//! Numbers as the formulas write them, and the pieces that several formulas share.

use rsc_core::quantile::count_at_or_above;

use super::mathml::{bracket, id, math, number, op, over, row, sub};
use crate::ui::model::format::local;

/// A number without needless digits.
pub(super) fn plain(value: f64) -> String {
    if value != 0.0 && value.abs() < 1e-3 {
        // As 10⁻⁸, where that says it.
        let power = value.abs().log10().round() as i32;
        if (value / 10_f64.powi(power) - 1.0).abs() < 1e-9 {
            return format!("10{}", superscript(power));
        }
        return local(format!("{value:e}").replace('-', "−"));
    }
    let text = format!("{value:.3}");
    if (text.parse().unwrap_or(f64::NAN) - value).abs() > 1e-9 {
        return local(text);
    }
    let trimmed = text.trim_end_matches('0');
    local(String::from(trimmed.strip_suffix('.').unwrap_or(trimmed)))
}

fn superscript(power: i32) -> String {
    let digit = |c: char| match c {
        '-' => '⁻',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        '4' => '⁴',
        '5' => '⁵',
        '6' => '⁶',
        '7' => '⁷',
        '8' => '⁸',
        '9' => '⁹',
        _ => '⁰',
    };
    power.to_string().chars().map(digit).collect()
}

/// A share: thirds as fractions, which they are in the published settings.
pub(super) fn share(value: f64) -> String {
    for (above, exact) in [("1", 1.0 / 3.0), ("2", 2.0 / 3.0)] {
        if (value - exact).abs() < 1e-9 {
            return over(number(above), number("3"));
        }
    }
    number(plain(value))
}

pub(super) fn one_over(count: impl ToString) -> String {
    over(number("1"), number(count.to_string()))
}

/// `G` or `Z` at channel `c` and position `i`.
pub(super) fn at(name: &str) -> String {
    sub(id(name), row(&[id("c"), id("i")]))
}

pub(super) fn bracket_of(part: String) -> String {
    row(&[bracket(&[part])])
}

/// A measured number, to four digits.
pub(super) fn measured(value: f32) -> String {
    let value = f64::from(value);
    let text = if value != 0.0 && value.abs() < 1e-3 {
        format!("{value:.2e}")
    } else {
        format!("{value:.4}")
    };
    local(text.replace('-', "−"))
}

/// `q = (1 − share)·(n − 1)` and `k = n − ⌈q⌉`, as the engine counts.
pub(super) fn counted(
    q: &str,
    k: &str,
    fraction: f64,
    name: &str,
    n: usize,
    count: &str,
) -> Vec<String> {
    let taken = count_at_or_above(n, fraction);
    if taken == 0 {
        return vec![math(&[id(k), op("="), number("0")])];
    }
    let exact = (1.0 - fraction.clamp(0.0, 1.0)) * (n - 1) as f64;
    let kept = n - taken;
    // Counted as whole where it is so but for rounding; shown as it is otherwise.
    let shown = if (exact - kept as f64).abs() <= 1e-6 * n as f64 {
        kept.to_string()
    } else {
        plain(exact)
    };
    vec![
        math(&[
            id(q),
            op("="),
            bracket(&[number("1"), op("−"), id(name)]),
            bracket(&[id(count), op("−"), number("1")]),
        ]),
        math(&[
            op("="),
            bracket(&[number("1"), op("−"), share(fraction)]),
            op("·"),
            number((n - 1).to_string()),
            op("="),
            number(shown),
        ]),
        math(&[
            id(k),
            op("="),
            id(count),
            op("−"),
            op("⌈"),
            id(q),
            op("⌉"),
            op("="),
            number(n.to_string()),
            op("−"),
            number(kept.to_string()),
            op("="),
            number(taken.to_string()),
        ]),
    ]
}
