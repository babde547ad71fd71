//! Where a square kernel meets an image.

use burn::nn::{PaddingConfig2d, conv::Conv2d};

/// Kernel, stride and padding of a convolution, for one size of image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Window {
    /// Side of the kernel.
    pub(super) kernel: usize,
    /// Stride.
    pub(super) stride: usize,
    /// Rows of zeros above and columns of zeros left of the image.
    pub(super) padding: [usize; 2],
    /// Height and width of the image.
    pub(super) input: [usize; 2],
    /// Height and width of the output.
    pub(super) output: [usize; 2],
}

impl Window {
    /// That of `conv` for images of `input` height and width; `None` for kernels and strides that
    /// are not square, dilation, padding by name, and images without an output.
    pub(super) fn of(conv: &Conv2d, input: [usize; 2]) -> Option<Self> {
        let ([kernel, width], [stride, across]) = (conv.kernel_size, conv.stride);
        if kernel != width || stride != across || conv.dilation != [1, 1] {
            return None;
        }
        let (top, left, bottom, right) = match conv.padding {
            PaddingConfig2d::Valid => (0, 0, 0, 0),
            PaddingConfig2d::Explicit(top, left, bottom, right) => (top, left, bottom, right),
            PaddingConfig2d::Same => return None,
        };
        let outputs = |padded: usize| Some(padded.checked_sub(kernel)? / stride + 1);
        let output = [
            outputs(top + input[0] + bottom)?,
            outputs(left + input[1] + right)?,
        ];
        Some(Self {
            kernel,
            stride,
            padding: [top, left],
            input,
            output,
        })
    }

    /// Positions of the kernel.
    pub(super) fn taps(&self) -> usize {
        self.kernel * self.kernel
    }
}
