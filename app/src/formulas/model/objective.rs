//! The loss that a step minimises, the challenge gap, and the update of the parameters.

use rsc_core::config::{Objective, OptimizerConfig, Strategy, TrainingConfig};

use super::formula::Formula;
use super::mathml::{bracket, id, math, number, op, over, row, sub};
use super::notation::{measured, plain};
use super::numbers::Numbers;

pub(super) fn loss(numbers: &Numbers) -> Formula {
    let smoothing = numbers.training.label_smoothing;
    let batch = numbers.training.batch_size;
    let features = if numbers.challenge.strategy == Strategy::Off {
        vec![id("F")]
    } else {
        vec![id("F"), op("⊙"), id("M")]
    };
    let mut inner = vec![id("head"), bracket(&features), op(",")];
    let mut lines = Vec::new();
    let note = if smoothing > 0.0 {
        inner.push(id("t"));
        lines.push(math(&[
            id("t"),
            op("="),
            bracket(&[number("1"), op("−"), number(plain(smoothing))]),
            op("·"),
            sub(number("1"), id("y")),
            op("+"),
            over(
                number(plain(smoothing)),
                number(numbers.classes.to_string()),
            ),
        ]));
        text!(
            "formulas.loss.smoothed",
            batch = batch,
            smoothing = plain(smoothing),
            classes = numbers.classes
        )
    } else {
        inner.push(id("y"));
        text!("formulas.loss.plain", batch = batch)
    };
    lines.push(math(&[id("L"), op("="), id("CE"), bracket(&inner)]));
    Formula::new("loss", lines, note)
}

/// `Γ = L(F ⊙ M) − L(F)`, both without label smoothing.
pub(super) fn gap(numbers: &Numbers) -> Formula {
    let loss_of = |features: &[String]| row(&[id("CE"), bracket(&[id("head"), bracket(features)])]);
    let masked = loss_of(&[id("F"), op("⊙"), id("M")]);
    let mut lines = vec![math(&[
        id("Γ"),
        op("="),
        masked,
        op("−"),
        loss_of(&[id("F")]),
    ])];
    if let Some((loss, gap)) = numbers.live.gap {
        let mut parts = vec![op("=")];
        // With label smoothing or another objective what is minimised is not one of these two.
        if numbers.training.label_smoothing <= 0.0 && numbers.objective == Objective::Erm {
            parts.extend([
                number(measured(loss)),
                op("−"),
                number(measured(loss - gap)),
            ]);
            parts.push(op("="));
        }
        parts.push(number(measured(gap)));
        lines.push(math(&parts));
    }
    Formula::new("gap", lines, text!("formulas.gap.note"))
}

pub(super) fn update(training: &TrainingConfig) -> Formula {
    let theta = || id("θ");
    let rate = || number(plain(training.learning_rate));
    let mut lines = Vec::new();
    let decay = match training.optimizer {
        OptimizerConfig::Adam { weight_decay, .. } | OptimizerConfig::Sgd { weight_decay, .. } => {
            weight_decay
        }
    };
    let mut gradient = vec![
        id("g"),
        op("="),
        over(row(&[op("∂"), id("L")]), row(&[op("∂"), theta()])),
    ];
    if decay > 0.0 {
        gradient.extend([op("+"), number(plain(decay)), op("·"), theta()]);
    }
    lines.push(math(&gradient));
    let decay = if decay > 0.0 {
        text!("formulas.update.decay", decay = plain(decay))
    } else {
        String::new()
    };
    let step = |change: Vec<String>| {
        let mut parts = vec![theta(), op("←"), theta(), op("−"), rate(), op("·")];
        parts.extend(change);
        math(&parts)
    };
    match training.optimizer {
        OptimizerConfig::Adam {
            beta_1,
            beta_2,
            epsilon,
            ..
        } => {
            let moment = |name: &str| format!("<mover>{}<mo>^</mo></mover>", id(name));
            lines.push(step(vec![over(
                moment("m"),
                row(&[
                    format!("<msqrt>{}</msqrt>", moment("v")),
                    op("+"),
                    number(plain(epsilon)),
                ]),
            )]));
            let note = text!(
                "formulas.update.adam",
                rate = plain(training.learning_rate),
                beta_1 = plain(beta_1),
                beta_2 = plain(beta_2)
            );
            Formula::new("update", lines, note + &decay)
        }
        OptimizerConfig::Sgd { momentum, .. } => {
            let velocity = momentum > 0.0;
            if velocity {
                lines.push(math(&[
                    id("v"),
                    op("←"),
                    number(plain(momentum)),
                    op("·"),
                    id("v"),
                    op("+"),
                    id("g"),
                ]));
            }
            lines.push(step(vec![id(if velocity { "v" } else { "g" })]));
            let rate = plain(training.learning_rate);
            let note = if velocity {
                text!(
                    "formulas.update.sgd-momentum",
                    rate = rate,
                    momentum = plain(momentum)
                )
            } else {
                text!("formulas.update.sgd", rate = rate)
            };
            Formula::new("update", lines, note + &decay)
        }
    }
}
