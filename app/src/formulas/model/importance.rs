//! What is differentiated, and the importance that its gradient gives every feature.

use rsc_core::config::{Importance, Signal, Strategy};

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

pub(super) fn importance(numbers: &Numbers, along: Along) -> Formula {
    let [channels, height, width] = numbers.features;
    let positions = height * width;
    let a = sub(id("a"), along.index());
    // The other axis: what is averaged over.
    let (others, other_index) = match along {
        Along::Positions => (channels, id("c")),
        Along::Channels => (positions, id("i")),
    };
    let mean = |what: String| {
        math(&[
            a.clone(),
            op("="),
            one_over(others),
            sum(other_index.clone()),
            what,
        ])
    };
    let (lines, what) = match (numbers.challenge.strategy, numbers.challenge.importance) {
        (Strategy::Random, _) => {
            let any = bracket(&[number("0"), op(","), number("1")]);
            (vec![math(&[a, op("∼"), id("U"), any])], "random")
        }
        (Strategy::TopActivation, _) => (vec![mean(at("Z"))], "activation"),
        (_, Importance::GradCam) if along == Along::Positions => {
            let weight = sub(id("w"), id("c"));
            let lines = vec![
                math(&[
                    weight.clone(),
                    op("="),
                    one_over(positions),
                    sum(id("i")),
                    at("G"),
                ]),
                math(&[a, op("="), sum(id("c")), weight, at("Z")]),
            ];
            (lines, "grad-cam")
        }
        (_, Importance::GradientTimesActivation) => (
            vec![mean(row(&[at("G"), at("Z")]))],
            "gradient-times-activation",
        ),
        (_, Importance::GradCam) => (vec![mean(at("G"))], "grad-cam"),
        (_, Importance::GradientMean) => (vec![mean(at("G"))], "gradient-mean"),
    };
    let note = text_with!(
        &format!("formulas.importance.{what}.{}", along.id()),
        channels = channels,
        positions = positions
    );
    Formula::new("importance", lines, note)
}
