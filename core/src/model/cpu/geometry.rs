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
//!
//! At stride 1 the zeros on the right of a row are those on the left of the next one.

use burn::nn::conv::Conv2d;

use crate::model::window::Window;

/// The geometry of a convolution for one size of image.
#[derive(Clone, Copy, Debug)]
pub(super) struct Geometry {
    window: Window,
    /// Rows of a phase, and from one to the next.
    phase: [usize; 2],
    /// Zeros that a row shares with the next one; after the last row they are there too.
    shared: usize,
}

/// The image's rows, or columns, in a phase.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lines {
    /// The first of them, of the image; the others are a stride apart.
    pub(super) first: usize,
    /// Where that is in the phase; the others follow.
    pub(super) place: usize,
    /// How many they are.
    pub(super) count: usize,
}

impl Geometry {
    /// That of `conv` for images of `input` height and width, where it has a [`Window`].
    pub(super) fn of(conv: &Conv2d, input: [usize; 2]) -> Option<Self> {
        let window = Window::of(conv, input)?;
        let more = (window.kernel - 1) / window.stride;
        let [rows, columns] = window.output.map(|count| count + more);
        let (left, used) = (window.padding[1], window.padding[1] + window.input[1]);
        let shared = match window.stride {
            1 => left.min(columns.saturating_sub(used)),
            _ => 0,
        };
        Some(Self {
            window,
            phase: [rows, columns - shared],
            shared,
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

    /// From one row of a phase to the next.
    pub(super) fn columns(&self) -> usize {
        self.phase[1]
    }

    /// Positions of a kernel.
    pub(super) fn taps(&self) -> usize {
        self.window.taps()
    }

    /// Values of a phase.
    pub(super) fn phase_size(&self) -> usize {
        self.phase[0] * self.phase[1] + self.shared
    }

    /// Values of all phases of an image plane.
    pub(super) fn plane_size(&self) -> usize {
        self.phases() * self.phase_size()
    }

    /// Phases of an image.
    pub(super) fn phases(&self) -> usize {
        self.window.stride * self.window.stride
    }

    /// From one output to the next, in the image.
    pub(super) fn stride(&self) -> usize {
        self.window.stride
    }

    /// From the first output of a plane to its last, in rows as far apart as those of a phase.
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

    /// The image's rows and columns in a phase.
    pub(super) fn lines(&self, phase: usize) -> [Lines; 2] {
        let stride = self.window.stride;
        let residues = [phase / stride, phase % stride];
        std::array::from_fn(|axis| {
            let before = self.window.padding[axis];
            let first = (residues[axis] + stride - before % stride) % stride;
            let place = (first + before) / stride;
            let count = self.window.input[axis].saturating_sub(first);
            Lines {
                first,
                place,
                count: count
                    .div_ceil(stride)
                    .min(self.phase[axis].saturating_sub(place)),
            }
        })
    }

    /// Calls `each` with the start of a run in the phases and of the run, `stride` apart, of the
    /// image that it consists of, and their length.
    fn runs(&self, mut each: impl FnMut(usize, usize, usize)) {
        let (stride, width) = (self.window.stride, self.window.input[1]);
        for phase in 0..self.phases() {
            let [rows, columns] = self.lines(phase);
            if columns.count == 0 {
                continue;
            }
            let start = phase * self.phase_size() + rows.place * self.columns() + columns.place;
            for row in 0..rows.count {
                let image = (rows.first + row * stride) * width + columns.first;
                each(start + row * self.columns(), image, columns.count);
            }
        }
    }

    /// Splits an image plane into its phases, which are zeros before.
    pub(super) fn split(&self, plane: &[f32], phases: &mut [f32]) {
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

    /// The values of an output plane in rows as far apart as those of a phase; what lies between, zeros, stays.
    pub(super) fn spread(&self, plane: &[f32], to: &mut [f32]) {
        let width = self.window.output[1];
        let lines = to.chunks_mut(self.columns());
        for (line, plane) in lines.zip(plane.chunks_exact(width)) {
            line[..width].copy_from_slice(plane);
        }
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
