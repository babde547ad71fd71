//! The challenge on the GPU device: with the head that averages and is linear, one program decides
//! about each sample and a second one about the batch; with any other head, ranking and selection are
//! one program each.
//!
//! The plain functions beside this file say what is computed, and the tests compare with them.

use burn::tensor::Tensor;

use super::{Along, Challenge, Challenged, Layer, Ranking, Round};
use crate::{
    config::{Importance, Selection, Signal},
    gpu::{LANES, Program, Sheet, buffers, constants, dims, empty, lanes, launch, plain, wrap},
    quantile::count_at_or_above,
};

/// Bytes of a workgroup's memory that WebGPU promises.
const WORKGROUP: usize = 16_384;
/// With longer rows, comparing all pairs takes longer than Burn's way.
const LONGEST: usize = 1_024;

/// Decides about each sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Judge {
    channels: usize,
    area: usize,
    classes: usize,
    rounds: usize,
    along: Along,
    rule: Rule,
    drop: bool,
    lanes: usize,
}

/// What ranks the features.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Rule {
    Gradient(Signal, Importance),
    Activation,
}

impl Judge {
    /// Values that are ranked.
    fn count(&self) -> usize {
        match self.along {
            Along::Spatial => self.area,
            Along::Channel => self.channels,
        }
    }

    /// Bytes of memory that a workgroup needs.
    fn bytes(&self) -> usize {
        4 * (6 * self.channels + 3 * self.count() + 3 * self.classes + 3 * self.lanes)
    }
}

impl Program for Judge {
    fn wgsl(&self) -> String {
        let rule = match self.rule {
            Rule::Gradient(_, Importance::GradientMean) => 0,
            Rule::Gradient(_, Importance::GradCam) => 1,
            Rule::Gradient(_, Importance::GradientTimesActivation) => 2,
            Rule::Activation => 3,
        };
        let signal = match self.rule {
            Rule::Gradient(Signal::TrueLogit, _) | Rule::Activation => 0,
            Rule::Gradient(Signal::Loss, _) => 1,
            Rule::Gradient(Signal::LossDecrease, _) => 2,
        };
        let constants = constants(&[
            ("CHANNELS", self.channels),
            ("AREA", self.area),
            ("CLASSES", self.classes),
            ("COUNT", self.count()),
            ("ROUNDS", self.rounds),
            ("SPATIAL", usize::from(self.along == Along::Spatial)),
            ("GRADIENT_MEAN", 0),
            ("GRAD_CAM", 1),
            ("GRADIENT_TIMES_ACTIVATION", 2),
            ("ACTIVATION", 3),
            ("RULE", rule),
            ("TRUE_LOGIT", 0),
            ("LOSS_DECREASE", 2),
            ("SIGNAL", signal),
            ("DROP", usize::from(self.drop)),
            ("LANES", self.lanes),
        ]);
        let names = ["features", "weight", "bias", "one_hot"];
        let small = format!("const CONSTANT = {:e}f;\n", super::mask::CONSTANT);
        buffers(&names, &["sheet"], true) + &constants + &small + include_str!("judge.wgsl")
    }
}

/// A challenge as [`super::challenge()`] makes it, for a head that averages and is linear; `None` where
/// this file has no way to do it.
pub(super) fn challenge(
    features: &Tensor<4>,
    one_hot: &Tensor<2>,
    layer: &Layer,
    plan: &Challenge,
) -> Option<Challenged> {
    let [samples, channels, height, width] = features.dims();
    let [_, classes] = one_hot.dims();
    let drop = plan.selection == Selection::ProbabilityDrop;
    let judge = Judge {
        channels,
        area: height * width,
        classes,
        rounds: plan.rounds.max(1) as usize,
        along: plan.along,
        rule: match plan.ranking {
            Ranking::Gradient(signal, importance) => Rule::Gradient(signal, importance),
            Ranking::Activation => Rule::Activation,
            Ranking::Random(_) => return None,
        },
        drop,
        lanes: lanes(),
    };
    let count = judge.count();
    if count > LONGEST || judge.bytes() > WORKGROUP {
        return None;
    }
    let features = plain(features)?;
    let weight = plain(&layer.weight.clone().without_autodiff())?;
    let bias = plain(&layer.bias.clone().without_autodiff())?;
    let one_hot = plain(one_hot)?;

    let after = if drop { samples * classes } else { 0 };
    let lengths = [
        samples * classes,
        samples * channels,
        samples * count,
        samples * count,
        after,
        if drop { samples } else { 0 },
        samples,
    ];
    let sheet = Sheet::new(&features, &lengths);
    let mut words = vec![(1.0 / samples as f32).to_bits()];
    words.extend(sheet.starts().iter().map(|start| *start as u32));
    let mut left = count;
    for _ in 0..judge.rounds {
        let muted = count_at_or_above(left, plan.p);
        words.push(muted as u32);
        left -= muted;
    }
    let tensors = [&features, &weight, &bias, &one_hot, &sheet.whole];
    launch(judge, [samples, 1, 1], &tensors, &words);

    let full_mask: Tensor<2> = wrap(sheet.part(3, [samples, count]));
    let (masked_logits, drop, selected, mask) = match drop {
        false => {
            let selected = Tensor::ones([samples], &full_mask.device());
            (None, None, selected, full_mask.clone())
        }
        true => {
            let drop: Tensor<1> = wrap(sheet.part(5, [samples]));
            let (selected, mask) = elect(&drop, &full_mask, plan.b, plan.minimum_drop)?;
            (
                Some(wrap(sheet.part(4, [samples, classes]))),
                Some(drop),
                selected,
                mask,
            )
        }
    };
    let gradient = match judge.rule {
        Rule::Activation => None,
        Rule::Gradient(..) => {
            let slope: Tensor<4> = wrap(sheet.part(1, [samples, channels, 1, 1]));
            Some(slope.expand([samples, channels, height, width]))
        }
    };
    let importance: Tensor<2> = wrap(sheet.part(2, [samples, count]));
    // What lies between several rounds stays within the program.
    let rounds = match judge.rounds {
        1 => vec![Round {
            importance: importance.clone(),
            mask: full_mask.clone(),
        }],
        _ => Vec::new(),
    };
    Some(Challenged {
        logits: wrap(sheet.part(0, [samples, classes])),
        gradient,
        importance,
        rounds,
        degenerate: wrap(sheet.part(6, [samples])),
        full_mask,
        masked_logits,
        drop,
        selected,
        mask,
    })
}

/// Decides which samples of the batch are challenged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Elect {
    count: usize,
    /// With a smallest drop that counts.
    strict: bool,
    lanes: usize,
}

impl Program for Elect {
    fn wgsl(&self) -> String {
        let constants = constants(&[
            ("COUNT", self.count),
            ("STRICT", usize::from(self.strict)),
            ("LANES", self.lanes),
        ]);
        buffers(&["drop", "mask"], &["selected", "made"], true)
            + &constants
            + include_str!("elect.wgsl")
    }
}

/// As [`super::select`] and [`super::keep_selected`] together: the samples challenged, `[B]`, and the
/// mask in force, `[B, n]`.
pub(super) fn elect(
    drop: &Tensor<1>,
    mask: &Tensor<2>,
    b: f64,
    minimum: Option<f64>,
) -> Option<(Tensor<1>, Tensor<2>)> {
    let (drop, mask) = (plain(drop)?, plain(mask)?);
    let [samples, count] = dims(&mask);
    let (wanted, least) = match minimum {
        None => (count_at_or_above(samples, b), 0.0),
        Some(minimum) => {
            let most = (b * samples as f64).round_ties_even();
            (most as usize, minimum as f32)
        }
    };
    let selected = empty(&mask, [samples]);
    let made = empty(&mask, [samples, count]);
    let program = Elect {
        count,
        strict: minimum.is_some(),
        lanes: lanes(),
    };
    let words = [samples as u32, wanted as u32, least.to_bits()];
    let tensors = [&drop, &mask, &selected, &made];
    launch(program, [samples, 1, 1], &tensors, &words);
    Some((wrap(selected), wrap(made)))
}

/// Ranks rows of so many values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Rank {
    count: usize,
    lanes: usize,
}

impl Program for Rank {
    fn wgsl(&self) -> String {
        buffers(&["values"], &["made"], true)
            + &constants(&[("COUNT", self.count), ("LANES", self.lanes)])
            + include_str!("rank.wgsl")
    }
}

/// As [`super::at_or_above_kth`]; `None` where this file has no way to do it.
pub(super) fn at_or_above_kth(values: &Tensor<2>, k: usize) -> Option<Tensor<2>> {
    let [rows, count] = values.dims();
    if count > LONGEST {
        return None;
    }
    let values = plain(values)?;
    let made = empty(&values, [rows, count]);
    let program = Rank {
        count,
        lanes: lanes(),
    };
    // Several workgroups share a long row.
    let groups = [rows, count.div_ceil(LANES), 1];
    launch(program, groups, &[&values, &made], &[k as u32]);
    Some(wrap(made))
}

#[cfg(test)]
mod tests;
