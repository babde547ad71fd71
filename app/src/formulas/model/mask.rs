//! The threshold of the importance, and the mask that it makes.

use rsc_core::config::Axis;
use rsc_core::quantile::count_at_or_above;

use super::along::Along;
use super::formula::Formula;
use super::mathml::{id, math, number, op, sub};
use super::notation::{bracket_of, counted, measured};
use super::numbers::Numbers;

pub(super) fn threshold(numbers: &Numbers, along: Along) -> Formula {
    let n = along.count(numbers.features);
    let p = numbers.challenge.p;
    let k = count_at_or_above(n, p);
    let what = along.id();
    let mut note = if k == 0 {
        text!("formulas.threshold.none").to_owned()
    } else if k == n {
        text_with!(&format!("formulas.threshold.all.{what}"), n = n)
    } else {
        text_with!(
            &format!("formulas.threshold.some.{what}"),
            n = n,
            k = k,
            kept = n - k
        )
    };
    let mut lines = counted("q", "k", p, "p", n, "n");
    let seen = numbers.live.threshold.filter(|(axis, _)| match along {
        Along::Positions => *axis != Axis::Channel,
        Along::Channels => *axis == Axis::Channel,
    });
    if let Some((_, at)) = seen.filter(|_| k > 0) {
        let ranked = sub(id("a"), bracket_of(id("k")));
        lines.push(math(&[ranked, op("="), number(measured(at))]));
        note.push_str(text!("formulas.threshold.seen"));
    }
    Formula::new("quantile-threshold", lines, note)
}

/// How many are kept after each round.
pub(super) fn kept_after(n: usize, p: f64, rounds: u32) -> Vec<usize> {
    let mut left = n;
    (0..rounds)
        .map(|_| {
            left -= count_at_or_above(left, p);
            left
        })
        .collect()
}

pub(super) fn rounds(numbers: &Numbers, along: Along) -> Formula {
    let n = along.count(numbers.features);
    let rounds = numbers.challenge.rounds;
    let kept = kept_after(n, numbers.challenge.p, rounds);
    let mut parts = vec![number(n.to_string())];
    for left in &kept {
        parts.push(op("→"));
        parts.push(number(left.to_string()));
    }
    let last = kept.last().copied().unwrap_or(n);
    let note = text_with!(
        &format!("formulas.rounds.{}", along.id()),
        rounds = rounds,
        muted = n - last,
        n = n
    );
    Formula::new("rounds", vec![math(&parts)], note)
}

pub(super) fn mask(numbers: &Numbers) -> Formula {
    let p = numbers.challenge.p;
    if p <= 0.0 {
        return Formula::new(
            "mask",
            vec![math(&[id("M"), op("="), number("1")])],
            text!("formulas.mask.all-kept"),
        );
    }
    let (index, note) = match numbers.challenge.axis {
        Axis::Spatial => (id("i"), text!("formulas.mask.spatial")),
        Axis::Channel => (id("c"), text!("formulas.mask.channel")),
        Axis::Mixed => (id("j"), text!("formulas.mask.mixed")),
    };
    let ranked = sub(id("a"), bracket_of(id("k")));
    let rounds = if numbers.challenge.rounds > 1 {
        text!("formulas.mask.rounds")
    } else {
        ""
    };
    Formula::new(
        "mask",
        vec![math(&[
            sub(id("M"), index.clone()),
            op("="),
            number("1"),
            op("["),
            sub(id("a"), index),
            op("<"),
            ranked,
            op("]"),
        ])],
        format!("{note}{rounds}"),
    )
}
