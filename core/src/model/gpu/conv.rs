//! Convolutions of the GPU device: which of the kinds one is, what is fused to its end, and its place
//! in the autodiff graph.

use burn::{
    backend::autodiff::{
        checkpoint::{base::Checkpointer, strategy::NoCheckpointing},
        grads::Gradients,
        ops::{Backward, NodeGuard, Ops, OpsKind},
    },
    nn::{PaddingConfig2d, conv::Conv2d},
    tensor::Tensor,
};
use burn_cubecl::{CubeBackend, tensor::CubeTensor};

use super::{
    clamp::clamp_backward, conv3x3, depthwise, max_pool_backward::max_pool_backward, pointwise,
};
use crate::{
    gpu::{Tracked, contiguous, inner, primitive, tracked, wrap, wrap_tracked},
    model::{clamp::Clamp, epilogue::Epilogue, window::Window},
};

/// Most positions of all images of a 1×1 convolution, so that its workgroups remain within WebGPU's
/// default limit.
const MOST_POSITIONS: usize = 1 << 22;

/// Whether a convolution is 3×3 with stride 1, padding 1, no dilation and no groups.
fn is_conv3x3(conv: &Conv2d) -> bool {
    conv.kernel_size == [3, 3]
        && conv.stride == [1, 1]
        && conv.dilation == [1, 1]
        && conv.groups == 1
        && matches!(conv.padding, PaddingConfig2d::Explicit(1, 1, 1, 1))
}

/// How a convolution is computed.
#[derive(Debug, Clone, Copy)]
enum Kind {
    /// 3×3 with stride 1 and padding 1.
    Conv3x3,
    /// 1×1 with stride 1.
    Pointwise,
    /// Each channel by itself.
    Depthwise(Window),
}

impl Kind {
    /// `None` for convolutions that are left to Burn.
    fn of(conv: &Conv2d, [images, channels, height, width]: [usize; 4]) -> Option<Self> {
        if is_conv3x3(conv) {
            return Some(Self::Conv3x3);
        }
        let window = Window::of(conv, [height, width])?;
        let [outputs, ..] = conv.weight.dims();
        if conv.groups == channels && outputs == channels {
            return Some(Self::Depthwise(window));
        }
        let is_pointwise = window.kernel == 1
            && window.stride == 1
            && window.output == window.input
            && conv.groups == 1;
        let fits = images * height * width <= MOST_POSITIONS;
        (is_pointwise && fits).then_some(Self::Pointwise)
    }

    /// Whether the pool can follow it for images of this size.
    fn can_pool(self, [.., height, width]: [usize; 4]) -> bool {
        matches!(self, Self::Conv3x3) && height.min(width) >= 2
    }

    /// The output and, for a pool with `save_indices`, the index of each maximum within its window.
    fn forward(
        self,
        input: &CubeTensor,
        weight: &CubeTensor,
        bias: Option<&CubeTensor>,
        epilogue: Epilogue,
        save_indices: bool,
    ) -> (CubeTensor, Option<CubeTensor>) {
        let clamp = epilogue.clamp();
        match self {
            Self::Conv3x3 => conv3x3::forward(input, weight, bias, epilogue, save_indices),
            Self::Pointwise => (pointwise::forward(input, weight, bias, clamp), None),
            Self::Depthwise(window) => {
                (depthwise::forward(window, input, weight, bias, clamp), None)
            }
        }
    }

    fn grad_input(self, grad: &CubeTensor, weight: &CubeTensor) -> CubeTensor {
        match self {
            Self::Conv3x3 => conv3x3::grad_input(grad, weight),
            Self::Pointwise => pointwise::grad_input(grad, weight),
            Self::Depthwise(window) => depthwise::grad_input(window, grad, weight),
        }
    }

    /// The gradients of weights and, where there is one, bias.
    fn grad_parameters(
        self,
        input: &CubeTensor,
        grad: &CubeTensor,
        bias: bool,
    ) -> (CubeTensor, Option<CubeTensor>) {
        match self {
            Self::Conv3x3 => conv3x3::grad_parameters(input, grad, bias),
            Self::Pointwise => pointwise::grad_parameters(input, grad, bias),
            Self::Depthwise(window) => depthwise::grad_parameters(window, input, grad, bias),
        }
    }
}

/// Whether [`conv2d`] computes a convolution of images of this shape.
#[cfg(test)]
pub(in crate::model) fn is_own(conv: &Conv2d, shape: [usize; 4]) -> bool {
    Kind::of(conv, shape).is_some()
}

/// A 3×3, 1×1 or depthwise convolution and its epilogue; `None` for any other convolution, for a pool
/// after another than a 3×3 one or of images smaller than its window, and on other devices.
///
/// # Shapes
/// - input: `[B, C_in, H, W]`
/// - output: as [`Conv2d::forward`], with the pool `[B, C_out, ⌊H/2⌋, ⌊W/2⌋]`
pub(in crate::model) fn conv2d(
    conv: &Conv2d,
    input: &Tensor<4>,
    epilogue: Epilogue,
) -> Option<Tensor<4>> {
    let kind = Kind::of(conv, input.dims())?;
    if epilogue == Epilogue::ReluPool && !kind.can_pool(input.dims()) {
        return None;
    }
    let weight = conv.weight.val();
    let bias = conv.bias.as_ref().map(|bias| bias.val());
    if let Some(x) = primitive(input) {
        let bias = match &bias {
            Some(bias) => Some(primitive(bias)?),
            None => None,
        };
        let weight = primitive(&weight)?;
        let (output, _) = kind.forward(&x, &weight, bias.as_ref(), epilogue, false);
        return Some(wrap(output));
    }
    let (x, weight) = (tracked(input)?, tracked(&weight)?);
    match bias {
        Some(bias) => {
            let bias = tracked(&bias)?;
            let guards = [x.node(), weight.node(), bias.node()];
            let tensors = [&x, &weight];
            Some(forward_tracked(
                kind,
                guards,
                tensors,
                Some(&bias),
                epilogue,
            ))
        }
        None => {
            let guards = [x.node(), weight.node()];
            let tensors = [&x, &weight];
            Some(forward_tracked(kind, guards, tensors, None, epilogue))
        }
    }
}

/// The backward pass; three parents with a bias, two without.
#[derive(Debug)]
struct ConvBackward;

/// The tensors saved for the backward pass.
#[derive(Debug, Clone)]
struct Saved {
    kind: Kind,
    input: CubeTensor,
    weight: CubeTensor,
    bias: bool,
    epilogue: SavedEpilogue,
}

/// What is saved for the backward pass of the epilogue.
#[derive(Debug, Clone)]
enum SavedEpilogue {
    None,
    /// The clamp and the output.
    Clamp(Clamp, CubeTensor),
    /// The index of each output's maximum within its window, 0 to 3; 4 where it is not positive.
    ReluPool(CubeTensor),
}

impl<const N: usize> Backward<CubeBackend, N> for ConvBackward {
    type State = Saved;

    fn backward(
        self,
        ops: Ops<Self::State, N>,
        grads: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let saved = ops.state;
        let grad = contiguous(grads.consume::<CubeBackend>(&ops.node));
        let grad = match &saved.epilogue {
            SavedEpilogue::None => grad,
            SavedEpilogue::Clamp(clamp, output) => clamp_backward(*clamp, &grad, output),
            SavedEpilogue::ReluPool(indices) => max_pool_backward(&grad, indices, &saved.input),
        };
        let mut parents = ops.parents.into_iter();
        let mut next = || parents.next().flatten();
        let (input, weight, bias) = (next(), next(), next());
        if let Some(node) = input {
            grads.register::<CubeBackend>(node.id, saved.kind.grad_input(&grad, &saved.weight));
        }
        if weight.is_some() || bias.is_some() {
            let (grad_weight, grad_bias) =
                saved.kind.grad_parameters(&saved.input, &grad, saved.bias);
            if let Some(node) = weight {
                grads.register::<CubeBackend>(node.id, grad_weight);
            }
            if let Some((node, grad_bias)) = bias.zip(grad_bias) {
                grads.register::<CubeBackend>(node.id, grad_bias);
            }
        }
    }
}

fn forward_tracked<const N: usize>(
    kind: Kind,
    guards: [NodeGuard; N],
    [input, weight]: [&Tracked; 2],
    bias: Option<&Tracked>,
    epilogue: Epilogue,
) -> Tensor<4> {
    let prepared = ConvBackward
        .prepare::<NoCheckpointing>(guards)
        .compute_bound()
        .stateful();
    let (input, weight, bias) = (inner(input), inner(weight), bias.map(inner));
    wrap_tracked(match prepared {
        OpsKind::Tracked(step) => {
            let (output, indices) = kind.forward(&input, &weight, bias.as_ref(), epilogue, true);
            let epilogue = match (epilogue, indices) {
                (Epilogue::ReluPool, Some(indices)) => SavedEpilogue::ReluPool(indices),
                (Epilogue::Clamp(Clamp::None), _) => SavedEpilogue::None,
                _ => SavedEpilogue::Clamp(epilogue.clamp(), output.clone()),
            };
            let saved = Saved {
                kind,
                input,
                weight,
                bias: bias.is_some(),
                epilogue,
            };
            step.finish(saved, output)
        }
        OpsKind::UnTracked(step) => {
            let (output, _) = kind.forward(&input, &weight, bias.as_ref(), epilogue, false);
            step.finish(output)
        }
    })
}
