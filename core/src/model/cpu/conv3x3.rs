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

use burn::backend::{Flex, TensorMetadata, flex::FlexTensor, ops::FloatTensorOps};

use super::{
    finish::Finish,
    primitive::{dims, map_images, tensor, with_values},
    product::products,
};
use crate::model::clamp::Clamp;

/// Positions of a kernel.
const TAPS: usize = 9;

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

/// `matrix · P(image)` for each image, and what follows: `[B, rows of the matrix, H, W]`.
fn product(images: &FlexTensor, matrix: &FlexTensor, ones: bool, finish: &Finish) -> FlexTensor {
    let [count, channels, height, width] = dims(images);
    let outputs = matrix.shape()[0];
    with_values(images, |values| {
        let size = channels * height * width;
        products([count, outputs, height, width], finish, |i| {
            let image = &values[i * size..][..size];
            let patches = im2col(image, [height, width], ones);
            Flex::float_matmul(matrix.clone(), patches)
        })
    })
}

/// The convolution and the clamp.
///
/// # Shapes
/// - input: `[B, C, H, W]`, weight: `[K, C, 3, 3]`, bias: `[K]`
/// - output: `[B, K, H, W]`
pub(super) fn forward(
    input: &FlexTensor,
    weight: &FlexTensor,
    bias: Option<&FlexTensor>,
    clamp: Clamp,
) -> FlexTensor {
    let matrix = append_bias(weight, bias);
    // The matrix has the bias.
    product(input, &matrix, bias.is_some(), &Finish::new(None, clamp))
}

/// The input's gradient, `[B, C, H, W]`, from the output's, `[B, K, H, W]`.
pub(super) fn grad_input(grad: &FlexTensor, weight: &FlexTensor) -> FlexTensor {
    let nothing = Finish::new(None, Clamp::None);
    product(grad, &rotated(weight), false, &nothing)
}

/// The gradients of weights, `[K, C, 3, 3]`, and bias, `[K]`.
pub(super) fn grad_parameters(
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
