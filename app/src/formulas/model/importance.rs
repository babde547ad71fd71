//! What is differentiated, and the importance that its gradient gives every feature.

use rsc_core::config::{Factor, ImportanceFormula, Signal, Strategy};

use super::along::Along;
use super::formula::Formula;
use super::mathml::{bracket, id, math, number, op, over, row, sub, sum};
use super::notation::{at, bracket_of, one_over};
use super::numbers::Numbers;

/// `logit_{b, y_b}`.
fn true_logit() -> String {
    let y = sub(id("y"), id("b"));
    sub(id("logit"), row(&[id("b"), op(","), y]))
}

pub(super) fn signal(numbers: &Numbers) -> Formula {
    let batch = numbers.training.batch_size;
    let log_softmax = || {
        let y = sub(id("y"), id("b"));
        [
            sum(id("b")),
            id("log softmax"), // not shown
            sub(bracket_of(sub(id("logit"), id("b"))), y),
        ]
    };
    let s = id("s");
    let (line, what) = match numbers.challenge.signal {
        Signal::TrueLogit => (
            math(&[s, op("="), sum(id("b")), true_logit()]),
            "true-logit",
        ),
        Signal::Loss => {
            let mut parts = vec![s, op("="), op("−"), one_over(batch)];
            parts.extend(log_softmax());
            (math(&parts), "loss")
        }
        Signal::LossDecrease => {
            let mut parts = vec![s, op("="), one_over(batch)];
            parts.extend(log_softmax());
            (math(&parts), "loss-decrease")
        }
    };
    let gradient = math(&[
        id("G"),
        op("="),
        over(row(&[op("∂"), id("s")]), row(&[op("∂"), id("Z")])),
    ]);
    let [c, h, w] = numbers.features;
    Formula::new(
        "signal-and-gradient",
        vec![line, gradient],
        text_with!(
            &format!("formulas.signal.{what}"),
            batch = batch,
            c = c,
            h = h,
            w = w
        ),
    )
}

fn factor(of: Factor) -> String {
    match of {
        Factor::Gradient => at("G"),
        Factor::Activation => at("Z"),
        Factor::MeanGradient => sub(id("w"), id("c")),
    }
}

pub(super) fn importance(numbers: &Numbers, along: Along) -> Formula {
    let [channels, height, width] = numbers.features;
    let positions = height * width;
    let a = sub(id("a"), along.index());
    // The other axis: what is averaged over.
    let (others, other_index) = match along {
        Along::Positions => (channels, id("c")),
        Along::Channels => (positions, id("i")),
    };
    let challenge = &numbers.challenge;
    let activation = ImportanceFormula {
        factors: &[Factor::Activation],
        mean: true,
    };
    let (formula, what) = match challenge.strategy {
        Strategy::Random => (None, String::from("random")),
        Strategy::TopActivation => (Some(activation), String::from("activation")),
        Strategy::TopGradient | Strategy::Off => {
            let rule = challenge.importance;
            (
                Some(rule.formula(along.axis())),
                rule.name().replace('_', "-"),
            )
        }
    };
    let lines = match formula {
        None => {
            let any = bracket(&[number("0"), op(","), number("1")]);
            vec![math(&[a, op("∼"), id("U"), any])]
        }
        Some(formula) => {
            let mut lines = Vec::new();
            if formula.factors.contains(&Factor::MeanGradient) {
                let mean = [factor(Factor::MeanGradient), op("="), one_over(positions)];
                lines.push(math(&[&mean[..], &[sum(id("i")), at("G")]].concat()));
            }
            let mut parts = vec![a, op("=")];
            if formula.mean {
                parts.push(one_over(others));
            }
            parts.push(sum(other_index));
            parts.extend(formula.factors.iter().map(|it| factor(*it)));
            lines.push(math(&parts));
            lines
        }
    };
    let note = text_with!(
        &format!("formulas.importance.{what}.{}", along.id()),
        channels = channels,
        positions = positions
    );
    Formula::new("importance", lines, note)
}
