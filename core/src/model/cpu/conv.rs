//! Convolutions of the CPU device: which of the kinds one is, and its place in the autodiff graph.

use burn::{
    backend::{
        Autodiff, Flex,
        autodiff::{
            NodeId,
            checkpoint::{base::Checkpointer, strategy::NoCheckpointing},
            grads::Gradients,
            ops::{Backward, NodeGuard, Ops, OpsKind},
        },
        flex::FlexTensor,
    },
    nn::{PaddingConfig2d, conv::Conv2d},
    tensor::Tensor,
};

use super::{
    clamp, dense, depthwise,
    finish::Finish,
    geometry::Geometry,
    pointwise,
    primitive::{Tracked, dims, inner, primitive, tracked, wrap},
};
use crate::model::clamp::Clamp;

/// A convolution, then a clamp; `None` for groups that are not single channels, for dilation, and on
/// other devices.
///
/// An image's outputs are clamped while they are in the cache.
///
/// # Shapes
/// - input: `[B, C_in, H, W]`
/// - output: as [`Conv2d::forward`]
pub(in crate::model) fn conv2d(
    conv: &Conv2d,
    input: &Tensor<4>,
    clamp: Clamp,
) -> Option<Tensor<4>> {
    let kind = Kind::of(conv, input.dims())?;
    let weight = conv.weight.val();
    let bias = conv.bias.as_ref().map(|bias| bias.val());
    let plain = (
        primitive::<4, Flex>(input),
        primitive::<4, Flex>(&weight),
        bias.as_ref().map(primitive::<1, Flex>),
    );
    match plain {
        (Some(input), Some(weight), None) => {
            return Some(wrap::<4, Flex>(kind.forward(&input, &weight, None, clamp)));
        }
        (Some(input), Some(weight), Some(Some(bias))) => {
            let output = kind.forward(&input, &weight, Some(&bias), clamp);
            return Some(wrap::<4, Flex>(output));
        }
        _ => {}
    }
    let (input, weight) = (tracked(input)?, tracked(&weight)?);
    Some(match bias {
        Some(bias) => {
            let bias = tracked(&bias)?;
            let parents = [input.node(), weight.node(), bias.node()];
            forward_tracked((kind, clamp), parents, [&input, &weight], Some(&bias))
        }
        None => {
            let parents = [input.node(), weight.node()];
            forward_tracked((kind, clamp), parents, [&input, &weight], None)
        }
    })
}

/// How a convolution is computed.
#[derive(Clone, Copy, Debug)]
enum Kind {
    /// 1×1 without padding, at this stride.
    Pointwise(usize),
    /// Each channel by itself.
    Depthwise(Geometry),
    /// Any other without groups.
    Dense(Geometry),
}

impl Kind {
    /// The kind of a convolution of images of a shape, `[B, C, H, W]`.
    fn of(conv: &Conv2d, [_, channels, height, width]: [usize; 4]) -> Option<Self> {
        let [outputs, inputs, ..] = conv.weight.dims();
        let geometry = Geometry::of(conv, [height, width])?;
        if conv.groups == 1 && inputs == channels {
            let unpadded = matches!(
                conv.padding,
                PaddingConfig2d::Valid | PaddingConfig2d::Explicit(0, 0, 0, 0)
            );
            return Some(match conv.kernel_size {
                [1, 1] if unpadded => Self::Pointwise(conv.stride[0]),
                _ => Self::Dense(geometry),
            });
        }
        let single = conv.groups == channels && inputs == 1 && outputs == channels;
        single.then_some(Self::Depthwise(geometry))
    }

    /// # Shapes
    /// - input: `[B, C, H, W]`, weight: `[K, C / groups, k, k]`, bias: `[K]`
    /// - output: `[B, K, H_out, W_out]`
    fn forward(
        &self,
        input: &FlexTensor,
        weight: &FlexTensor,
        bias: Option<&FlexTensor>,
        clamp: Clamp,
    ) -> FlexTensor {
        let finish = || Finish::new(bias, clamp);
        match self {
            Self::Pointwise(stride) => pointwise::forward(*stride, input, weight, &finish()),
            Self::Depthwise(geometry) => depthwise::forward(geometry, input, weight, &finish()),
            Self::Dense(geometry) => dense::forward(geometry, input, weight, &finish()),
        }
    }

    /// The gradients that are `wanted`: of the input, `[B, C, H, W]`; of weights, `[K, C / groups, k, k]`,
    /// and bias, `[K]`.
    fn gradients(
        &self,
        input: &FlexTensor,
        grad: &FlexTensor,
        weight: &FlexTensor,
        bias: bool,
        wanted: [bool; 2],
    ) -> (Option<FlexTensor>, Option<(FlexTensor, Option<FlexTensor>)>) {
        let ([.., height, width], [.., kernel]) = (dims(input), dims(weight));
        let [image, parameters] = wanted;
        match self {
            Self::Pointwise(stride) => (
                image.then(|| pointwise::grad_input(*stride, grad, weight, [height, width])),
                parameters.then(|| pointwise::grad_parameters(*stride, input, grad, bias)),
            ),
            // Both come of one pass, and no network of ours wants one alone.
            Self::Depthwise(geometry) => {
                let (of_image, of_parameters) =
                    depthwise::gradients(geometry, input, grad, weight, bias);
                (
                    image.then_some(of_image),
                    parameters.then_some(of_parameters),
                )
            }
            Self::Dense(geometry) => (
                image.then(|| dense::grad_input(geometry, grad, weight)),
                parameters.then(|| dense::grad_parameters(geometry, input, grad, kernel, bias)),
            ),
        }
    }
}

/// The backward pass; three parents with a bias, two without.
#[derive(Debug)]
struct ConvBackward(Kind);

/// What the backward pass needs.
#[derive(Clone, Debug)]
struct Saved {
    input: NodeId,
    weight: NodeId,
    /// The output, and the interval that it was limited to.
    limited: Option<(FlexTensor, [f32; 2])>,
}

impl<const N: usize> Backward<Flex, N> for ConvBackward {
    type State = Saved;

    fn backward(
        self,
        ops: Ops<Self::State, N>,
        grads: &mut Gradients,
        checkpointer: &mut Checkpointer,
    ) {
        let mut grad = grads.consume::<Flex>(&ops.node);
        if let Some((output, interval)) = &ops.state.limited {
            grad = clamp::grad_input(grad, output, *interval);
        }
        let x = checkpointer.retrieve_node_output::<FlexTensor>(ops.state.input);
        let w = checkpointer.retrieve_node_output::<FlexTensor>(ops.state.weight);
        let mut parents = ops.parents.into_iter();
        let mut next = || parents.next().flatten();
        let (input, weight, bias) = (next(), next(), next());
        let wanted = [input.is_some(), weight.is_some() || bias.is_some()];
        let (grad_input, grad_parameters) = self.0.gradients(&x, &grad, &w, N == 3, wanted);
        if let Some((node, grad_input)) = input.zip(grad_input) {
            grads.register::<Flex>(node.id, grad_input);
        }
        if let Some((grad_weight, grad_bias)) = grad_parameters {
            if let Some(node) = weight {
                grads.register::<Flex>(node.id, grad_weight);
            }
            if let Some((node, grad_bias)) = bias.zip(grad_bias) {
                grads.register::<Flex>(node.id, grad_bias);
            }
        }
    }
}

fn forward_tracked<const N: usize>(
    (kind, clamp): (Kind, Clamp),
    parents: [NodeGuard; N],
    [input, weight]: [&Tracked; 2],
    bias: Option<&Tracked>,
) -> Tensor<4> {
    let prepared = ConvBackward(kind)
        .prepare::<NoCheckpointing>(parents)
        .compute_bound()
        .stateful();
    let bias = bias.map(inner);
    let output = kind.forward(&inner(input), &inner(weight), bias.as_ref(), clamp);
    wrap::<4, Autodiff<Flex>>(match prepared {
        OpsKind::Tracked(mut step) => {
            let saved = Saved {
                input: step.checkpoint(input),
                weight: step.checkpoint(weight),
                limited: clamp.bounds().map(|interval| (output.clone(), interval)),
            };
            step.finish(saved, output)
        }
        OpsKind::UnTracked(step) => step.finish(output),
    })
}
