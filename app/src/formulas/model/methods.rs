//! What the methods beside the challenge add: terms of the loss, and what is dropped at random.

use rsc_core::config::{Objective, Regularizer};

use super::formula::Formula;
use super::mathml::{bracket, id, math, number, op, over, row, sub, sum};
use super::notation::plain;
use super::numbers::Numbers;

/// `L_d`.
fn of_domain(name: &str) -> String {
    sub(id(name), id("d"))
}

fn squared(base: String) -> String {
    format!("<msup>{}<mn>2</mn></msup>", row(&[base]))
}

fn overlined(name: &str) -> String {
    format!("<mover>{}<mo>¯</mo></mover>", id(name))
}

/// `1/D Σ_d`.
fn mean_over_domains() -> Vec<String> {
    vec![over(number("1"), id("D")), sum(id("d"))]
}

/// The loss with what an objective adds to it or makes of it.
pub(super) fn method_terms(numbers: &Numbers, mut loss: Formula) -> Formula {
    let (lines, note) = match numbers.objective {
        Objective::Erm => return loss,
        Objective::Mixup { alpha } => (mixup(), text!("formulas.loss.mixup", alpha = plain(alpha))),
        Objective::VRex { weight, .. } => (
            vec![penalized(
                weight,
                &[mean_over_domains(), vec![variance()]].concat(),
            )],
            text!("formulas.loss.vrex").to_owned(),
        ),
        Objective::Irm { weight, .. } => (irm(weight), text!("formulas.loss.irm").to_owned()),
        Objective::GroupDro { eta } => {
            (group_dro(eta), text!("formulas.loss.group-dro").to_owned())
        }
        Objective::Coral { weight } => (coral(weight), text!("formulas.loss.coral").to_owned()),
        Objective::Mmd { weight } => (mmd(weight), text!("formulas.loss.mmd").to_owned()),
        Objective::SpectralDecoupling { weight } => (
            spectral_decoupling(weight),
            text!("formulas.loss.spectral-decoupling").to_owned(),
        ),
        Objective::AndMask { tau } => (
            and_mask(tau),
            text!("formulas.loss.and-mask", tau = plain(tau)),
        ),
    };
    loss.lines.extend(lines);
    loss.note += &note;
    if let (Some(steps), Some(parameter)) = (
        numbers.objective.anneal_steps(),
        numbers.objective.parameter(),
    ) {
        loss.note += &text!(
            "formulas.loss.annealed",
            steps = steps,
            weight = plain(parameter.value)
        );
    }
    if numbers.objective.compares_domains() {
        loss.note += text!("formulas.loss.by-domain");
    }
    loss
}

/// `L ← mean L_d + weight · penalty`.
fn penalized(weight: f64, penalty: &[String]) -> String {
    let mut parts = vec![id("L"), op("←")];
    parts.extend(mean_over_domains());
    parts.extend([of_domain("L"), op("+"), number(plain(weight)), op("·")]);
    parts.extend_from_slice(penalty);
    math(&parts)
}

fn variance() -> String {
    squared(row(&[bracket(&[of_domain("L"), op("−"), overlined("L")])]))
}

fn mixup() -> Vec<String> {
    let mixed = |name: &str| {
        math(&[
            id(name),
            op("←"),
            id("λ"),
            sub(id(name), id("d")),
            op("+"),
            bracket(&[number("1"), op("−"), id("λ")]),
            sub(id(name), id("d′")),
        ])
    };
    vec![mixed("x"), mixed("y")]
}

fn irm(weight: f64) -> Vec<String> {
    let slope = |which: &str| sub(id("g"), row(&[id("d"), op(","), id(which)]));
    let penalty = [mean_over_domains(), vec![slope("even"), slope("odd")]].concat();
    let slope = math(&[
        id("g"),
        op("="),
        over(number("1"), id("n")),
        sum(id("b")),
        sum(id("k")),
        bracket(&[
            sub(id("p"), row(&[id("b"), id("k")])),
            op("−"),
            sub(id("y"), row(&[id("b"), id("k")])),
        ]),
        sub(id("z"), row(&[id("b"), id("k")])),
    ]);
    vec![slope, penalized(weight, &penalty)]
}

fn group_dro(eta: f64) -> Vec<String> {
    let raised = |index: &str| {
        row(&[
            sub(id("q"), id(index)),
            id("exp"),
            bracket(&[number(plain(eta)), op("·"), sub(id("L"), id(index))]),
        ])
    };
    vec![
        math(&[
            of_domain("q"),
            op("←"),
            over(raised("d"), row(&[sum(id("e")), raised("e")])),
        ]),
        math(&[
            id("L"),
            op("←"),
            sum(id("d")),
            of_domain("q"),
            of_domain("L"),
        ]),
    ]
}

/// The mean over pairs of domains.
fn mean_over_pairs() -> Vec<String> {
    let pair = row(&[id("d"), op("<"), id("e")]);
    let sum = sum(pair);
    let count = over(
        number("2"),
        row(&[id("D"), bracket(&[id("D"), op("−"), number("1")])]),
    );
    vec![count, sum]
}

fn coral(weight: f64) -> Vec<String> {
    let apart = |name: &str| {
        row(&[
            id("mean"),
            squared(row(&[bracket(&[
                sub(id(name), id("d")),
                op("−"),
                sub(id(name), id("e")),
            ])])),
        ])
    };
    let distance = bracket(&[apart("μ"), op("+"), apart("C")]);
    let penalty = [mean_over_pairs(), vec![distance]].concat();
    vec![penalized(weight, &penalty)]
}

fn mmd(weight: f64) -> Vec<String> {
    let kernel = |first: &str, second: &str| sub(id("K"), row(&[id(first), id(second)]));
    let distance = bracket(&[
        kernel("d", "d"),
        op("+"),
        kernel("e", "e"),
        op("−"),
        number("2"),
        kernel("d", "e"),
    ]);
    let penalty = [mean_over_pairs(), vec![distance]].concat();
    vec![penalized(weight, &penalty)]
}

fn spectral_decoupling(weight: f64) -> Vec<String> {
    vec![math(&[
        id("L"),
        op("←"),
        id("L"),
        op("+"),
        number(plain(weight)),
        op("·"),
        id("mean"),
        squared(id("z")),
    ])]
}

fn and_mask(tau: f64) -> Vec<String> {
    let agrees = [
        vec![id("a"), op("="), op("|")],
        mean_over_domains(),
        vec![id("sign"), of_domain("g"), op("|"), op("≥")],
        vec![number(plain(tau))],
    ];
    let gradient = [
        vec![id("g"), op("←"), over(id("a"), overlined("a"))],
        mean_over_domains(),
        vec![of_domain("g")],
    ];
    vec![math(&agrees.concat()), math(&gradient.concat())]
}

/// What is dropped at random; `None` where nothing is.
pub(super) fn regularizer(numbers: &Numbers) -> Option<Formula> {
    let of_features = |factor: Vec<String>| {
        let mut parts = vec![
            id("F"),
            op("←"),
            id("F"),
            op("⊙"),
            id("D"),
            op(","),
            id("D"),
        ];
        parts.push(op("∼"));
        parts.extend(factor);
        math(&parts)
    };
    let bernoulli = |rate: f64| {
        vec![
            over(number("1"), number(plain(1.0 - rate))),
            id("Bernoulli"),
            bracket(&[number(plain(1.0 - rate))]),
        ]
    };
    let [_, height, width] = numbers.features;
    let (lines, note) = match numbers.regularizer {
        Regularizer::None => return None,
        Regularizer::Dropout { rate } => (
            vec![of_features(bernoulli(rate))],
            text!(
                "formulas.regularizer.dropout",
                kept = plain(1.0 - rate),
                scale = plain(1.0 / (1.0 - rate))
            ),
        ),
        Regularizer::SpatialDropout { rate } => (
            vec![of_features(bernoulli(rate))],
            text!(
                "formulas.regularizer.spatial-dropout",
                kept = plain(1.0 - rate),
                scale = plain(1.0 / (1.0 - rate))
            ),
        ),
        Regularizer::DropBlock { rate, block } => (
            vec![drop_block_rate(rate, block, [height, width])],
            text!("formulas.regularizer.drop-block", block = block),
        ),
        Regularizer::RandomErasing { probability } => (
            vec![math(&[id("x"), op("←"), id("x"), op("⊙"), id("D")])],
            text!(
                "formulas.regularizer.random-erasing",
                rate = plain(probability)
            ),
        ),
    };
    Some(Formula::new("regularizer", lines, note))
}

/// `γ = rate / block² · H W / ((H − block + 1)(W − block + 1))`, in numbers.
fn drop_block_rate(rate: f64, block: usize, [height, width]: [usize; 2]) -> String {
    let possible = [height, width].map(|side| (side + 1).saturating_sub(block).max(1));
    let product = |[first, second]: [usize; 2]| {
        row(&[
            number(first.to_string()),
            op("·"),
            number(second.to_string()),
        ])
    };
    let gamma = rate / (block * block) as f64 * (height * width) as f64
        / (possible[0] * possible[1]) as f64;
    math(&[
        id("γ"),
        op("="),
        over(number(plain(rate)), squared(number(block.to_string()))),
        op("·"),
        over(product([height, width]), product(possible)),
        op("="),
        number(plain((gamma * 1000.0).round() / 1000.0)),
    ])
}
