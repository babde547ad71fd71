//! The depthwise convolution, a clamp that follows it, and its backward pass.

use burn_cubecl::tensor::CubeTensor;

use super::{
    depthwise_shader::{Depthwise, DepthwiseGradInput, Taps},
    depthwise_weight_shader::DepthwiseWeightGrad,
    reduce::{SumParts, grad_parameters_of},
};
use crate::{
    gpu::{dims, empty, launch},
    model::{clamp::Clamp, window::Window},
};

/// The output.
///
/// # Shapes
/// - input: `[B, C, H, W]`, weight: `[C, 1, k, k]`, bias: `[C]`
/// - output: `[B, C, H_out, W_out]`
pub(super) fn forward(
    window: Window,
    input: &CubeTensor,
    weight: &CubeTensor,
    bias: Option<&CubeTensor>,
    clamp: Clamp,
) -> CubeTensor {
    let [images, channels, ..] = dims::<4>(input);
    let [height, width] = window.output;
    let work = Depthwise::new(window, channels, bias.is_some(), clamp);
    let output = empty(input, [images, channels, height, width]);
    let (groups, params) = work.groups(images);
    let mut tensors = vec![input, weight];
    tensors.extend(bias);
    tensors.push(&output);
    launch(work.shader, groups, &tensors, &params);
    output
}

/// The input's gradient, `[B, C, H, W]`.
pub(super) fn grad_input(window: Window, grad: &CubeTensor, weight: &CubeTensor) -> CubeTensor {
    let [images, channels, ..] = dims::<4>(grad);
    let [height, width] = window.input;
    let made = empty(grad, [images, channels, height, width]);
    let tensors = [grad, weight, &made];
    if let Some(work) = Depthwise::grad_input(window, channels) {
        let (groups, params) = work.groups(images);
        launch(work.shader, groups, &tensors, &params);
    } else {
        let shader = DepthwiseGradInput(Taps::of(&window));
        let (groups, params) = DepthwiseGradInput::groups(&window, images, channels);
        launch(shader, groups, &tensors, &params);
    }
    made
}

/// The gradients of weights, `[C, 1, k, k]`, and bias, `[C]`.
pub(super) fn grad_parameters(
    window: Window,
    input: &CubeTensor,
    grad: &CubeTensor,
    bias: bool,
) -> (CubeTensor, Option<CubeTensor>) {
    let [images, channels, ..] = dims::<4>(input);
    let work = DepthwiseWeightGrad::new(images, window, channels, bias);
    let (groups, params) = work.groups();
    let sums = SumParts {
        weights: channels * window.taps(),
        biases: if bias { channels } else { 0 },
        parts: work.parts,
    };
    let shape = [channels, 1, window.kernel, window.kernel];
    grad_parameters_of((work.shader, groups, &params), [input, grad], shape, sums)
}
