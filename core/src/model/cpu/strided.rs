//! Any other convolution without groups and dilation: larger kernels, strides and paddings.
//!
//! As for the 3×3 convolution, an image's patches are laid out as a matrix, from the phases of
//! [`Geometry`], in which every row of it consists of contiguous runs:
//!
//! ```text
//! forward  Y     = W · P(X)            [K, Ck²] · [Ck², H_out·W_out]
//! weights  dWᵀ   = Σ P(X) · dYᵀ        [Ck², H_out·W_out] · [H_out·W_out, K]
//! input    dP(X) = Wᵀ · dY             [Ck², K] · [K, H_out·W_out]
//! ```
//!
//! `dX` adds each row of `dP(X)` to where the row's values came from (col2im).

use std::{borrow::Cow, ops::Range};

use burn::backend::{Flex, flex::FlexTensor, ops::FloatTensorOps};

use super::{
    finish::Finish,
    fused_product::Panels,
    geometry::Geometry,
    primitive::{Scratch, dims, for_each_chunk, tensor, with_values, zeroed},
    product::{fused_products, grad_bias, side_by_side, sum_of_products, transposed},
};

/// The patches of some images side by side, `[Ck², images · H_out·W_out]`.
fn patches(geometry: &Geometry, input: &[f32], channels: usize, images: Range<usize>) -> Vec<f32> {
    let ([height, width], [rows, columns]) = (geometry.input(), geometry.output());
    let line = images.len() * rows * columns;
    let mut matrix = Vec::with_capacity(channels * geometry.taps() * line);
    let mut phases = vec![Vec::new(); images.len()];
    let offsets = geometry.offsets();
    for channel in 0..channels {
        for (image, phases) in images.clone().zip(&mut phases) {
            let start = (image * channels + channel) * height * width;
            geometry.split(&input[start..][..height * width], phases);
        }
        for &offset in &offsets {
            for phases in &phases {
                let lines = phases[offset..].chunks(geometry.columns());
                let lines = lines.take(rows).map(|line| &line[..columns]);
                lines.for_each(|line| matrix.extend_from_slice(line));
            }
        }
    }
    matrix
}

/// Weights as a matrix, `[K, Ck²]`.
fn matrix(geometry: &Geometry, weight: &FlexTensor) -> FlexTensor {
    let [outputs, inputs, ..] = dims(weight);
    let columns = inputs * geometry.taps();
    weight.to_contiguous().reshape([outputs, columns].into())
}

/// The convolution, and what follows.
///
/// # Shapes
/// - input: `[B, C, H, W]`, weight: `[K, C, k, k]`
/// - output: `[B, K, H_out, W_out]`
pub(super) fn forward(
    geometry: &Geometry,
    input: &FlexTensor,
    weight: &FlexTensor,
    finish: &Finish,
) -> FlexTensor {
    let [count, channels, ..] = dims(input);
    let [outputs, ..] = dims(weight);
    let [rows, columns] = geometry.output();
    let inputs = channels * geometry.taps();
    let matrix = with_values(weight, |weight| Panels::new(weight, inputs));
    with_values(input, |input| {
        fused_products([count, outputs, rows, columns], &matrix, finish, |i| {
            Cow::Owned(patches(geometry, input, channels, i..i + 1))
        })
    })
}

/// The input's gradient, `[B, C, H, W]`, from the output's, `[B, K, H_out, W_out]`.
pub(super) fn grad_input(
    geometry: &Geometry,
    grad: &FlexTensor,
    weight: &FlexTensor,
) -> FlexTensor {
    let grad = grad.to_contiguous();
    let [count, outputs, rows, columns] = dims(&grad);
    let [_, channels, ..] = dims(weight);
    let [height, width] = geometry.input();
    let (size, plane) = (rows * columns, height * width);
    let matrix = matrix(geometry, weight).transpose(0, 1).to_contiguous();
    let offsets = geometry.offsets();
    let mut all = vec![0.0; count * channels * plane];
    for_each_chunk(&mut all, channels * plane, |scratch, i, image| {
        let Scratch(phases, _) = scratch;
        let grad = side_by_side(&grad, i..i + 1, [outputs, size]);
        let product = Flex::float_matmul(matrix.clone(), grad);
        with_values(&product, |patches| {
            let of_channels = patches.chunks_exact(geometry.taps() * size);
            for (patches, plane) in of_channels.zip(image.chunks_exact_mut(plane)) {
                zeroed(phases, geometry.phases() * geometry.phase_size());
                for (&offset, patches) in offsets.iter().zip(patches.chunks_exact(size)) {
                    let lines = phases[offset..].chunks_mut(geometry.columns());
                    for (to, from) in lines.zip(patches.chunks_exact(columns)) {
                        to.iter_mut().zip(from).for_each(|(to, from)| *to += from);
                    }
                }
                geometry.join(phases, plane);
            }
        });
    });
    tensor(all, [count, channels, height, width])
}

/// The gradients of weights, `[K, C, k, k]`, and bias, `[K]`.
pub(super) fn grad_parameters(
    geometry: &Geometry,
    input: &FlexTensor,
    grad: &FlexTensor,
    kernel: usize,
    bias: bool,
) -> (FlexTensor, Option<FlexTensor>) {
    let grad = grad.to_contiguous();
    let [count, channels, ..] = dims(input);
    let [_, outputs, rows, columns] = dims(&grad);
    let size = rows * columns;
    let sum = with_values(input, |input| {
        let rows = [channels * geometry.taps(), outputs];
        sum_of_products(count, size, rows, |images| {
            let line = images.len() * size;
            let patches = patches(geometry, input, channels, images.clone());
            [
                tensor(patches, [channels * geometry.taps(), line]),
                side_by_side(&grad, images, [outputs, size]),
            ]
        })
    });
    (
        tensor(
            transposed(&sum, outputs),
            [outputs, channels, kernel, kernel],
        ),
        bias.then(|| grad_bias(&grad, outputs, size)),
    )
}
