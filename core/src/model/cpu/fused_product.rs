//! `Y = A · B` for a convolution as a matrix product, with bias and clamp added while a tile of `Y` is in
//! registers, and written where it belongs.
//!
//! A tile has four rows of `A` and two vectors of columns of `B`. The columns are packed, a panel for
//! each tile, so that one after another is read; `A` is packed once, four rows interleaved.

use pulp::{Simd, WithSimd};

use super::{
    finish::Finish,
    primitive::zeroed,
    simd::{dispatch, limit},
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

    /// Writes rows `first..` of `A · B`, finished, until `output`, of `[rows, N]`, is full. `right` is `B`,
    /// `[C, N]`; `scratch` holds a panel of it.
    pub(super) fn multiply(
        &self,
        right: &[f32],
        first: usize,
        finish: &Finish,
        scratch: &mut Vec<f32>,
        output: &mut [f32],
    ) {
        let width = right.len() / self.columns;
        debug_assert!(first.is_multiple_of(ROWS));
        dispatch(Multiply {
            left: &self.values[first * self.columns..],
            first,
            depth: self.columns,
            right,
            width,
            finish,
            scratch,
            output,
        });
    }
}

struct Multiply<'a> {
    left: &'a [f32],
    first: usize,
    depth: usize,
    right: &'a [f32],
    width: usize,
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
            depth,
            right,
            width,
            finish,
            scratch,
            output,
        } = self;
        let lanes = VECTORS * S::F32_LANES;
        zeroed(scratch, depth.min(DEPTH) * lanes);
        for column in (0..width).step_by(lanes) {
            let count = lanes.min(width - column);
            // One vector is enough for the last few columns.
            let vectors = count.div_ceil(S::F32_LANES);
            for begin in (0..depth).step_by(DEPTH) {
                let end = depth.min(begin + DEPTH);
                let step = vectors * S::F32_LANES;
                for (k, to) in (begin..end).zip(scratch.chunks_exact_mut(step)) {
                    copy::<S>(simd, &right[k * width + column..][..count], to);
                }
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

/// Copies a line of a panel, of whole vectors; values beyond `from` are of no consequence, but numbers.
#[inline(always)]
fn copy<S: Simd>(simd: S, from: &[f32], to: &mut [f32]) {
    let (to, _) = S::as_mut_simd_f32s(to);
    let (vectors, tail) = S::as_simd_f32s(from);
    let mut to = to.iter_mut();
    // In this order, as a zip takes from its first iterator what it then has no partner for.
    for (from, to) in vectors.iter().zip(&mut to) {
        *to = *from;
    }
    if let Some(to) = to.next() {
        *to = simd.partial_load_f32s(tail);
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

/// Runs an expression for each row of a tile in place: in a loop, which a compiler that optimises for size
/// leaves as it is, sums would not be in registers.
macro_rules! each_row {
    ($row:ident => $body:expr) => {
        each_row!($row => $body; 0 1 2 3)
    };
    ($row:ident => $body:expr; $($number:literal)*) => {
        $({
            const $row: usize = $number;
            $body;
        })*
    };
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
        each_row!(ROW => {
            let factor = simd.splat_f32s(factors[ROW]);
            sums[ROW][0] = simd.mul_add_e_f32s(factor, values[0], sums[ROW][0]);
            sums[ROW][1] = simd.mul_add_e_f32s(factor, values[1], sums[ROW][1]);
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
        each_row!(ROW => {
            let factor = simd.splat_f32s(factors[ROW]);
            sums[ROW] = simd.mul_add_e_f32s(factor, values, sums[ROW]);
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
