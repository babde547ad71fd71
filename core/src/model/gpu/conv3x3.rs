//! The 3×3 convolution with stride 1 and padding 1, what follows it, and its backward pass.

use burn_cubecl::tensor::CubeTensor;

use super::{
    conv3x3_shader::{ConvShader, Output, Shape},
    conv3x3_weight_shader::WeightGrad,
    reduce::{SumParts, grad_parameters_of},
};
use crate::{
    gpu::{dims, empty, empty_u32, launch},
    model::{clamp::Clamp, epilogue::Epilogue},
};

/// The output and, for a pool with `save_indices`, the index of each maximum within its window.
pub(super) fn forward(
    input: &CubeTensor,
    weight: &CubeTensor,
    bias: Option<&CubeTensor>,
    epilogue: Epilogue,
    save_indices: bool,
) -> (CubeTensor, Option<CubeTensor>) {
    let [images, _, height, width] = dims(input);
    let [outputs, ..] = dims::<4>(weight);
    let output_op = match epilogue {
        Epilogue::Clamp(clamp) => Output::Clamped(clamp),
        Epilogue::ReluPool => Output::Pool { save_indices },
    };
    let of_images = Shape::of(input, outputs);
    let shader = ConvShader::new(of_images, false, bias.is_some(), output_op);
    let shape = match epilogue {
        Epilogue::ReluPool => [images, outputs, height / 2, width / 2],
        Epilogue::Clamp(_) => [images, outputs, height, width],
    };
    let output = empty(input, shape);
    let indices =
        matches!(output_op, Output::Pool { save_indices: true }).then(|| empty_u32(input, shape));
    let (groups, params) = shader.groups(images, of_images);
    let mut tensors = vec![input, weight];
    tensors.extend(bias);
    tensors.push(&output);
    tensors.extend(&indices);
    launch(shader, groups, &tensors, &params);
    (output, indices)
}

/// The input's gradient, `[B, C, H, W]`.
pub(super) fn grad_input(grad: &CubeTensor, weight: &CubeTensor) -> CubeTensor {
    let [images, _, height, width] = dims(grad);
    let [_, inputs, ..] = dims::<4>(weight);
    let plain = Output::Clamped(Clamp::None);
    // A convolution of the output's gradient to the input's.
    let shape = Shape::of(grad, inputs);
    let shader = ConvShader::new(shape, true, false, plain);
    let made = empty(grad, [images, inputs, height, width]);
    let (groups, params) = shader.groups(images, shape);
    launch(shader, groups, &[grad, weight, &made], &params);
    made
}

/// The gradients of weights, `[K, C, 3, 3]`, and bias, `[K]`.
pub(super) fn grad_parameters(
    input: &CubeTensor,
    grad: &CubeTensor,
    bias: bool,
) -> (CubeTensor, Option<CubeTensor>) {
    let [images, inputs, ..] = dims::<4>(input);
    let [_, outputs, ..] = dims::<4>(grad);
    let shape = Shape::of(input, outputs);
    let work = WeightGrad::new(images, shape, bias);
    let (groups, params) = work.groups();
    let sums = SumParts {
        weights: outputs * inputs * 9,
        biases: if bias { outputs } else { 0 },
        parts: work.parts,
    };
    grad_parameters_of(
        (work.shader, groups, &params),
        [input, grad],
        [outputs, inputs, 3, 3],
        sums,
    )
}
