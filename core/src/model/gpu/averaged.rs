//! The head that averages each channel over all positions and ends in a linear layer, on the GPU
//! device, with a mask over the features or without: one program forward, and one each back to the
//! features and to the layer.

use burn::{
    backend::autodiff::{
        checkpoint::base::Checkpointer,
        grads::Gradients,
        ops::{Backward, Ops, OpsKind},
    },
    nn::Linear,
    tensor::Tensor,
};
use burn_cubecl::{CubeBackend, tensor::CubeTensor};

use crate::challenge::Along;
use crate::gpu::{
    LANES, Program, Strategy, buffers, constants, dims, empty, inner, lanes, launch, plain,
    tracked, whole, wrap, wrap_tracked,
};

/// Values of the features' gradient that one workgroup writes.
const SHARE: usize = 4096;
/// With more channels than this, means would not fit into a workgroup's memory everywhere.
const MOST_CHANNELS: usize = 768;

/// The three programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Averaged {
    Forward(Sizes),
    Input(Sizes),
    Layer(Sizes),
}

/// The sizes that they are made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Sizes {
    channels: usize,
    area: usize,
    classes: usize,
    lanes: usize,
    mask: Option<Along>,
}

impl Sizes {
    fn new(shape: [usize; 4], weight: &CubeTensor, mask: Option<&(CubeTensor, Along)>) -> Self {
        let [_, channels, height, width] = shape;
        let [_, classes] = dims::<2>(weight);
        Self {
            channels,
            area: height * width,
            classes,
            lanes: lanes(),
            mask: mask.map(|(_, along)| *along),
        }
    }

    /// The factor in a program's text, and the name of a buffer for it.
    fn masked(&self, text: &str) -> (String, Option<&str>) {
        let factor = match self.mask {
            None => "",
            Some(Along::Spatial) => " * mask[sample * AREA + at]",
            Some(Along::Channel) => " * mask[sample * CHANNELS + c]",
        };
        (
            text.replace("]FACTOR", &format!("]{factor}")),
            self.mask.map(|_| "mask"),
        )
    }
}

impl Program for Averaged {
    fn wgsl(&self) -> String {
        let (declared, sizes, body) = match self {
            Self::Forward(sizes) => {
                let (body, mask) = sizes.masked(include_str!("averaged.wgsl"));
                let names: Vec<_> = ["x", "weight", "bias"].into_iter().chain(mask).collect();
                (buffers(&names, &["logits", "means"], false), sizes, body)
            }
            Self::Input(sizes) => {
                let (body, mask) = sizes.masked(include_str!("averaged_input.wgsl"));
                let names: Vec<_> = ["grad", "weight"].into_iter().chain(mask).collect();
                (buffers(&names, &["made"], false), sizes, body)
            }
            Self::Layer(sizes) => (
                buffers(&["means", "grad"], &["of_weight", "of_bias"], true),
                sizes,
                include_str!("averaged_layer.wgsl").to_owned(),
            ),
        };
        let constants = constants(&[
            ("CHANNELS", sizes.channels),
            ("AREA", sizes.area),
            ("CLASSES", sizes.classes),
            ("LANES", sizes.lanes),
        ]);
        declared + &constants + &body
    }
}

/// Logits of features, muted by a mask if there is one; `None` where this file has no way to make them.
///
/// # Shapes
/// - features: `[B, C, H, W]`
/// - mask: `[B, H·W]` or `[B, C]`, outside any graph
/// - output: `[B, K]`
pub(in crate::model) fn averaged(
    linear: &Linear,
    features: &Tensor<4>,
    mask: Option<(&Tensor<2>, Along)>,
) -> Option<Tensor<2>> {
    let [_, channels, ..] = features.dims();
    let bias = linear.bias.as_ref()?.val();
    let weight = linear.weight.val();
    if channels > MOST_CHANNELS {
        return None;
    }
    let mask = match mask {
        Some((mask, along)) => Some((plain(mask)?, along)),
        None => None,
    };
    if let Some(features) = plain(features) {
        let (logits, _) = forward(&features, &plain(&weight)?, &plain(&bias)?, mask.as_ref());
        return Some(wrap(logits));
    }
    let (features, weight, bias) = (tracked(features)?, tracked(&weight)?, tracked(&bias)?);
    let guards = [features.node(), weight.node(), bias.node()];
    let prepared = Step.prepare::<Strategy>(guards).compute_bound().stateful();
    let (features, weight) = (inner(&features), inner(&weight));
    let (logits, means) = forward(&features, &weight, &inner(&bias), mask.as_ref());
    Some(wrap_tracked(match prepared {
        OpsKind::Tracked(step) => {
            let kept = Kept {
                means,
                weight,
                mask,
                shape: dims(&features),
            };
            step.finish(kept, logits)
        }
        OpsKind::UnTracked(step) => step.finish(logits),
    }))
}

/// The step back.
#[derive(Debug)]
struct Step;

/// What it needs.
#[derive(Debug, Clone)]
struct Kept {
    means: CubeTensor,
    weight: CubeTensor,
    mask: Option<(CubeTensor, Along)>,
    shape: [usize; 4],
}

impl Backward<CubeBackend, 3> for Step {
    type State = Kept;

    fn backward(
        self,
        ops: Ops<Self::State, 3>,
        grads: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let Kept {
            means,
            weight,
            mask,
            shape,
        } = ops.state;
        let [features, layer, bias] = ops.parents;
        let grad = whole(grads.consume::<CubeBackend>(&ops.node));
        let sizes = Sizes::new(shape, &weight, mask.as_ref());
        let (samples, channels, classes) = (shape[0], sizes.channels, sizes.classes);
        if let Some(node) = features {
            let made = empty(&grad, shape);
            let shares = (channels * sizes.area).div_ceil(SHARE);
            let groups = [samples, shares, 1];
            let mut tensors = vec![&grad, &weight];
            tensors.extend(mask.iter().map(|(mask, _)| mask));
            tensors.push(&made);
            launch(Averaged::Input(sizes), groups, &tensors, &[]);
            grads.register::<CubeBackend>(node.id, made);
        }
        if layer.is_some() || bias.is_some() {
            let of_weight = empty(&grad, [channels, classes]);
            let of_bias = empty(&grad, [classes]);
            let groups = [((channels + 1) * classes).div_ceil(LANES), 1, 1];
            let tensors = [&means, &grad, &of_weight, &of_bias];
            launch(Averaged::Layer(sizes), groups, &tensors, &[samples as u32]);
            if let Some(node) = layer {
                grads.register::<CubeBackend>(node.id, of_weight);
            }
            if let Some(node) = bias {
                grads.register::<CubeBackend>(node.id, of_bias);
            }
        }
    }
}

/// Logits and the means that they are made of.
fn forward(
    features: &CubeTensor,
    weight: &CubeTensor,
    bias: &CubeTensor,
    mask: Option<&(CubeTensor, Along)>,
) -> (CubeTensor, CubeTensor) {
    let shape = dims(features);
    let sizes = Sizes::new(shape, weight, mask);
    let samples = shape[0];
    let logits = empty(features, [samples, sizes.classes]);
    let means = empty(features, [samples, sizes.channels]);
    let mut tensors = vec![features, weight, bias];
    tensors.extend(mask.map(|(mask, _)| mask));
    tensors.extend([&logits, &means]);
    launch(Averaged::Forward(sizes), [samples, 1, 1], &tensors, &[]);
    (logits, means)
}
