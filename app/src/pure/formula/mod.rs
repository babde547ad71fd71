//! The formulas in use, with the numbers of the moment.

mod mathml;

use rsc_core::config::{
    Axis, ChallengeConfig, Importance, OptimizerConfig, Selection, Signal, Strategy, TrainingConfig,
};
use rsc_core::quantile::count_at_or_above;

use mathml::{bracket, id, math, number, op, over, row, sub, sum};

/// One formula with its name and its numbers in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Formula {
    /// What it works out.
    pub(crate) name: String,
    /// It, as one or more lines of MathML.
    pub(crate) lines: Vec<String>,
    /// What its signs stand for and what it comes to.
    pub(crate) note: String,
}

impl Formula {
    fn new(name: impl Into<String>, lines: Vec<String>, note: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            lines,
            note: note.into(),
        }
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
}

/// All formulas of one step, in their order.
pub(crate) fn formulas(numbers: &Numbers) -> Vec<Formula> {
    let challenge = &numbers.challenge;
    let mut all = Vec::new();
    if challenge.strategy == Strategy::Off {
        all.push(Formula::new(
            "Mask",
            vec![math(&[id("M"), op("="), number("1")])],
            "The strategy is off: nothing is muted.",
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
            let suffix = if axes.len() > 1 {
                format!(" ({})", along.name())
            } else {
                String::new()
            };
            all.push(importance(numbers, along, &suffix));
            all.push(threshold(numbers, along, &suffix));
            if challenge.rounds > 1 {
                all.push(rounds(numbers, along, &suffix));
            }
        }
        all.push(mask(numbers));
        all.push(selection(numbers));
    }
    all.push(loss(numbers));
    all.push(update(&numbers.training));
    all
}

/// What is muted as one piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Along {
    Positions,
    Channels,
}

impl Along {
    fn name(self) -> &'static str {
        match self {
            Self::Positions => "positions",
            Self::Channels => "channels",
        }
    }

    fn count(self, [channels, height, width]: [usize; 3]) -> usize {
        match self {
            Self::Positions => height * width,
            Self::Channels => channels,
        }
    }

    /// The index of one of them.
    fn index(self) -> String {
        match self {
            Self::Positions => id("i"),
            Self::Channels => id("c"),
        }
    }
}

/// A number without needless digits.
fn plain(value: f64) -> String {
    if value != 0.0 && value.abs() < 1e-3 {
        // As 10⁻⁸, where that says it.
        let power = value.abs().log10().round() as i32;
        if (value / 10_f64.powi(power) - 1.0).abs() < 1e-9 {
            return format!("10{}", superscript(power));
        }
        return format!("{value:e}").replace('-', "−");
    }
    let text = format!("{value:.3}");
    if (text.parse().unwrap_or(f64::NAN) - value).abs() > 1e-9 {
        return text;
    }
    let trimmed = text.trim_end_matches('0');
    String::from(trimmed.strip_suffix('.').unwrap_or(trimmed))
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
fn share(value: f64) -> String {
    for (above, exact) in [("1", 1.0 / 3.0), ("2", 2.0 / 3.0)] {
        if (value - exact).abs() < 1e-9 {
            return over(number(above), number("3"));
        }
    }
    number(plain(value))
}

fn one_over(count: impl ToString) -> String {
    over(number("1"), number(count.to_string()))
}

/// `logit_{b, y_b}`.
fn true_logit() -> String {
    let y = sub(id("y"), id("b"));
    sub(id("logit"), row(&[id("b"), op(","), y]))
}

/// `G` or `Z` at channel `c` and position `i`.
fn at(name: &str) -> String {
    sub(id(name), row(&[id("c"), id("i")]))
}

fn signal(numbers: &Numbers) -> Formula {
    let batch = numbers.training.batch_size;
    let log_softmax = || {
        let y = sub(id("y"), id("b"));
        [
            sum(id("b")),
            id("log softmax"),
            sub(bracket_of(sub(id("logit"), id("b"))), y),
        ]
    };
    let s = id("s");
    let (line, words) = match numbers.challenge.signal {
        Signal::TrueLogit => (
            math(&[s, op("="), sum(id("b")), true_logit()]),
            "the true class's logits",
        ),
        Signal::Loss => {
            let mut parts = vec![s, op("="), op("−"), one_over(batch)];
            parts.extend(log_softmax());
            (math(&parts), "the loss")
        }
        Signal::LossDecrease => {
            let mut parts = vec![s, op("="), one_over(batch)];
            parts.extend(log_softmax());
            (math(&parts), "minus the loss")
        }
    };
    let gradient = math(&[
        id("G"),
        op("="),
        over(row(&[op("∂"), id("s")]), row(&[op("∂"), id("Z")])),
    ]);
    let [c, h, w] = numbers.features;
    Formula::new(
        "Signal and gradient",
        vec![line, gradient],
        format!(
            "s is {words} over the {batch} images b of a batch; Z are their features, {batch} × {c} channels × {h} × {w} positions, and G is as large."
        ),
    )
}

fn bracket_of(part: String) -> String {
    row(&[bracket(&[part])])
}

fn importance(numbers: &Numbers, along: Along, suffix: &str) -> Formula {
    let [channels, height, width] = numbers.features;
    let positions = height * width;
    let a = sub(id("a"), along.index());
    // The other axis: what is averaged over.
    let (others, other_index, other) = match along {
        Along::Positions => (channels, id("c"), "channels c"),
        Along::Channels => (positions, id("i"), "positions i"),
    };
    let name = format!("Importance{suffix}");
    let mean = |what: String| {
        math(&[
            a.clone(),
            op("="),
            one_over(others),
            sum(other_index.clone()),
            what,
        ])
    };
    let each = match along {
        Along::Positions => "position i",
        Along::Channels => "channel c",
    };
    match (numbers.challenge.strategy, numbers.challenge.importance) {
        (Strategy::Random, _) => Formula::new(
            name,
            vec![math(&[
                a,
                op("∼"),
                id("U"),
                bracket(&[number("0"), op(","), number("1")]),
            ])],
            format!("One random number for each {each}, drawn anew in each step."),
        ),
        (Strategy::TopActivation, _) => Formula::new(
            name,
            vec![mean(at("Z"))],
            format!("The mean activation over {others} {other}."),
        ),
        (_, Importance::GradCam) if along == Along::Positions => {
            let weight = sub(id("w"), id("c"));
            Formula::new(
                name,
                vec![
                    math(&[
                        weight.clone(),
                        op("="),
                        one_over(positions),
                        sum(id("i")),
                        at("G"),
                    ]),
                    math(&[a, op("="), sum(id("c")), weight, at("Z")]),
                ],
                format!(
                    "Grad-CAM: each of {channels} channels c weighs by its mean gradient over {positions} positions i."
                ),
            )
        }
        (_, Importance::GradientTimesActivation) => Formula::new(
            name,
            vec![mean(row(&[at("G"), at("Z")]))],
            format!("Gradient times activation, the mean over {others} {other}."),
        ),
        (_, Importance::GradCam) => Formula::new(
            name,
            vec![mean(at("G"))],
            format!("Over channels, Grad-CAM is the mean gradient over {others} {other}."),
        ),
        (_, Importance::GradientMean) => Formula::new(
            name,
            vec![mean(at("G"))],
            format!("The mean gradient over {others} {other}."),
        ),
    }
}

/// `q = (1 − share)·(n − 1)` and `k = n − ⌈q⌉`, as the engine counts.
fn counted(q: &str, k: &str, fraction: f64, name: &str, n: usize, count: &str) -> Vec<String> {
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

fn threshold(numbers: &Numbers, along: Along, suffix: &str) -> Formula {
    let n = along.count(numbers.features);
    let p = numbers.challenge.p;
    let k = count_at_or_above(n, p);
    let what = along.name();
    let note = if k == 0 {
        String::from("p = 0 means no muting at all.")
    } else if k == n {
        format!("All of n = {n} {what} are muted.")
    } else {
        format!(
            "Of n = {n} {what}, the k = {k} with the largest importance are muted and {} kept; with ties, more are muted.",
            n - k
        )
    };
    Formula::new(
        format!("Quantile threshold{suffix}"),
        counted("q", "k", p, "p", n, "n"),
        note,
    )
}

/// How many are kept after each round.
fn kept_after(n: usize, p: f64, rounds: u32) -> Vec<usize> {
    let mut left = n;
    (0..rounds)
        .map(|_| {
            left -= count_at_or_above(left, p);
            left
        })
        .collect()
}

fn rounds(numbers: &Numbers, along: Along, suffix: &str) -> Formula {
    let n = along.count(numbers.features);
    let rounds = numbers.challenge.rounds;
    let kept = kept_after(n, numbers.challenge.p, rounds);
    let mut parts = vec![number(n.to_string())];
    for left in &kept {
        parts.push(op("→"));
        parts.push(number(left.to_string()));
    }
    let last = kept.last().copied().unwrap_or(n);
    Formula::new(
        format!("Rounds{suffix}"),
        vec![math(&parts)],
        format!(
            "{} kept after each of {rounds} rounds: each seeks the strongest of what the last one left. In the end {} of {n} are muted.",
            match along {
                Along::Positions => "Positions",
                Along::Channels => "Channels",
            },
            n - last,
        ),
    )
}

fn mask(numbers: &Numbers) -> Formula {
    let p = numbers.challenge.p;
    if p <= 0.0 {
        return Formula::new(
            "Mask",
            vec![math(&[id("M"), op("="), number("1")])],
            "Everything is kept.",
        );
    }
    let (index, what) = match numbers.challenge.axis {
        Axis::Spatial => (id("i"), "position i with all its channels"),
        Axis::Channel => (id("c"), "channel c at all its positions"),
        Axis::Mixed => (
            id("j"),
            "position or channel j; a seeded coin decides for each batch",
        ),
    };
    let ranked = sub(id("a"), bracket_of(id("k")));
    let rounds = if numbers.challenge.rounds > 1 {
        " The masks of all rounds are multiplied."
    } else {
        ""
    };
    Formula::new(
        "Mask",
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
        format!(
            "1 keeps and 0 mutes {what}; the threshold is the k-th largest importance of the same image.{rounds}"
        ),
    )
}

fn selection(numbers: &Numbers) -> Formula {
    let challenge = &numbers.challenge;
    let batch = numbers.training.batch_size;
    let name = "Selection";
    if challenge.selection == Selection::All {
        return Formula::new(
            name,
            vec![math(&[
                id("m"),
                op("="),
                id("B"),
                op("="),
                number(batch.to_string()),
            ])],
            format!("All {batch} images of a batch keep their mask."),
        );
    }
    let b = challenge.batch_fraction(numbers.epoch);
    let head = |of: Vec<String>| {
        let inner = row(&[id("head"), bracket(&of)]);
        sub(row(&[id("softmax"), bracket(&[inner])]), id("y"))
    };
    let mut lines = vec![math(&[
        id("d"),
        op("="),
        head(vec![id("Z")]),
        op("−"),
        head(vec![id("Z"), op("⊙"), id("M")]),
    ])];
    if challenge.curriculum {
        lines.push(math(&[
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
                over(number(numbers.epoch.to_string()), number("10")),
                op("⌋"),
            ]),
            op("="),
            share(b),
        ]));
    }
    let note = match challenge.minimum_drop {
        Some(minimum) => {
            // As the engine: half to even, like the official code.
            let most = (b * batch as f64).round_ties_even();
            lines.push(math(&[
                id("m"),
                op("≤"),
                id("round"),
                bracket(&[id("b"), op("·"), id("B")]),
                op("="),
                id("round"),
                bracket(&[share(b), op("·"), number(batch.to_string())]),
                op("="),
                number(format!("{most:.0}")),
            ]));
            lines.push(math(&[id("d"), op(">"), number(plain(minimum))]));
            format!(
                "d is how far the true class's probability drops. At most {most:.0} of B = {batch} images keep their mask, those with the largest d, and only where d is above {}.",
                plain(minimum)
            )
        }
        None => {
            let chosen = count_at_or_above(batch, b);
            lines.extend(counted("r", "m", b, "b", batch, "B"));
            format!(
                "d is how far the true class's probability drops. The m = {chosen} of B = {batch} images with the largest d keep their mask; the others are trained on whole."
            )
        }
    };
    Formula::new(name, lines, note)
}

fn loss(numbers: &Numbers) -> Formula {
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
        format!(
            "Cross-entropy, the mean over {batch} images, towards targets t with label smoothing {} over {} classes.",
            plain(smoothing),
            numbers.classes
        )
    } else {
        inner.push(id("y"));
        format!("Cross-entropy of the true classes y, the mean over {batch} images.")
    };
    lines.push(math(&[id("L"), op("="), id("CE"), bracket(&inner)]));
    Formula::new("Loss", lines, note)
}

fn update(training: &TrainingConfig) -> Formula {
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
        format!(" Weight decay {}.", plain(decay))
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
            Formula::new(
                "Update",
                lines,
                format!(
                    "Adam with learning rate {}; m and v are running means of g and g², with β₁ = {} and β₂ = {}.{decay}",
                    plain(training.learning_rate),
                    plain(beta_1),
                    plain(beta_2),
                ),
            )
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
            let with = if velocity {
                format!(" and momentum {}", plain(momentum))
            } else {
                String::new()
            };
            Formula::new(
                "Update",
                lines,
                format!(
                    "SGD with learning rate {}{with}.{decay}",
                    plain(training.learning_rate)
                ),
            )
        }
    }
}

#[cfg(test)]
mod tests;
