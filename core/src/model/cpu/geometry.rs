//! Where the taps of a square kernel meet an image, for any stride and padding.
//!
//! A padded image plane is split into `stride²` phases, each row by row (`stride` 2: even and odd
//! rows, of each the even and odd columns). What a tap multiplies is then, for all outputs of the
//! plane, one contiguous run of its phase: with rows of outputs as long as those of a phase, whose
//! values beyond the output's width mean nothing,
//!
//! ```text
//! out[i] = Σ_{y,x} w[y, x] · phases[offset(y, x) + i],   i = row · columns + column
//! offset(y, x) = start of phase (y mod s, x mod s) + ⌊y / s⌋ · columns + ⌊x / s⌋
//! ```

use burn::nn::conv::Conv2d;

use super::primitive::zeroed;
use crate::model::window::Window;

/// The geometry of a convolution for one size of image.
#[derive(Clone, Copy, Debug)]
pub(super) struct Geometry {
    window: Window,
    /// Rows and columns of a phase.
    phase: [usize; 2],
}

impl Geometry {
    /// That of `conv` for images of `input` height and width, where it has a [`Window`].
    pub(super) fn of(conv: &Conv2d, input: [usize; 2]) -> Option<Self> {
        let window = Window::of(conv, input)?;
        let more = (window.kernel - 1) / window.stride;
        Some(Self {
            window,
            phase: window.output.map(|count| count + more),
        })
    }

    /// Height and width of an image.
    pub(super) fn input(&self) -> [usize; 2] {
        self.window.input
    }

    /// Height and width of an output.
    pub(super) fn output(&self) -> [usize; 2] {
        self.window.output
    }

    /// Length of a row of a phase.
    pub(super) fn columns(&self) -> usize {
        self.phase[1]
    }

    /// Positions of a kernel.
    pub(super) fn taps(&self) -> usize {
        self.window.taps()
    }

    /// Values of a phase.
    pub(super) fn phase_size(&self) -> usize {
        self.phase[0] * self.phase[1]
    }

    /// Phases of an image.
    pub(super) fn phases(&self) -> usize {
        self.window.stride * self.window.stride
    }

    /// From the first output of a plane to its last, in rows of a phase's length.
    pub(super) fn span(&self) -> usize {
        (self.window.output[0] - 1) * self.columns() + self.window.output[1]
    }

    /// The phase of each tap, and the offset in it.
    pub(super) fn places(&self) -> impl Iterator<Item = (usize, usize)> {
        let (kernel, stride, columns) = (self.window.kernel, self.window.stride, self.columns());
        (0..self.taps()).map(move |tap| {
            let (y, x) = (tap / kernel, tap % kernel);
            let phase = y % stride * stride + x % stride;
            (phase, y / stride * columns + x / stride)
        })
    }

    /// The offset of each tap in all phases.
    pub(super) fn offsets(&self) -> Vec<usize> {
        let size = self.phase_size();
        let places = self.places();
        places.map(|(phase, place)| phase * size + place).collect()
    }

    /// The largest offset in a phase.
    pub(super) fn reach(&self) -> usize {
        (self.window.kernel - 1) / self.window.stride * (self.columns() + 1)
    }

    /// Calls `each` with the start of a run in the phases and of the run, `stride` apart, of the
    /// image that it consists of, and their length.
    fn runs(&self, mut each: impl FnMut(usize, usize, usize)) {
        let ([height, width], [top, left], stride) =
            (self.window.input, self.window.padding, self.window.stride);
        let [rows, columns] = self.phase;
        for across in 0..stride {
            // The first column of the image in these phases.
            let x = (across + stride - left % stride) % stride;
            let column = (x + left) / stride;
            let count = width.saturating_sub(x).div_ceil(stride);
            let count = count.min(columns.saturating_sub(column));
            if count == 0 {
                continue;
            }
            let (mut down, mut row) = (top % stride, top / stride);
            for y in 0..height {
                if row >= rows {
                    break;
                }
                let line = (down * stride + across) * rows + row;
                each(line * columns + column, y * width + x, count);
                down += 1;
                if down == stride {
                    (down, row) = (0, row + 1);
                }
            }
        }
    }

    /// Splits an image plane into `phases`, with zeros around the image.
    pub(super) fn split(&self, plane: &[f32], phases: &mut Vec<f32>) {
        zeroed(phases, self.phases() * self.phase_size());
        self.runs(|to, from, count| {
            let to = &mut phases[to..][..count];
            if self.window.stride == 1 {
                to.copy_from_slice(&plane[from..][..count]);
            } else {
                let from = plane[from..].iter().step_by(self.window.stride);
                to.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
            }
        });
    }

    /// Joins phases into an image plane, whose other values remain.
    pub(super) fn join(&self, phases: &[f32], plane: &mut [f32]) {
        self.runs(|from, to, count| {
            let from = &phases[from..][..count];
            if self.window.stride == 1 {
                plane[to..][..count].copy_from_slice(from);
            } else {
                let to = plane[to..].iter_mut().step_by(self.window.stride);
                to.zip(from).for_each(|(to, from)| *to = *from);
            }
        });
    }
}
