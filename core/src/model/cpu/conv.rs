//! The 3×3 convolution of the CPU device: stride 1, padding 1.
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
//! with `W′[c, k, t] = W[k, c, 8 − t]`: the input's gradient is a convolution with kernels rotated by
//! 180° and channels exchanged (a transposed convolution). Sums over images are accumulated in the
//! order of the images, so that results do not depend on the number of threads.

use burn::{
    backend::{
        Autodiff, Flex, TensorMetadata,
        autodiff::{
            NodeId,
            checkpoint::{base::Checkpointer, strategy::NoCheckpointing},
            grads::Gradients,
            ops::{Backward, NodeGuard, Ops, OpsKind},
        },
        flex::FlexTensor,
        ops::FloatTensorOps,
    },
    nn::conv::Conv2d,
    tensor::Tensor,
};

use super::primitive::{
    Tracked, dims, inner, map_images, primitive, tensor, tracked, with_values, wrap,
};
use crate::model::conv3x3::is_conv3x3;

/// Positions of a kernel.
const TAPS: usize = 9;

/// A 3×3 convolution; `None` for any other convolution and on other devices.
///
/// # Shapes
/// - input: `[B, C_in, H, W]`
/// - output: `[B, C_out, H, W]`
pub(in crate::model) fn conv2d(conv: &Conv2d, input: &Tensor<4>) -> Option<Tensor<4>> {
    if !is_conv3x3(conv) {
        return None;
    }
    let weight = conv.weight.val();
    let bias = conv.bias.as_ref().map(|bias| bias.val());
    let plain = (
        primitive::<4, Flex>(input),
        primitive::<4, Flex>(&weight),
        bias.as_ref().map(primitive::<1, Flex>),
    );
    match plain {
        (Some(input), Some(weight), None) => {
            return Some(wrap::<Flex>(forward(&input, &weight, None)));
        }
        (Some(input), Some(weight), Some(Some(bias))) => {
            return Some(wrap::<Flex>(forward(&input, &weight, Some(&bias))));
        }
        _ => {}
    }
    let (input, weight) = (tracked(input)?, tracked(&weight)?);
    Some(match bias {
        Some(bias) => {
            let bias = tracked(&bias)?;
            let parents = [input.node(), weight.node(), bias.node()];
            forward_tracked(parents, [&input, &weight], Some(&bias))
        }
        None => {
            let parents = [input.node(), weight.node()];
            forward_tracked(parents, [&input, &weight], None)
        }
    })
}

/// The backward pass; three parents with a bias, two without.
#[derive(Debug)]
struct ConvBackward;

impl<const N: usize> Backward<Flex, N> for ConvBackward {
    /// Input and weight.
    type State = (NodeId, NodeId);

    fn backward(
        self,
        ops: Ops<Self::State, N>,
        grads: &mut Gradients,
        checkpointer: &mut Checkpointer,
    ) {
        let grad = grads.consume::<Flex>(&ops.node);
        let x = checkpointer.retrieve_node_output::<FlexTensor>(ops.state.0);
        let w = checkpointer.retrieve_node_output::<FlexTensor>(ops.state.1);
        let mut parents = ops.parents.into_iter();
        let mut next = || parents.next().flatten();
        let (input, weight, bias) = (next(), next(), next());
        if let Some(node) = input {
            grads.register::<Flex>(node.id, grad_input(&grad, &w));
        }
        if weight.is_some() || bias.is_some() {
            let (grad_weight, grad_bias) = grad_parameters(&x, &grad, &w, N == 3);
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
    parents: [NodeGuard; N],
    [input, weight]: [&Tracked; 2],
    bias: Option<&Tracked>,
) -> Tensor<4> {
    let prepared = ConvBackward
        .prepare::<NoCheckpointing>(parents)
        .compute_bound()
        .stateful();
    let output = forward(&inner(input), &inner(weight), bias.map(inner).as_ref());
    wrap::<Autodiff<Flex>>(match prepared {
        OpsKind::Tracked(mut step) => {
            let state = (step.checkpoint(input), step.checkpoint(weight));
            step.finish(state, output)
        }
        OpsKind::UnTracked(step) => step.finish(output),
    })
}

/// The patches `P` of an image, `[9C (+ 1), HW]`: row `9c + 3y + x` holds channel `c` shifted by
/// `(1 − y, 1 − x)`, with zeros outside the image; with `ones`, a last row of ones.
fn im2col(image: &[f32], [height, width]: [usize; 2], ones: bool) -> FlexTensor {
    let size = height * width;
    let rows = image.len() / size * TAPS;
    let mut all = vec![0.0; (rows + usize::from(ones)) * size];
    let mut row = all.chunks_exact_mut(size);
    for plane in image.chunks_exact(size) {
        for (tap, row) in row.by_ref().take(TAPS).enumerate() {
            let (y, x) = (tap / 3, tap % 3);
            // One block copy for the whole plane; values that wrapped around a line are zeroed below.
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

/// `[W b]`: weights with the bias, if any, as a last column, `[K, 9C (+ 1)]`.
fn append_bias(weight: &FlexTensor, bias: Option<&FlexTensor>) -> FlexTensor {
    let [outputs, inputs, ..] = dims(weight);
    let columns = inputs * TAPS;
    let Some(bias) = bias else {
        return weight.to_contiguous().reshape([outputs, columns].into());
    };
    let values = with_values(weight, |weight| {
        with_values(bias, |bias| {
            let rows = weight.chunks_exact(columns).zip(bias);
            rows.flat_map(|(row, bias)| row.iter().chain([bias]).copied())
                .collect::<Vec<_>>()
        })
    });
    tensor(values, [outputs, columns + 1])
}

/// `W′`: kernels rotated by 180° and channels exchanged, `[C, 9K]`.
fn rotated(weight: &FlexTensor) -> FlexTensor {
    let [outputs, inputs, ..] = dims(weight);
    let values = with_values(weight, |weight| {
        let mut all = Vec::with_capacity(weight.len());
        for input in 0..inputs {
            for output in 0..outputs {
                let kernel = &weight[(output * inputs + input) * TAPS..][..TAPS];
                all.extend(kernel.iter().rev());
            }
        }
        all
    });
    tensor(values, [inputs, outputs * TAPS])
}

/// `matrix · P(image)` for each image: `[B, rows of the matrix, H, W]`.
fn product(images: &FlexTensor, matrix: &FlexTensor, ones: bool) -> FlexTensor {
    let [count, channels, height, width] = dims(images);
    let outputs = matrix.shape()[0];
    let outputs_per_image = with_values(images, |values| {
        let size = channels * height * width;
        map_images(count, |i| {
            let image = &values[i * size..][..size];
            let patches = im2col(image, [height, width], ones);
            Flex::float_matmul(matrix.clone(), patches)
        })
    });
    let mut all = Vec::with_capacity(count * outputs * height * width);
    for one in &outputs_per_image {
        with_values(one, |values| all.extend_from_slice(values));
    }
    tensor(all, [count, outputs, height, width])
}

/// The convolution.
///
/// # Shapes
/// - input: `[B, C, H, W]`, weight: `[K, C, 3, 3]`, bias: `[K]`
/// - output: `[B, K, H, W]`
fn forward(input: &FlexTensor, weight: &FlexTensor, bias: Option<&FlexTensor>) -> FlexTensor {
    product(input, &append_bias(weight, bias), bias.is_some())
}

/// The input's gradient, `[B, C, H, W]`, from the output's, `[B, K, H, W]`.
fn grad_input(grad: &FlexTensor, weight: &FlexTensor) -> FlexTensor {
    product(grad, &rotated(weight), false)
}

/// The gradients of weights, `[K, C, 3, 3]`, and bias, `[K]`.
fn grad_parameters(
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
    let parts = with_values(input, |values| {
        let size = channels * height * width;
        map_images(count, |i| {
            let image = &values[i * size..][..size];
            let patches = im2col(image, [height, width], bias);
            let grad = grad
                .narrow(0, i, 1)
                .reshape([outputs, height * width].into());
            // The transposed operand is packed slowly, so it is the smaller one.
            Flex::float_matmul(patches, grad.transpose(0, 1))
        })
    });
    let mut sum = vec![0.0_f32; outputs * columns];
    for part in &parts {
        with_values(part, |part| {
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
