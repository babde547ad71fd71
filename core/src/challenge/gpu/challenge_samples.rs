//! Logits, importance, mask and probability drop of each sample, for a head of global average pooling
//! and a linear layer: the gradient has a closed form there, so that no graph is needed.

use burn::tensor::Tensor;

use super::{MAX_ROW, select_samples::select_samples};
use crate::{
    challenge::{
        along::Along,
        head::Layer,
        importance::DEGENERATE_TOLERANCE,
        plan::{Challenge, Challenged, Ranking, Round},
    },
    config::{Importance, Selection, Signal},
    gpu::{ComputeShader, PackedBuffer, buffers, constants, lanes, launch, primitive, wrap},
    quantile::count_at_or_above,
};

/// WebGPU's default limit `maxComputeWorkgroupStorageSize` in bytes.
const WORKGROUP_BYTES: usize = 16_384;

/// The shader; one workgroup a sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct ChallengeSamples {
    channels: usize,
    area: usize,
    classes: usize,
    rounds: usize,
    along: Along,
    rule: RankingRule,
    lanes: usize,
}

/// What ranks the features.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum RankingRule {
    Gradient(Signal, Importance),
    Activation,
}

impl ChallengeSamples {
    /// Number of ranked values.
    fn count(&self) -> usize {
        match self.along {
            Along::Spatial => self.area,
            Along::Channel => self.channels,
        }
    }

    /// Bytes of a workgroup's memory.
    fn workgroup_bytes(&self) -> usize {
        4 * (6 * self.channels + 3 * self.count() + 3 * self.classes + 3 * self.lanes)
    }
}

impl ComputeShader for ChallengeSamples {
    fn wgsl(&self) -> String {
        let rule = match self.rule {
            RankingRule::Gradient(_, Importance::GradientMean) => 0,
            RankingRule::Gradient(_, Importance::GradCam) => 1,
            RankingRule::Gradient(_, Importance::GradientTimesActivation) => 2,
            RankingRule::Activation => 3,
        };
        let signal = match self.rule {
            RankingRule::Gradient(Signal::TrueLogit, _) | RankingRule::Activation => 0,
            RankingRule::Gradient(Signal::Loss, _) => 1,
            RankingRule::Gradient(Signal::LossDecrease, _) => 2,
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
            ("LANES", self.lanes),
        ]);
        let names = ["features", "weight", "bias", "one_hot"];
        let tolerance = format!("const DEGENERATE_TOLERANCE = {DEGENERATE_TOLERANCE:e}f;\n");
        buffers(&names, &["output"], true)
            + &constants
            + &tolerance
            + include_str!("challenge_samples.wgsl")
    }
}

/// Parts of the shader's output buffer.
#[derive(Clone, Copy)]
enum Part {
    /// Logits before masking, `[B, K]`.
    Logits,
    /// Gradient of each channel in the first round, `[B, C]`.
    ChannelGradient,
    /// Importance in the first round, `[B, n]`.
    Importance,
    /// Mask after the last round, `[B, n]`.
    Mask,
    /// Logits after masking, `[B, K]`; empty where it is not wanted.
    MaskedLogits,
    /// Drop of the true class's probability, `[B]`; empty where it is not wanted.
    Drop,
    /// 1 where the importance is the same everywhere, `[B]`.
    Degenerate,
}

/// As [`challenge`](super::super::challenge()); `None` for a random ranking, for features too large for a
/// workgroup's memory, and on other devices.
pub(in crate::challenge) fn challenge_on_gpu(
    features: &Tensor<4>,
    one_hot: &Tensor<2>,
    layer: &Layer,
    plan: &Challenge,
) -> Option<Challenged> {
    let [samples, channels, height, width] = features.dims();
    let [_, classes] = one_hot.dims();
    let shader = shader([channels, height * width, classes], plan)?;
    let count = shader.count();
    let wants_drop = plan.selection == Selection::ProbabilityDrop;
    let output = run(features, one_hot, layer, plan, (shader, wants_drop))?;
    let part = |part: Part, length: usize| output.part(part as usize, [samples, length]);
    let vector = |part: Part| wrap(output.part(part as usize, [samples]));

    let full_mask: Tensor<2> = wrap(part(Part::Mask, count));
    let (masked_logits, drop, selected, mask) = match wants_drop {
        false => {
            let selected = Tensor::ones([samples], &full_mask.device());
            (None, None, selected, full_mask.clone())
        }
        true => {
            let drop: Tensor<1> = vector(Part::Drop);
            let (selected, mask) = select_samples(&drop, &full_mask, plan.b, plan.minimum_drop)?;
            (
                Some(wrap(part(Part::MaskedLogits, classes))),
                Some(drop),
                selected,
                mask,
            )
        }
    };
    let gradient = match shader.rule {
        RankingRule::Activation => None,
        RankingRule::Gradient(..) => {
            let gradient = output.part(Part::ChannelGradient as usize, [samples, channels, 1, 1]);
            let gradient: Tensor<4> = wrap(gradient);
            Some(gradient.expand([samples, channels, height, width]))
        }
    };
    let importance: Tensor<2> = wrap(part(Part::Importance, count));
    // The shader does not write the masks between several rounds.
    let rounds = match shader.rounds {
        1 => vec![Round {
            importance: importance.clone(),
            mask: full_mask.clone(),
        }],
        _ => Vec::new(),
    };
    Some(Challenged {
        logits: wrap(part(Part::Logits, classes)),
        gradient,
        importance,
        rounds,
        degenerate: vector(Part::Degenerate),
        full_mask,
        masked_logits,
        drop,
        selected,
        mask,
    })
}

/// The shader for features of `[channels, positions]` and so many classes; `None` where there is none.
fn shader([channels, area, classes]: [usize; 3], plan: &Challenge) -> Option<ChallengeSamples> {
    let shader = ChallengeSamples {
        channels,
        area,
        classes,
        rounds: plan.rounds.max(1) as usize,
        along: plan.along,
        rule: match plan.ranking {
            Ranking::Gradient(signal, importance) => RankingRule::Gradient(signal, importance),
            Ranking::Activation => RankingRule::Activation,
            Ranking::Random(_) => return None,
        },
        lanes: lanes(),
    };
    let fits = shader.count() <= MAX_ROW && shader.workgroup_bytes() <= WORKGROUP_BYTES;
    fits.then_some(shader)
}

/// Launches the shader; its output has the parts of [`Part`], those of the drop where it is wanted.
fn run(
    features: &Tensor<4>,
    one_hot: &Tensor<2>,
    layer: &Layer,
    plan: &Challenge,
    (shader, wants_drop): (ChallengeSamples, bool),
) -> Option<PackedBuffer> {
    let [samples, ..] = features.dims();
    let features = primitive(features)?;
    let weight = primitive(&layer.weight.clone().without_autodiff())?;
    let bias = primitive(&layer.bias.clone().without_autodiff())?;
    let one_hot = primitive(one_hot)?;
    let count = shader.count();
    let drop = usize::from(wants_drop);
    // In the order of `Part`.
    let lengths = [
        samples * shader.classes,
        samples * shader.channels,
        samples * count,
        samples * count,
        drop * samples * shader.classes,
        drop * samples,
        samples,
    ];
    let output = PackedBuffer::new(&features, &lengths);
    let mut params = vec![(1.0 / samples as f32).to_bits()];
    params.extend(output.offsets().iter().map(|offset| *offset as u32));
    let mut left = count;
    for _ in 0..shader.rounds {
        let muted = count_at_or_above(left, plan.p);
        params.push(muted as u32);
        left -= muted;
    }
    params.push(drop as u32);
    let tensors = [&features, &weight, &bias, &one_hot, &output.buffer];
    launch(shader, [samples, 1, 1], &tensors, &params);
    Some(output)
}
