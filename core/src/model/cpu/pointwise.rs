//! The 1×1 convolution without padding: one matrix product for each image, on the images as they
//! are; at a larger stride, on every `stride`-th value of every `stride`-th row.
//!
//! ```text
//! forward  Y  = W · X          [K, C] · [C, HW]
//! weights  dW = Σ dY · Xᵀ      [K, HW] · [HW, C]
//! input    dX = Wᵀ · dY        [C, K] · [K, HW]
//! ```

use std::borrow::Cow;

use burn::backend::flex::FlexTensor;

use super::{
    finish::Finish,
    fused_product::{Panels, Rows},
    primitive::{dims, for_each_chunk, tensor, with_values},
    product::{fused_products, grad_bias, side_by_side, sum_of_products, transposed},
};
use crate::model::clamp::Clamp;

/// `matrix · X` for each image, and what follows.
fn product(images: &FlexTensor, matrix: &Panels, finish: &Finish) -> FlexTensor {
    let [count, channels, height, width] = dims(images);
    let size = channels * height * width;
    let shape = [count, matrix.rows(), height, width];
    with_values(images, |images| {
        let image = |i| Cow::Borrowed(&images[i * size..][..size]);
        let right = Rows::of_matrix(channels, height * width);
        fused_products(shape, matrix, &right, finish, image)
    })
}

/// The convolution, and what follows.
///
/// # Shapes
/// - input: `[B, C, H, W]`, weight: `[K, C, 1, 1]`
/// - output: `[B, K, ⌈H/stride⌉, ⌈W/stride⌉]`
pub(super) fn forward(
    stride: usize,
    input: &FlexTensor,
    weight: &FlexTensor,
    finish: &Finish,
) -> FlexTensor {
    let [_, inputs, ..] = dims(weight);
    let matrix = with_values(weight, |weight| Panels::new(weight, inputs));
    product(&thinned(input, stride), &matrix, finish)
}

/// The input's gradient, `[B, C, H, W]`, from the output's, for images of `[H, W]`.
pub(super) fn grad_input(
    stride: usize,
    grad: &FlexTensor,
    weight: &FlexTensor,
    image: [usize; 2],
) -> FlexTensor {
    let [_, inputs, ..] = dims(weight);
    let matrix = with_values(weight, |weight| Panels::transposed(weight, inputs));
    let thin = product(grad, &matrix, &Finish::new(None, Clamp::None));
    if stride == 1 {
        return thin;
    }
    let [count, channels, rows, columns] = dims(&thin);
    let [height, width] = image;
    let mut all = vec![0.0; count * channels * height * width];
    with_values(&thin, |thin| {
        for_each_chunk(&mut all, height * width, |_, i, plane| {
            let lines = thin[i * rows * columns..][..rows * columns].chunks_exact(columns);
            for (to, from) in plane.chunks_exact_mut(width).step_by(stride).zip(lines) {
                let to = to.iter_mut().step_by(stride);
                to.zip(from).for_each(|(to, from)| *to = *from);
            }
        });
    });
    tensor(all, [count, channels, height, width])
}

/// Every `stride`-th value of every `stride`-th row.
fn thinned(images: &FlexTensor, stride: usize) -> FlexTensor {
    if stride == 1 {
        return images.clone();
    }
    let [count, channels, height, width] = dims(images);
    let [rows, columns] = [height, width].map(|size| size.div_ceil(stride));
    let mut all = vec![0.0; count * channels * rows * columns];
    with_values(images, |images| {
        for_each_chunk(&mut all, rows * columns, |_, i, plane| {
            let lines = images[i * height * width..][..height * width].chunks_exact(width);
            for (to, from) in plane.chunks_exact_mut(columns).zip(lines.step_by(stride)) {
                let from = from.iter().step_by(stride);
                to.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
            }
        });
    });
    tensor(all, [count, channels, rows, columns])
}

/// The gradients of weights, `[K, C, 1, 1]`, and bias, `[K]`.
pub(super) fn grad_parameters(
    stride: usize,
    input: &FlexTensor,
    grad: &FlexTensor,
    bias: bool,
) -> (FlexTensor, Option<FlexTensor>) {
    let input = thinned(input, stride).to_contiguous();
    let grad = grad.to_contiguous();
    let [count, inputs, height, width] = dims(&input);
    let [_, outputs, ..] = dims(&grad);
    let size = height * width;
    // The transposed operand is packed slowly, so it is the smaller one.
    let swapped = outputs < inputs;
    let (left, right) = match swapped {
        true => ((&input, inputs), (&grad, outputs)),
        false => ((&grad, outputs), (&input, inputs)),
    };
    let sum = sum_of_products(count, size, [left.1, right.1], |images| {
        [left, right].map(|(all, rows)| side_by_side(all, images.clone(), [rows, size]))
    });
    let weights = if swapped {
        transposed(&sum, outputs)
    } else {
        sum
    };
    (
        tensor(weights, [outputs, inputs, 1, 1]),
        bias.then(|| grad_bias(&grad, outputs, size)),
    )
}
