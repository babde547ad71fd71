//! The convolution that nearly all of a step goes into on the CPU: 3×3, stride 1, padding 1.
//!
//! Burn's own goes through three dimensions and permuted copies, twice more in its backward pass.
//! Here an image's patches are laid out as a matrix (im2col; Chellapilla, Puri and Simard 2006), with
//! block copies only, and each of the three products is one matrix product per image:
//!
//! ```text
//! forward             Y  = [W b] · [P(X); 1]      [K, 9C+1] · [9C+1, HW]
//! weights and bias    d[W b]ᵀ = Σ [P(X); 1] · dYᵀ  [9C+1, HW] · [HW, K]
//! input               dX = W′ · P(dY)             [C, 9K]   · [9K, HW]
//! ```
//!
//! with `W′[c, k, t] = W[k, c, 8 − t]`: the gradient of such a convolution is one itself, with its
//! kernels turned by 180° and its channels exchanged. Sums over images are made in their order, so
//! that results do not depend on the number of threads. [`forward`] leaves the GPU device to
//! [`gpu`], and every other convolution to Burn, whose results the tests compare with.

use burn::{
    backend::{
        Autodiff, Flex, TensorMetadata,
        autodiff::{
            NodeId,
            checkpoint::base::Checkpointer,
            grads::Gradients,
            ops::{Backward, Ops, OpsKind},
        },
        flex::FlexTensor,
        ops::FloatTensorOps,
    },
    nn::{PaddingConfig2d, conv::Conv2d},
    tensor::Tensor,
};

use super::flex::{
    Strategy, Tracked, dims, for_each_image, inner, primitive, tensor, tracked, with_numbers, wrap,
};
use super::gpu;

/// Positions of a kernel.
const TAPS: usize = 9;

/// A convolution's output, by the way that is fastest where its input lies.
///
/// # Shapes
/// - input: `[B, C_in, H, W]`
/// - output: as [`Conv2d::forward`]
pub(super) fn forward(conv: &Conv2d, input: Tensor<4>) -> Tensor<4> {
    if !fits(conv) {
        return conv.forward(input);
    }
    let weight = conv.weight.val();
    let bias = conv.bias.as_ref().map(|bias| bias.val());
    let plain = (
        primitive::<4, Flex>(&input),
        primitive::<4, Flex>(&weight),
        bias.as_ref().map(primitive::<1, Flex>),
    );
    match plain {
        (Some(input), Some(weight), None) => wrap::<Flex>(convolve(&input, &weight, None)),
        (Some(input), Some(weight), Some(Some(bias))) => {
            wrap::<Flex>(convolve(&input, &weight, Some(&bias)))
        }
        _ => {
            let tracked = (
                tracked(&input),
                tracked(&weight),
                bias.as_ref().map(tracked),
            );
            match tracked {
                (Some(input), Some(weight), None) => without_bias(input, weight),
                (Some(input), Some(weight), Some(Some(bias))) => with_bias(input, weight, bias),
                _ => gpu::convolution(conv, &input, gpu::After::Nothing)
                    .unwrap_or_else(|| conv.forward(input)),
            }
        }
    }
}

/// Whether this is the kind of convolution that this file is for.
fn fits(conv: &Conv2d) -> bool {
    conv.kernel_size == [3, 3]
        && conv.stride == [1, 1]
        && conv.dilation == [1, 1]
        && conv.groups == 1
        && matches!(conv.padding, PaddingConfig2d::Explicit(1, 1, 1, 1))
}

/// The step back through a convolution with a bias.
#[derive(Debug)]
struct WithBias;

impl Backward<Flex, 3> for WithBias {
    type State = (NodeId, NodeId);

    fn backward(
        self,
        ops: Ops<Self::State, 3>,
        grads: &mut Gradients,
        checkpointer: &mut Checkpointer,
    ) {
        let [input, weight, bias] = ops.parents;
        let grad = grads.consume::<Flex>(&ops.node);
        let x = checkpointer.retrieve_node_output::<FlexTensor>(ops.state.0);
        let w = checkpointer.retrieve_node_output::<FlexTensor>(ops.state.1);
        if let Some(node) = input {
            grads.register::<Flex>(node.id, of_input(&grad, &w));
        }
        if weight.is_some() || bias.is_some() {
            let (of_weight, of_bias) = of_parameters(&x, &grad, &w, true);
            if let Some(node) = weight {
                grads.register::<Flex>(node.id, of_weight);
            }
            if let Some((node, of_bias)) = bias.zip(of_bias) {
                grads.register::<Flex>(node.id, of_bias);
            }
        }
    }
}

/// The step back through a convolution without a bias.
#[derive(Debug)]
struct WithoutBias;

impl Backward<Flex, 2> for WithoutBias {
    type State = (NodeId, NodeId);

    fn backward(
        self,
        ops: Ops<Self::State, 2>,
        grads: &mut Gradients,
        checkpointer: &mut Checkpointer,
    ) {
        let [input, weight] = ops.parents;
        let grad = grads.consume::<Flex>(&ops.node);
        let x = checkpointer.retrieve_node_output::<FlexTensor>(ops.state.0);
        let w = checkpointer.retrieve_node_output::<FlexTensor>(ops.state.1);
        if let Some(node) = input {
            grads.register::<Flex>(node.id, of_input(&grad, &w));
        }
        if let Some(node) = weight {
            grads.register::<Flex>(node.id, of_parameters(&x, &grad, &w, false).0);
        }
    }
}

fn with_bias(input: Tracked, weight: Tracked, bias: Tracked) -> Tensor<4> {
    let prepared = WithBias
        .prepare::<Strategy>([input.node(), weight.node(), bias.node()])
        .compute_bound()
        .stateful();
    let output = convolve(&inner(&input), &inner(&weight), Some(&inner(&bias)));
    wrap::<Autodiff<Flex>>(match prepared {
        OpsKind::Tracked(mut step) => {
            let state = (step.checkpoint(&input), step.checkpoint(&weight));
            step.finish(state, output)
        }
        OpsKind::UnTracked(step) => step.finish(output),
    })
}

fn without_bias(input: Tracked, weight: Tracked) -> Tensor<4> {
    let prepared = WithoutBias
        .prepare::<Strategy>([input.node(), weight.node()])
        .compute_bound()
        .stateful();
    let output = convolve(&inner(&input), &inner(&weight), None);
    wrap::<Autodiff<Flex>>(match prepared {
        OpsKind::Tracked(mut step) => {
            let state = (step.checkpoint(&input), step.checkpoint(&weight));
            step.finish(state, output)
        }
        OpsKind::UnTracked(step) => step.finish(output),
    })
}

/// An image's patches: row `9c + 3y + x` holds channel `c` moved by `(1 − y, 1 − x)`, with zeros
/// where that leaves the image; and a last row of ones, if asked for.
fn patches(image: &[f32], [height, width]: [usize; 2], ones: bool) -> FlexTensor {
    let size = height * width;
    let rows = image.len() / size * TAPS;
    let mut all = vec![0.0; (rows + usize::from(ones)) * size];
    let mut row = all.chunks_exact_mut(size);
    for plane in image.chunks_exact(size) {
        for (tap, row) in row.by_ref().take(TAPS).enumerate() {
            let (y, x) = (tap / 3, tap % 3);
            // One block for the whole plane: what runs over an end of a line is put right below.
            let ahead = y * width + x;
            let back = width + 1;
            let (to, from) = (back.saturating_sub(ahead), ahead.saturating_sub(back));
            let count = size.saturating_sub(to.max(from));
            if count > 0 {
                row[to..to + count].copy_from_slice(&plane[from..from + count]);
            }
            let wrapped = match x {
                0 => 0,
                2 => width - 1,
                _ => continue,
            };
            row.iter_mut()
                .skip(wrapped)
                .step_by(width)
                .for_each(|it| *it = 0.0);
        }
    }
    if ones && let Some(last) = row.next() {
        last.fill(1.0);
    }
    tensor(all, [rows + usize::from(ones), size])
}

/// Weights with the bias as a last column, `[K, 9C (+ 1)]`.
fn with_column(weight: &FlexTensor, bias: Option<&FlexTensor>) -> FlexTensor {
    let [outputs, inputs, ..] = dims(weight);
    let columns = inputs * TAPS;
    let Some(bias) = bias else {
        return weight.to_contiguous().reshape([outputs, columns].into());
    };
    let numbers = with_numbers(weight, |weight| {
        with_numbers(bias, |bias| {
            let rows = weight.chunks_exact(columns).zip(bias);
            rows.flat_map(|(row, bias)| row.iter().chain([bias]).copied())
                .collect::<Vec<_>>()
        })
    });
    tensor(numbers, [outputs, columns + 1])
}

/// Kernels turned by 180° and channels exchanged, `[C, 9K]`.
fn turned(weight: &FlexTensor) -> FlexTensor {
    let [outputs, inputs, ..] = dims(weight);
    let numbers = with_numbers(weight, |weight| {
        let mut all = Vec::with_capacity(weight.len());
        for input in 0..inputs {
            for output in 0..outputs {
                let kernel = &weight[(output * inputs + input) * TAPS..][..TAPS];
                all.extend(kernel.iter().rev());
            }
        }
        all
    });
    tensor(numbers, [inputs, outputs * TAPS])
}

/// `matrix · P(image)` for each image: `[B, rows of the matrix, H, W]`.
fn product(images: &FlexTensor, matrix: &FlexTensor, ones: bool) -> FlexTensor {
    let [count, channels, height, width] = dims(images);
    let outputs = matrix.shape()[0];
    let made = with_numbers(images, |numbers| {
        let size = channels * height * width;
        for_each_image(count, |i| {
            let image = &numbers[i * size..][..size];
            let patches = patches(image, [height, width], ones);
            Flex::float_matmul(matrix.clone(), patches)
        })
    });
    let mut all = Vec::with_capacity(count * outputs * height * width);
    for one in &made {
        with_numbers(one, |numbers| all.extend_from_slice(numbers));
    }
    tensor(all, [count, outputs, height, width])
}

/// The convolution.
///
/// # Shapes
/// - input: `[B, C, H, W]`, weight: `[K, C, 3, 3]`, bias: `[K]`
/// - output: `[B, K, H, W]`
fn convolve(input: &FlexTensor, weight: &FlexTensor, bias: Option<&FlexTensor>) -> FlexTensor {
    product(input, &with_column(weight, bias), bias.is_some())
}

/// The gradient of the input, `[B, C, H, W]`, from that of the output, `[B, K, H, W]`.
fn of_input(grad: &FlexTensor, weight: &FlexTensor) -> FlexTensor {
    product(grad, &turned(weight), false)
}

/// The gradients of weights, `[K, C, 3, 3]`, and bias, `[K]`.
fn of_parameters(
    input: &FlexTensor,
    grad: &FlexTensor,
    weight: &FlexTensor,
    bias: bool,
) -> (FlexTensor, Option<FlexTensor>) {
    let [count, channels, height, width] = dims(input);
    let [outputs, ..] = dims(weight);
    let columns = channels * TAPS + usize::from(bias);
    let grad = grad
        .to_contiguous()
        .reshape([count, outputs, height * width].into());
    let parts = with_numbers(input, |numbers| {
        let size = channels * height * width;
        for_each_image(count, |i| {
            let image = &numbers[i * size..][..size];
            let patches = patches(image, [height, width], bias);
            let grad = grad
                .narrow(0, i, 1)
                .reshape([outputs, height * width].into());
            // Not the other way round: the matrix that is taken column by column is packed slowly,
            // and this one is the smaller.
            Flex::float_matmul(patches, grad.transpose(0, 1))
        })
    });
    let mut sum = vec![0.0_f32; outputs * columns];
    for part in &parts {
        with_numbers(part, |part| {
            for (sum, part) in sum.iter_mut().zip(part) {
                *sum += part;
            }
        });
    }
    let transposed = |rows: usize| -> Vec<f32> {
        let of_output = |output| (0..rows).map(move |row| row * outputs + output);
        let places = (0..outputs).flat_map(of_output);
        places.filter_map(|place| sum.get(place).copied()).collect()
    };
    let weights = transposed(channels * TAPS);
    let biases = bias.then(|| tensor(sum[channels * TAPS * outputs..].to_vec(), [outputs]));
    (tensor(weights, [outputs, channels, 3, 3]), biases)
}

#[cfg(test)]
#[path = "conv/tests.rs"]
mod tests;
