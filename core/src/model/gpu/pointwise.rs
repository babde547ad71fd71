//! The 1×1 convolution without padding and with stride 1, a clamp that follows it, and its backward
//! pass.

use burn_cubecl::tensor::CubeTensor;

use super::{
    pointwise_shader::{PointwiseShader, PointwiseShape},
    pointwise_weight_shader::PointwiseWeightGrad,
    reduce::{SumParts, grad_parameters_of},
};
use crate::{
    gpu::{dims, empty, launch},
    model::clamp::Clamp,
};

/// The output.
///
/// # Shapes
/// - input: `[B, C, H, W]`, weight: `[K, C, 1, 1]`, bias: `[K]`
/// - output: `[B, K, H, W]`
pub(super) fn forward(
    input: &CubeTensor,
    weight: &CubeTensor,
    bias: Option<&CubeTensor>,
    clamp: Clamp,
) -> CubeTensor {
    let [images, _, height, width] = dims(input);
    let [outputs, ..] = dims::<4>(weight);
    let shape = PointwiseShape::of(input, outputs);
    let shader = PointwiseShader::new(shape, false, bias.is_some(), clamp);
    let output = empty(input, [images, outputs, height, width]);
    let (groups, params) = shader.groups(images, shape);
    let mut tensors = vec![input, weight];
    tensors.extend(bias);
    tensors.push(&output);
    launch(shader, groups, &tensors, &params);
    output
}

/// The input's gradient, `[B, C, H, W]`.
pub(super) fn grad_input(grad: &CubeTensor, weight: &CubeTensor) -> CubeTensor {
    let [images, _, height, width] = dims(grad);
    let [_, inputs, ..] = dims::<4>(weight);
    // A convolution of the output's gradient to the input's.
    let shape = PointwiseShape::of(grad, inputs);
    let shader = PointwiseShader::new(shape, true, false, Clamp::None);
    let made = empty(grad, [images, inputs, height, width]);
    let (groups, params) = shader.groups(images, shape);
    launch(shader, groups, &[grad, weight, &made], &params);
    made
}

/// The gradients of weights, `[K, C, 1, 1]`, and bias, `[K]`.
pub(super) fn grad_parameters(
    input: &CubeTensor,
    grad: &CubeTensor,
    bias: bool,
) -> (CubeTensor, Option<CubeTensor>) {
    let [images, inputs, ..] = dims::<4>(input);
    let [_, outputs, ..] = dims::<4>(grad);
    let shape = PointwiseShape::of(input, outputs);
    let work = PointwiseWeightGrad::new(images, shape, bias);
    let (groups, params) = work.groups();
    let sums = SumParts {
        weights: outputs * inputs,
        biases: if bias { outputs } else { 0 },
        parts: work.parts,
    };
    grad_parameters_of(
        (work.shader, groups, &params),
        [input, grad],
        [outputs, inputs, 1, 1],
        sums,
    )
}
