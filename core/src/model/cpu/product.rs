//! Convolutions as matrix products: one for each image, and the sum of one for each few images.

use std::{borrow::Cow, ops::Range};

use burn::backend::{Flex, flex::FlexTensor, ops::FloatTensorOps};

use super::{
    finish::Finish,
    fused_product::Panels,
    primitive::{for_each_chunk, map_images, tensor, with_values},
};

/// Columns that the operands of a sum's products have at least; small images are put side by side.
const COLUMNS: usize = 1024;

/// The product `[K, H·W]` of each image, finished: `shape` is `[B, K, H, W]`.
pub(super) fn products(
    shape: [usize; 4],
    finish: &Finish,
    product: impl Fn(usize) -> FlexTensor + Send + Sync,
) -> FlexTensor {
    let [count, channels, height, width] = shape;
    let size = height * width;
    if count == 1 {
        let mut output = product(0);
        finish.image(output.storage_mut(), size);
        return output.reshape(shape.into());
    }
    let mut all = vec![0.0; shape.iter().product()];
    for_each_chunk(&mut all, channels * size, |_, i, image| {
        with_values(&product(i), |values| image.copy_from_slice(values));
        finish.image(image, size);
    });
    tensor(all, shape)
}

/// Rows of a product that one task makes where there is one image.
const ROWS_AT_ONCE: usize = 64;

/// `A · B`, finished, for each image: `shape` is `[B, K, H, W]`, `operand` gives the image's `B`,
/// `[C, H·W]`.
pub(super) fn fused_products<'a>(
    shape: [usize; 4],
    panels: &Panels,
    finish: &Finish,
    operand: impl Fn(usize) -> Cow<'a, [f32]> + Send + Sync,
) -> FlexTensor {
    let [count, channels, height, width] = shape;
    let size = height * width;
    let mut all = vec![0.0; shape.iter().product()];
    if count == 1 {
        let operand = operand(0);
        for_each_chunk(&mut all, ROWS_AT_ONCE * size, |scratch, i, rows| {
            panels.multiply(&operand, i * ROWS_AT_ONCE, finish, &mut scratch.0, rows);
        });
    } else {
        for_each_chunk(&mut all, channels * size, |scratch, i, image| {
            panels.multiply(&operand(i), 0, finish, &mut scratch.0, image);
        });
    }
    tensor(all, shape)
}

/// `Σ Aᵢ · Bᵢᵀ` over `count` images whose operands, of `rows`, have `columns` columns each.
///
/// `operands` gives those of a range of images, side by side. How many that are depends on `columns`
/// alone and the sum is in their order, so that it does not depend on the number of threads.
pub(super) fn sum_of_products(
    count: usize,
    columns: usize,
    rows: [usize; 2],
    operands: impl Fn(Range<usize>) -> [FlexTensor; 2] + Send + Sync,
) -> Vec<f32> {
    let at_once = COLUMNS.div_ceil(columns);
    let parts = map_images(count.div_ceil(at_once), |part| {
        let first = part * at_once;
        let [left, right] = operands(first..count.min(first + at_once));
        Flex::float_matmul(left, right.transpose(0, 1))
    });
    let mut sum = vec![0.0_f32; rows[0] * rows[1]];
    for part in &parts {
        with_values(part, |part| {
            for (sum, part) in sum.iter_mut().zip(part) {
                *sum += part;
            }
        });
    }
    sum
}

/// Images side by side: from `[B, C, size]`, contiguous, the matrix `[C, images · size]`.
pub(super) fn side_by_side(
    all: &FlexTensor,
    images: Range<usize>,
    [channels, size]: [usize; 2],
) -> FlexTensor {
    let count = images.len();
    if count == 1 {
        let one = all.narrow(0, images.start, 1);
        return one.reshape([channels, size].into());
    }
    let mut matrix = Vec::with_capacity(count * channels * size);
    with_values(all, |values| {
        for channel in 0..channels {
            for image in images.clone() {
                matrix.extend_from_slice(&values[(image * channels + channel) * size..][..size]);
            }
        }
    });
    tensor(matrix, [channels, count * size])
}

/// The transpose of a matrix of so many columns.
pub(super) fn transposed(matrix: &[f32], columns: usize) -> Vec<f32> {
    let column = |column| matrix.iter().skip(column).step_by(columns);
    (0..columns).flat_map(column).copied().collect()
}

/// The bias's gradient, `[K]`: the sum over images, in their order, of the sums over positions of
/// the output's gradient, `[B, K, size]`.
pub(super) fn grad_bias(grad: &FlexTensor, channels: usize, size: usize) -> FlexTensor {
    let mut sums = vec![0.0_f32; channels];
    with_values(grad, |grad| {
        for image in grad.chunks_exact(channels * size) {
            for (sum, values) in sums.iter_mut().zip(image.chunks_exact(size)) {
                *sum += positions_sum(values);
            }
        }
    });
    tensor(sums, [channels])
}

/// A sum in eight parts, which vector instructions can add to at once.
pub(super) fn positions_sum(values: &[f32]) -> f32 {
    let mut parts = [0.0_f32; 8];
    for values in values.chunks(parts.len()) {
        for (part, value) in parts.iter_mut().zip(values) {
            *part += value;
        }
    }
    parts.iter().sum()
}
