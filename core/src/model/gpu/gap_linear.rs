//! The head of global average pooling and a linear layer, over masked or unmasked features: one shader
//! forward, and one each backward to the features and to the layer.

use burn::{
    backend::autodiff::{
        checkpoint::{base::Checkpointer, strategy::NoCheckpointing},
        grads::Gradients,
        ops::{Backward, Ops, OpsKind},
    },
    nn::Linear,
    tensor::Tensor,
};
use burn_cubecl::{CubeBackend, tensor::CubeTensor};

use crate::{
    challenge::Along,
    gpu::{
        ComputeShader, LANES, buffers, constants, contiguous, dims, empty, inner, lanes, launch,
        primitive, tracked, wrap, wrap_tracked,
    },
};

/// Values of the features' gradient that one workgroup writes.
const VALUES_PER_WORKGROUP: usize = 4096;
/// The most channels whose means fit into WebGPU's default limit of a workgroup's memory.
const MAX_CHANNELS: usize = 768;

/// The three shaders.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum GapLinear {
    Forward(Sizes),
    GradFeatures(Sizes),
    GradWeight(Sizes),
}

/// The sizes that a shader is generated for.
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

    /// The WGSL with `FACTOR` replaced by the mask's factor, and the name of the mask's buffer.
    fn with_mask(&self, text: &str) -> (String, Option<&str>) {
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

impl ComputeShader for GapLinear {
    fn wgsl(&self) -> String {
        let (declared, sizes, body) = match self {
            Self::Forward(sizes) => {
                let (body, mask) = sizes.with_mask(include_str!("gap_linear.wgsl"));
                let names: Vec<_> = ["x", "weight", "bias"].into_iter().chain(mask).collect();
                (buffers(&names, &["logits", "means"], false), sizes, body)
            }
            Self::GradFeatures(sizes) => {
                let (body, mask) = sizes.with_mask(include_str!("gap_linear_grad_input.wgsl"));
                let names: Vec<_> = ["grad", "weight"].into_iter().chain(mask).collect();
                (buffers(&names, &["grad_features"], false), sizes, body)
            }
            Self::GradWeight(sizes) => (
                buffers(&["means", "grad"], &["grad_weight", "grad_bias"], true),
                sizes,
                include_str!("gap_linear_grad_weight.wgsl").to_owned(),
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

/// Logits of features, muted by a mask if there is one; `None` without a bias, for too many channels,
/// and on other devices.
///
/// # Shapes
/// - features: `[B, C, H, W]`
/// - mask: `[B, H·W]` or `[B, C]`, outside any graph
/// - output: `[B, K]`
pub(in crate::model) fn gap_linear(
    linear: &Linear,
    features: &Tensor<4>,
    mask: Option<(&Tensor<2>, Along)>,
) -> Option<Tensor<2>> {
    let [_, channels, ..] = features.dims();
    let bias = linear.bias.as_ref()?.val();
    let weight = linear.weight.val();
    if channels > MAX_CHANNELS {
        return None;
    }
    let mask = match mask {
        Some((mask, along)) => Some((primitive(mask)?, along)),
        None => None,
    };
    if let Some(features) = primitive(features) {
        let (logits, _) = forward(
            &features,
            &primitive(&weight)?,
            &primitive(&bias)?,
            mask.as_ref(),
        );
        return Some(wrap(logits));
    }
    let (features, weight, bias) = (tracked(features)?, tracked(&weight)?, tracked(&bias)?);
    let guards = [features.node(), weight.node(), bias.node()];
    let prepared = GapLinearBackward
        .prepare::<NoCheckpointing>(guards)
        .compute_bound()
        .stateful();
    let (features, weight) = (inner(&features), inner(&weight));
    let (logits, means) = forward(&features, &weight, &inner(&bias), mask.as_ref());
    Some(wrap_tracked(match prepared {
        OpsKind::Tracked(step) => {
            let saved = Saved {
                means,
                weight,
                mask,
                shape: dims(&features),
            };
            step.finish(saved, logits)
        }
        OpsKind::UnTracked(step) => step.finish(logits),
    }))
}

/// The backward pass.
#[derive(Debug)]
struct GapLinearBackward;

/// The tensors saved for it.
#[derive(Debug, Clone)]
struct Saved {
    means: CubeTensor,
    weight: CubeTensor,
    mask: Option<(CubeTensor, Along)>,
    shape: [usize; 4],
}

impl Backward<CubeBackend, 3> for GapLinearBackward {
    type State = Saved;

    fn backward(
        self,
        ops: Ops<Self::State, 3>,
        grads: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let Saved {
            means,
            weight,
            mask,
            shape,
        } = ops.state;
        let [features, layer, bias] = ops.parents;
        let grad = contiguous(grads.consume::<CubeBackend>(&ops.node));
        let sizes = Sizes::new(shape, &weight, mask.as_ref());
        let (samples, channels, classes) = (shape[0], sizes.channels, sizes.classes);
        if let Some(node) = features {
            let grad_features = empty(&grad, shape);
            let workgroups = (channels * sizes.area).div_ceil(VALUES_PER_WORKGROUP);
            let groups = [samples, workgroups, 1];
            let mut tensors = vec![&grad, &weight];
            tensors.extend(mask.iter().map(|(mask, _)| mask));
            tensors.push(&grad_features);
            launch(GapLinear::GradFeatures(sizes), groups, &tensors, &[]);
            grads.register::<CubeBackend>(node.id, grad_features);
        }
        if layer.is_some() || bias.is_some() {
            let grad_weight = empty(&grad, [channels, classes]);
            let grad_bias = empty(&grad, [classes]);
            let groups = [((channels + 1) * classes).div_ceil(LANES), 1, 1];
            let tensors = [&means, &grad, &grad_weight, &grad_bias];
            launch(
                GapLinear::GradWeight(sizes),
                groups,
                &tensors,
                &[samples as u32],
            );
            if let Some(node) = layer {
                grads.register::<CubeBackend>(node.id, grad_weight);
            }
            if let Some(node) = bias {
                grads.register::<CubeBackend>(node.id, grad_bias);
            }
        }
    }
}

/// Logits, `[B, K]`, and the means that they are computed from, `[B, C]`.
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
    launch(GapLinear::Forward(sizes), [samples, 1, 1], &tensors, &[]);
    (logits, means)
}
