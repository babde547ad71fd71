//! The correlations of one set of rows with another, summed over images: a convolution's gradients of its weights.
//!
//! Each sum of a tile is a vector until all images are added; then its lanes are added.

use pulp::{Simd, WithSimd};

use super::simd::{dispatch, unrolled};

/// The largest number of lanes that a vector has.
pub(super) const LANES: usize = 16;
/// Rows of the first set in a tile.
const ROWS: usize = 3;

/// `sums[k, r] = Σ_images Σ_i others[image, k, i] · values[image, starts[r] + i]`, `[outputs, rows]`.
///
/// `values` has `size` of each image, and so many more that a row of the last one can be read; `others` are
/// `[images, outputs, line]`, where `line` is `span` rounded up to a multiple of [`LANES`].
pub(super) fn correlations(
    values: &[f32],
    size: usize,
    starts: &[usize],
    others: &[f32],
    span: usize,
    outputs: usize,
) -> Vec<f32> {
    let mut sums = vec![0.0; outputs * starts.len()];
    dispatch(Correlations {
        values,
        size,
        starts,
        others,
        span,
        outputs,
        sums: &mut sums,
    });
    sums
}

struct Correlations<'a> {
    values: &'a [f32],
    size: usize,
    starts: &'a [usize],
    others: &'a [f32],
    span: usize,
    outputs: usize,
    sums: &'a mut [f32],
}

impl WithSimd for Correlations<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        // As many sums as there are registers for.
        match S::F32_LANES {
            16 => self.tiles::<S, 6>(simd),
            8 => self.tiles::<S, 4>(simd),
            _ => self.tiles::<S, 3>(simd),
        }
    }
}

impl Correlations<'_> {
    #[inline(always)]
    fn tiles<S: Simd, const N: usize>(&mut self, simd: S) {
        for row in (0..self.starts.len()).step_by(ROWS) {
            for output in (0..self.outputs).step_by(N) {
                self.tile::<S, N>(simd, row, output);
            }
        }
    }

    /// `ROWS` by `N` sums from a row and an output on. Beyond the last ones these stand again.
    #[inline(always)]
    fn tile<S: Simd, const N: usize>(&mut self, simd: S, row: usize, output: usize) {
        let last = [self.starts.len() - 1, self.outputs - 1];
        let starts: [usize; ROWS] = std::array::from_fn(|i| self.starts[last[0].min(row + i)]);
        let outputs: [usize; N] = std::array::from_fn(|i| last[1].min(output + i));
        let mut sums = [[simd.splat_f32s(0.0); N]; ROWS];
        let line = self.span.next_multiple_of(LANES);
        let used = self.span.next_multiple_of(S::F32_LANES);
        let images = self.others.chunks_exact(self.outputs * line);
        for (image, others) in images.enumerate() {
            let values = &self.values[image * self.size..];
            let mut rows: [&[S::f32s]; ROWS] = [&[]; ROWS];
            let mut lines: [&[S::f32s]; N] = [&[]; N];
            unrolled!(N, i => lines[i] = vectors::<S>(others, outputs[i] * line, used));
            let count = lines[0].len();
            unrolled!(ROWS, i => rows[i] = &vectors::<S>(values, starts[i], used)[..count]);
            unrolled!(N, i => lines[i] = &lines[i][..count]);
            for at in 0..count {
                unrolled!(N, i => {
                    let other = lines[i][at];
                    unrolled!(ROWS, j => {
                        sums[j][i] = simd.mul_add_e_f32s(other, rows[j][at], sums[j][i]);
                    });
                });
            }
        }
        for (row, sums) in (row..self.starts.len()).zip(sums) {
            for (output, sum) in (output..self.outputs).zip(sums) {
                self.sums[output * self.starts.len() + row] = simd.reduce_sum_f32s(sum);
            }
        }
    }
}

/// So many values from a place on, a multiple of a vector's.
#[inline(always)]
fn vectors<S: Simd>(values: &[f32], start: usize, count: usize) -> &[S::f32s] {
    S::as_simd_f32s(&values[start..][..count]).0
}
