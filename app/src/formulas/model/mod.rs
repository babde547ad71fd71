//! The formulas in use, with the numbers of the moment: those of the settings, and what the last step,
//! the last evaluation and the image under the microscope came to.

pub(crate) mod mathml;
#[cfg(test)]
pub(crate) mod tests;

use rsc_core::config::{
    Axis, ChallengeConfig, Importance, OptimizerConfig, Selection, Signal, Strategy, TrainingConfig,
};
use rsc_core::protocol::FeatureUsage;
use rsc_core::quantile::count_at_or_above;

use crate::ui::text::text_of;

use crate::formulas::model::mathml::{bracket, id, math, number, op, over, row, sub, sum};

/// One formula with its name and its numbers in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Formula {
    /// What it works out, the same in every language.
    pub(crate) id: String,
    /// What it works out, in words.
    pub(crate) name: String,
    /// It, as one or more lines of MathML.
    pub(crate) lines: Vec<String>,
    /// What its signs stand for and what it comes to.
    pub(crate) note: String,
}

impl Formula {
    fn new(id: &str, lines: Vec<String>, note: impl Into<String>) -> Self {
        Self {
            id: id.to_owned(),
            name: text_of(&format!("formulas.name.{id}")).to_owned(),
            lines,
            note: note.into(),
        }
    }

    /// Says in its name what it is of, where there are two of its kind.
    fn of(mut self, along: Along, says: bool) -> Self {
        if says {
            let of = along.id();
            self.id = format!("{}-{of}", self.id);
            self.name = text_with!(&format!("formulas.along.{of}"), name = self.name);
        }
        self
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
    /// What the formulas came to.
    pub(crate) live: Live,
}

/// What the formulas came to where they were worked out last; `None` where they were not yet.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Live {
    /// Along what the image under the microscope was challenged, and its threshold.
    pub(crate) threshold: Option<(Axis, f32)>,
    /// The probability of its true class before and after.
    pub(crate) true_class: Option<(f32, f32)>,
    /// The drop from which on images of the last batch were challenged.
    pub(crate) batch_drop: Option<f32>,
    /// Loss and challenge gap of the last step.
    pub(crate) gap: Option<(f32, f32)>,
    /// Feature usage at the last evaluation.
    pub(crate) usage: Option<FeatureUsage>,
}

/// All formulas of one step, in their order.
pub(crate) fn formulas(numbers: &Numbers) -> Vec<Formula> {
    let challenge = &numbers.challenge;
    let mut all = Vec::new();
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
            all.push(importance(numbers, along).of(along, says));
            all.push(threshold(numbers, along).of(along, says));
            if challenge.rounds > 1 {
                all.push(rounds(numbers, along).of(along, says));
            }
        }
        all.push(mask(numbers));
        all.push(selection(numbers));
    }
    all.push(loss(numbers));
    if challenge.strategy != Strategy::Off {
        all.push(gap(numbers));
    }
    all.push(update(&numbers.training));
    all.push(usage(numbers));
    all
}

/// What is muted as one piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Along {
    Positions,
    Channels,
}

impl Along {
    fn id(self) -> &'static str {
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

fn bracket_of(part: String) -> String {
    row(&[bracket(&[part])])
}

fn importance(numbers: &Numbers, along: Along) -> Formula {
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

fn threshold(numbers: &Numbers, along: Along) -> Formula {
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

/// A measured number, to four digits.
fn measured(value: f32) -> String {
    let value = f64::from(value);
    let text = if value != 0.0 && value.abs() < 1e-3 {
        format!("{value:.2e}")
    } else {
        format!("{value:.4}")
    };
    text.replace('-', "−")
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

fn rounds(numbers: &Numbers, along: Along) -> Formula {
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

fn mask(numbers: &Numbers) -> Formula {
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

fn selection(numbers: &Numbers) -> Formula {
    let challenge = &numbers.challenge;
    let batch = numbers.training.batch_size;
    let name = "selection";
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
            text!("formulas.selection.all", batch = batch),
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
            text!(
                "formulas.selection.minimum-drop",
                most = format!("{most:.0}"),
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
    Formula::new(name, lines, note)
}

/// `Γ = L(F ⊙ M) − L(F)`, both without label smoothing.
fn gap(numbers: &Numbers) -> Formula {
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
        // With label smoothing the loss that is minimised is not one of these two.
        if numbers.training.label_smoothing <= 0.0 {
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

/// How evenly the channels are used.
fn usage(numbers: &Numbers) -> Formula {
    let n = numbers.features[0];
    let live = numbers.live.usage.as_ref();
    let u = || sub(id("u"), id("c"));
    let mean = || row(&[op("|"), at("Z"), op("·"), at("G"), op("|")]);
    let told = |mut parts: Vec<String>, value: Option<String>| {
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
        told(
            vec![
                id("exp"),
                bracket(&[op("−"), sum(id("c")), u(), id("ln"), u()]),
            ],
            live.map(|usage| format!("{:.2}", usage.effective_number)),
        ),
        told(
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
        told(
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
