//! `Y = A · B` for a convolution as a matrix product, with bias and clamp added while a tile of `Y` is in
//! registers, and written where it belongs.
//!
//! A tile has four rows of `A` and two vectors of columns of `B`. The columns are packed, a panel for
//! each tile, so that one after another is read; `A` is packed once, four rows interleaved. A row of `B` need not
//! be there as such ([`Rows`]): a convolution's patches are packed from where they lie in the image.

use std::ops::Range;

use pulp::{Simd, WithSimd};

use super::{
    finish::Finish,
    primitive::zeroed,
    simd::{dispatch, limit, unrolled},
};

/// Rows of a tile.
const ROWS: usize = 4;
/// Vectors of a tile's columns.
const VECTORS: usize = 2;
/// Of so many products a tile's sums consist at a time: the panel of `B` stays in the first-level cache.
const DEPTH: usize = 384;

/// A matrix `[K, C]`, four rows interleaved; missing ones are 0.
pub(super) struct Panels {
    values: Vec<f32>,
    rows: usize,
    columns: usize,
}

impl Panels {
    /// Packs a matrix of so many columns, row by row.
    pub(super) fn new(matrix: &[f32], columns: usize) -> Self {
        let rows = matrix.len() / columns;
        let mut values = vec![0.0; rows.next_multiple_of(ROWS) * columns];
        for (row, line) in matrix.chunks_exact(columns).enumerate() {
            let panel = &mut values[row / ROWS * ROWS * columns..][..ROWS * columns];
            let to = panel[row % ROWS..].iter_mut().step_by(ROWS);
            to.zip(line).for_each(|(to, from)| *to = *from);
        }
        Self {
            values,
            rows,
            columns,
        }
    }

    /// The transpose of a matrix of so many columns, row by row.
    pub(super) fn transposed(matrix: &[f32], columns: usize) -> Self {
        let depth = matrix.len() / columns;
        let mut values = vec![0.0; columns.next_multiple_of(ROWS) * depth];
        for (k, line) in matrix.chunks_exact(columns).enumerate() {
            for (panel, four) in line.chunks(ROWS).enumerate() {
                let at = (panel * depth + k) * ROWS;
                values[at..][..four.len()].copy_from_slice(four);
            }
        }
        Self {
            values,
            rows: columns,
            columns: depth,
        }
    }

    /// `K`.
    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// Writes rows `first..` of `A · B`, finished, until `output`, of `[rows, N]`, is full. `scratch` holds a panel
    /// of `B`.
    pub(super) fn multiply(
        &self,
        right: (&[f32], &Rows),
        first: usize,
        finish: &Finish,
        scratch: &mut Vec<f32>,
        output: &mut [f32],
    ) {
        debug_assert!(first.is_multiple_of(ROWS));
        debug_assert_eq!(right.1.starts.len(), self.columns);
        dispatch(Multiply {
            left: &self.values[first * self.columns..],
            first,
            right: right.0,
            rows: right.1,
            finish,
            scratch,
            output,
        });
    }
}

/// Where the rows of `B`, `[C, N]`, lie in a list of values: each in equal parts, one every `apart`.
#[derive(Clone, Debug)]
pub(super) struct Rows {
    /// Where each row starts.
    pub(super) starts: Vec<usize>,
    /// Values of a part.
    pub(super) part: usize,
    /// From the start of a part to that of the next one.
    pub(super) apart: usize,
    /// `N`.
    pub(super) width: usize,
}

impl Rows {
    /// Those of a matrix, one after another.
    pub(super) fn of_matrix(rows: usize, width: usize) -> Self {
        Self {
            starts: (0..rows).map(|row| row * width).collect(),
            part: width,
            apart: width,
            width,
        }
    }

    /// Calls `each` with the place of a run of columns among these, its distance from a row's start, and its
    /// length.
    #[inline(always)]
    fn runs(&self, columns: Range<usize>, mut each: impl FnMut(usize, usize, usize)) {
        let mut column = columns.start;
        while column < columns.end {
            let (part, within) = (column / self.part, column % self.part);
            let count = (self.part - within).min(columns.end - column);
            each(column - columns.start, part * self.apart + within, count);
            column += count;
        }
    }
}

struct Multiply<'a> {
    left: &'a [f32],
    first: usize,
    right: &'a [f32],
    rows: &'a Rows,
    finish: &'a Finish,
    scratch: &'a mut Vec<f32>,
    output: &'a mut [f32],
}

impl WithSimd for Multiply<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self {
            left,
            first,
            right,
            rows,
            finish,
            scratch,
            output,
        } = self;
        let lanes = VECTORS * S::F32_LANES;
        let (depth, width) = (rows.starts.len(), rows.width);
        zeroed(scratch, depth.min(DEPTH) * lanes);
        for column in (0..width).step_by(lanes) {
            let count = lanes.min(width - column);
            // One vector is enough for the last few columns.
            let vectors = count.div_ceil(S::F32_LANES);
            let step = vectors * S::F32_LANES;
            for begin in (0..depth).step_by(DEPTH) {
                let end = depth.min(begin + DEPTH);
                let starts = &rows.starts[begin..end];
                rows.runs(column..column + count, |at, from, count| {
                    let lines = scratch.chunks_exact_mut(step).zip(starts);
                    if count == lanes {
                        lines.for_each(|(to, start)| {
                            copy_whole::<S>(simd, &right[start + from..][..lanes], to);
                        });
                    } else {
                        lines.for_each(|(to, start)| {
                            copy::<S>(simd, &right[start + from..][..count], &mut to[at..]);
                        });
                    }
                });
                let (panel, _) = S::as_simd_f32s(&scratch[..(end - begin) * step]);
                let place = Place {
                    width,
                    column,
                    count,
                    adds: begin > 0,
                };
                let ends = (end == depth).then_some(finish);
                let lines = output.chunks_mut(ROWS * width);
                for (i, lines) in lines.enumerate() {
                    let rows = &left[(i * depth + begin) * ROWS..][..(end - begin) * ROWS];
                    let finish = ends.map(|finish| (finish, first + i * ROWS));
                    if vectors == VECTORS {
                        two_vectors(simd, rows, panel, lines, &place, finish);
                    } else {
                        one_vector(simd, rows, panel, lines, &place, finish);
                    }
                }
            }
        }
    }
}

/// Copies a line of a panel. The product with 1 makes each vector one value, which it would not be to the compiler
/// in a mere copy: in wasm it would be copied as two integers.
#[inline(always)]
fn copy_whole<S: Simd>(simd: S, from: &[f32], to: &mut [f32]) {
    let (from, to) = (S::as_simd_f32s(from).0, S::as_mut_simd_f32s(to).0);
    let one = simd.splat_f32s(1.0);
    if let ([from], [to]) = (
        from.as_chunks::<VECTORS>().0,
        to.as_chunks_mut::<VECTORS>().0,
    ) {
        unrolled!(VECTORS, i => to[i] = simd.mul_f32s(from[i], one));
    }
}

/// Copies a part of a line of a panel; values beyond it are of no consequence, but numbers.
#[inline(always)]
fn copy<S: Simd>(simd: S, from: &[f32], to: &mut [f32]) {
    let to = &mut to[..from.len()];
    let (to, to_tail) = S::as_mut_simd_f32s(to);
    let (vectors, tail) = S::as_simd_f32s(from);
    for (to, from) in to.iter_mut().zip(vectors) {
        *to = *from;
    }
    if !tail.is_empty() {
        simd.partial_store_f32s(to_tail, simd.partial_load_f32s(tail));
    }
}

/// Where a tile lies in the output.
struct Place {
    width: usize,
    column: usize,
    count: usize,
    /// Whether it is added to what is there.
    adds: bool,
}

#[inline(always)]
fn two_vectors<S: Simd>(
    simd: S,
    rows: &[f32],
    panel: &[S::f32s],
    lines: &mut [f32],
    place: &Place,
    finish: Option<(&Finish, usize)>,
) {
    let zero = simd.splat_f32s(0.0);
    let mut sums = [[zero; VECTORS]; ROWS];
    let (factors, panel) = (rows.as_chunks::<ROWS>().0, panel.as_chunks::<VECTORS>().0);
    for (factors, values) in factors.iter().zip(panel) {
        unrolled!(ROWS, row => {
            let factor = simd.splat_f32s(factors[row]);
            sums[row][0] = simd.mul_add_e_f32s(factor, values[0], sums[row][0]);
            sums[row][1] = simd.mul_add_e_f32s(factor, values[1], sums[row][1]);
        });
    }
    for (row, (line, sums)) in lines.chunks_mut(place.width).zip(sums).enumerate() {
        let line = &mut line[place.column..][..place.count];
        let (first, second) = line.split_at_mut(S::F32_LANES);
        let finish = finish.map(|(finish, at)| (finish, at + row));
        write(simd, first, sums[0], place.adds, finish);
        write(simd, second, sums[1], place.adds, finish);
    }
}

#[inline(always)]
fn one_vector<S: Simd>(
    simd: S,
    rows: &[f32],
    panel: &[S::f32s],
    lines: &mut [f32],
    place: &Place,
    finish: Option<(&Finish, usize)>,
) {
    let mut sums = [simd.splat_f32s(0.0); ROWS];
    let factors = rows.as_chunks::<ROWS>().0;
    for (factors, &values) in factors.iter().zip(panel) {
        unrolled!(ROWS, row => {
            let factor = simd.splat_f32s(factors[row]);
            sums[row] = simd.mul_add_e_f32s(factor, values, sums[row]);
        });
    }
    for (row, (line, sum)) in lines.chunks_mut(place.width).zip(sums).enumerate() {
        let line = &mut line[place.column..][..place.count];
        let finish = finish.map(|(finish, at)| (finish, at + row));
        write(simd, line, sum, place.adds, finish);
    }
}

/// Writes a vector of a row, or so much of it as there is room for.
#[inline(always)]
fn write<S: Simd>(
    simd: S,
    to: &mut [f32],
    sum: S::f32s,
    adds: bool,
    finish: Option<(&Finish, usize)>,
) {
    let mut sum = sum;
    if adds {
        sum = simd.add_f32s(simd.partial_load_f32s(to), sum);
    }
    if let Some((finish, row)) = finish {
        sum = simd.add_f32s(sum, simd.splat_f32s(finish.bias(row)));
        if let Some([low, high]) = finish.bounds() {
            sum = limit(simd, sum, simd.splat_f32s(low), simd.splat_f32s(high));
        }
    }
    match S::as_mut_simd_f32s(to) {
        ([whole], _) => *whole = sum,
        (_, part) => simd.partial_store_f32s(part, sum),
    }
}
