//! Convolutions as matrix products: one for each image, and the sum of one for each few images.

use std::{borrow::Cow, ops::Range};

use burn::backend::{Flex, flex::FlexTensor, ops::FloatTensorOps};

use super::{
    finish::Finish,
    fused_product::{Panels, Rows},
    plane::total,
    primitive::{for_each_chunk, map_images, tensor, with_values},
};

/// Columns that the operands of a sum's products have at least; small images are put side by side.
const COLUMNS: usize = 1024;

/// Rows of a product that one task makes where there is one image.
const ROWS_AT_ONCE: usize = 64;

/// `A · B`, finished, for each image: `shape` is `[B, K, H, W]`, `operand` gives the values in which `right` are the
/// rows of the image's `B`, `[C, H·W]`.
pub(super) fn fused_products<'a>(
    shape: [usize; 4],
    panels: &Panels,
    right: &Rows,
    finish: &Finish,
    operand: impl Fn(usize) -> Cow<'a, [f32]> + Send + Sync,
) -> FlexTensor {
    let [count, channels, height, width] = shape;
    let size = height * width;
    let mut all = vec![0.0; shape.iter().product()];
    if count == 1 {
        let operand = operand(0);
        for_each_chunk(&mut all, ROWS_AT_ONCE * size, |scratch, i, rows| {
            let first = i * ROWS_AT_ONCE;
            panels.multiply((&operand, right), first, finish, &mut scratch.0, rows);
        });
    } else {
        for_each_chunk(&mut all, channels * size, |scratch, i, image| {
            panels.multiply((&operand(i), right), 0, finish, &mut scratch.0, image);
        });
    }
    tensor(all, shape)
}

/// Images of so many positions that are put side by side.
pub(super) fn images_at_once(positions: usize) -> usize {
    COLUMNS.div_ceil(positions)
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
    let at_once = images_at_once(columns);
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
                *sum += total(values);
            }
        }
    });
    tensor(sums, [channels])
}
