//! The 3×3 convolution with an optional fused ReLU and pool, and its backward pass.

use burn::{
    backend::autodiff::{
        checkpoint::{base::Checkpointer, strategy::NoCheckpointing},
        grads::Gradients,
        ops::{Backward, NodeGuard, Ops, OpsKind},
    },
    nn::conv::Conv2d,
    tensor::Tensor,
};
use burn_cubecl::{CubeBackend, tensor::CubeTensor};

use super::{
    conv_shader::{ConvShader, Output},
    relu_pool_backward::{max_pool_backward, relu_backward},
    weight_grad_shader::{SumParts, WeightGradShader},
};
use crate::{
    gpu::{
        LANES, Tracked, contiguous, dims, empty, empty_u32, inner, launch, primitive, tracked,
        wrap, wrap_tracked,
    },
    model::conv3x3::is_conv3x3,
};

/// The operations fused epilogue a convolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::model) enum Epilogue {
    /// None.
    None,
    /// ReLU.
    Relu,
    /// ReLU and a 2×2 max-pool.
    ReluPool,
}

/// A 3×3 convolution and its epilogue; `None` for any other convolution, for images smaller than the
/// pool's window, and on other devices.
///
/// # Shapes
/// - input: `[B, C_in, H, W]`
/// - output: `[B, C_out, H, W]`, or `[B, C_out, ⌊H/2⌋, ⌊W/2⌋]` with the pool
pub(in crate::model) fn conv2d(
    conv: &Conv2d,
    input: &Tensor<4>,
    epilogue: Epilogue,
) -> Option<Tensor<4>> {
    let [.., height, width] = input.dims();
    let too_small = epilogue == Epilogue::ReluPool && height.min(width) < 2;
    if !is_conv3x3(conv) || too_small {
        return None;
    }
    let weight = conv.weight.val();
    let bias = conv.bias.as_ref().map(|bias| bias.val());
    if let Some(x) = primitive(input) {
        let bias = match &bias {
            Some(bias) => Some(primitive(bias)?),
            None => None,
        };
        return Some(wrap(
            forward(&x, &primitive(&weight)?, bias.as_ref(), epilogue, false).0,
        ));
    }
    let (x, weight) = (tracked(input)?, tracked(&weight)?);
    match bias {
        Some(bias) => {
            let bias = tracked(&bias)?;
            let guards = [x.node(), weight.node(), bias.node()];
            Some(forward_tracked(
                guards,
                [&x, &weight],
                Some(&bias),
                epilogue,
            ))
        }
        None => {
            let guards = [x.node(), weight.node()];
            Some(forward_tracked(guards, [&x, &weight], None, epilogue))
        }
    }
}

/// The backward pass; three parents with a bias, two without.
#[derive(Debug)]
struct ConvBackward;

/// The tensors saved for the backward pass.
#[derive(Debug, Clone)]
struct Saved {
    input: CubeTensor,
    weight: CubeTensor,
    bias: bool,
    epilogue: SavedEpilogue,
}

/// What is saved for the backward pass of the epilogue.
#[derive(Debug, Clone)]
enum SavedEpilogue {
    None,
    /// The output.
    Relu(CubeTensor),
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
            SavedEpilogue::Relu(output) => relu_backward(&grad, output),
            SavedEpilogue::ReluPool(indices) => max_pool_backward(&grad, indices, &saved.input),
        };
        let mut parents = ops.parents.into_iter();
        let mut next = || parents.next().flatten();
        let (input, weight, bias) = (next(), next(), next());
        if let Some(node) = input {
            grads.register::<CubeBackend>(node.id, grad_input(&grad, &saved.weight));
        }
        if weight.is_some() || bias.is_some() {
            let (grad_weight, grad_bias) = grad_parameters(&saved.input, &grad, saved.bias);
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
            let (output, indices) = forward(&input, &weight, bias.as_ref(), epilogue, true);
            let epilogue = match (epilogue, indices) {
                (Epilogue::ReluPool, Some(indices)) => SavedEpilogue::ReluPool(indices),
                (Epilogue::Relu, _) => SavedEpilogue::Relu(output.clone()),
                _ => SavedEpilogue::None,
            };
            let saved = Saved {
                input,
                weight,
                bias: bias.is_some(),
                epilogue,
            };
            step.finish(saved, output)
        }
        OpsKind::UnTracked(step) => {
            step.finish(forward(&input, &weight, bias.as_ref(), epilogue, false).0)
        }
    })
}

/// The output and, for a pool with `save_indices`, the index of each maximum within its window.
fn forward(
    input: &CubeTensor,
    weight: &CubeTensor,
    bias: Option<&CubeTensor>,
    epilogue: Epilogue,
    save_indices: bool,
) -> (CubeTensor, Option<CubeTensor>) {
    let [images, inputs, height, width] = dims(input);
    let [outputs, ..] = dims::<4>(weight);
    let output_op = match epilogue {
        Epilogue::None => Output::Plain,
        Epilogue::Relu => Output::Relu,
        Epilogue::ReluPool => Output::Pool { save_indices },
    };
    let shader = ConvShader::new(
        [inputs, height, width],
        outputs,
        false,
        bias.is_some(),
        output_op,
    );
    let shape = match epilogue {
        Epilogue::ReluPool => [images, outputs, height / 2, width / 2],
        _ => [images, outputs, height, width],
    };
    let output = empty(input, shape);
    let indices =
        matches!(output_op, Output::Pool { save_indices: true }).then(|| empty_u32(input, shape));
    let (groups, params) = shader.groups(images);
    let mut tensors = vec![input, weight];
    tensors.extend(bias);
    tensors.push(&output);
    tensors.extend(&indices);
    launch(shader, groups, &tensors, &params);
    (output, indices)
}

/// The input's gradient, `[B, C, H, W]`.
fn grad_input(grad: &CubeTensor, weight: &CubeTensor) -> CubeTensor {
    let [images, outputs, height, width] = dims(grad);
    let [_, inputs, ..] = dims::<4>(weight);
    let shader = ConvShader::new([outputs, height, width], inputs, true, false, Output::Plain);
    let made = empty(grad, [images, inputs, height, width]);
    let (groups, params) = shader.groups(images);
    launch(shader, groups, &[grad, weight, &made], &params);
    made
}

/// The gradients of weights, `[K, C, 3, 3]`, and bias, `[K]`.
fn grad_parameters(
    input: &CubeTensor,
    grad: &CubeTensor,
    bias: bool,
) -> (CubeTensor, Option<CubeTensor>) {
    let [images, inputs, height, width] = dims(input);
    let [_, outputs, ..] = dims::<4>(grad);
    let shader = WeightGradShader::new(images, [inputs, height, width], outputs, bias);
    let grad_weight = empty(grad, [outputs, inputs, 3, 3]);
    let grad_bias = bias.then(|| empty(grad, [outputs]));
    let made: Vec<&CubeTensor> = std::iter::once(&grad_weight).chain(&grad_bias).collect();
    let (groups, params) = shader.groups(images);
    if shader.parts == 1 {
        let tensors: Vec<_> = [input, grad].into_iter().chain(made).collect();
        launch(shader, groups, &tensors, &params);
    } else {
        let parts = empty(grad, [shader.parts * shader.values()]);
        launch(shader, groups, &[input, grad, &parts], &params);
        let tensors: Vec<_> = std::iter::once(&parts).chain(made).collect();
        let groups = [shader.values().div_ceil(LANES), 1, 1];
        launch(SumParts(shader), groups, &tensors, &[]);
    }
    (grad_weight, grad_bias)
}
