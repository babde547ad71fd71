//! A convolution without groups and dilation, of any kernel, stride and padding: a matrix product for each image,
//! whose operand is not laid out, since [`Geometry`]'s phases `P` of the image have each of its rows as a run.
//! `G` are the output's gradients in rows of a phase's length, with zeros between:
//!
//! ```text
//! forward  Y[k, i]           = b[k] + Σ_{c, t} w[k, c, t] · P[c, offset(t) + i]
//! weights  dw[k, c, t]       = Σ_i G[k, i] · P[c, offset(t) + i]
//! input    dP[c, phase, j]   = Σ_{k, t in phase} w[k, c, t] · G[k, j − offset in phase(t)]
//! ```

use std::borrow::Cow;

use burn::backend::flex::FlexTensor;

use super::{
    correlation::{LANES, correlations},
    finish::Finish,
    fused_product::{Panels, Rows},
    geometry::Geometry,
    primitive::{Scratch, dims, for_each_chunk, map_images, tensor, with_values, zeroed},
    product::{fused_products, grad_bias, images_at_once},
};
use crate::model::clamp::Clamp;

/// Splits the channels of an image into their phases, one channel after another.
fn split(geometry: &Geometry, image: &[f32], phases: &mut [f32]) {
    let [height, width] = geometry.input();
    let planes = phases.chunks_exact_mut(geometry.plane_size());
    for (plane, phases) in image.chunks_exact(height * width).zip(planes) {
        geometry.split(plane, phases);
    }
}

/// Where the row of each channel and tap starts in the phases of an image.
fn starts(geometry: &Geometry, channels: usize) -> Vec<usize> {
    let offsets = geometry.offsets();
    let of_channel = |channel| {
        let start = channel * geometry.plane_size();
        offsets.iter().map(move |offset| start + offset)
    };
    (0..channels).flat_map(of_channel).collect()
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
    let [count, channels, height, width] = dims(input);
    let [outputs, ..] = dims(weight);
    let [rows, columns] = geometry.output();
    let matrix = with_values(weight, |weight| {
        Panels::new(weight, channels * geometry.taps())
    });
    let right = Rows {
        starts: starts(geometry, channels),
        part: columns,
        apart: geometry.columns(),
        width: rows * columns,
    };
    with_values(input, |input| {
        let size = channels * height * width;
        let shape = [count, outputs, rows, columns];
        fused_products(shape, &matrix, &right, finish, |i| {
            let mut phases = vec![0.0; channels * geometry.plane_size()];
            split(geometry, &input[i * size..][..size], &mut phases);
            Cow::Owned(phases)
        })
    })
}

/// What the input's gradient in one phase is a product of.
struct PhaseGradient {
    /// Weights, `[C, K · taps of the phase]`.
    matrix: Panels,
    /// Where they meet the output's gradients.
    right: Rows,
    /// The phase's first row and column in the image.
    first: [usize; 2],
}

impl PhaseGradient {
    /// `None` for a phase that no tap, or nothing of the image, lies in.
    fn new(geometry: &Geometry, phase: usize, weight: &[f32], channels: usize) -> Option<Self> {
        let places = geometry.places().enumerate();
        let taps: Vec<(usize, usize)> = places
            .filter(|(_, (of_tap, _))| *of_tap == phase)
            .map(|(tap, (_, place))| (tap, place))
            .collect();
        let [rows, columns] = geometry.lines(phase);
        let width = rows.count * columns.count;
        if taps.is_empty() || width == 0 {
            return None;
        }
        let kernels = channels * geometry.taps();
        let outputs = weight.len() / kernels;
        let size = geometry.reach() + geometry.phase_size();
        let start = geometry.reach() + rows.place * geometry.columns() + columns.place;
        let mut matrix = Vec::with_capacity(channels * outputs * taps.len());
        for channel in 0..channels {
            for kernels in weight.chunks_exact(kernels) {
                let kernel = &kernels[channel * geometry.taps()..];
                matrix.extend(taps.iter().map(|&(tap, _)| kernel[tap]));
            }
        }
        let of_output = |output| {
            let places = taps.iter();
            places.map(move |(_, place)| output * size + start - place)
        };
        Some(Self {
            matrix: Panels::new(&matrix, outputs * taps.len()),
            right: Rows {
                starts: (0..outputs).flat_map(of_output).collect(),
                part: columns.count,
                apart: geometry.columns(),
                width,
            },
            first: [rows.first, columns.first],
        })
    }

    /// Puts a product where it belongs in an image, `[C, H, W]`.
    fn place(&self, geometry: &Geometry, product: &[f32], image: &mut [f32]) {
        let [height, width] = geometry.input();
        let [y, x] = self.first;
        let planes = image.chunks_exact_mut(height * width);
        for (from, to) in product.chunks_exact(self.right.width).zip(planes) {
            let lines = to[y * width..].chunks_mut(width).step_by(geometry.stride());
            for (from, to) in from.chunks_exact(self.right.part).zip(lines) {
                let to = to[x..].iter_mut().step_by(geometry.stride());
                to.zip(from).for_each(|(to, from)| *to = *from);
            }
        }
    }
}

/// The input's gradient, `[B, C, H, W]`, from the output's, `[B, K, H_out, W_out]`.
pub(super) fn grad_input(
    geometry: &Geometry,
    grad: &FlexTensor,
    weight: &FlexTensor,
) -> FlexTensor {
    let [count, outputs, rows, columns] = dims(grad);
    let [_, channels, ..] = dims(weight);
    let [height, width] = geometry.input();
    let phases: Vec<PhaseGradient> = with_values(weight, |weight| {
        let phases = 0..geometry.phases();
        let of_phase = |phase| PhaseGradient::new(geometry, phase, weight, channels);
        phases.filter_map(of_phase).collect()
    });
    let nothing = Finish::new(None, Clamp::None);
    let (size, before) = (rows * columns, geometry.reach());
    let plane = before + geometry.phase_size();
    let mut all = vec![0.0; count * channels * height * width];
    with_values(grad, |grad| {
        for_each_chunk(&mut all, channels * height * width, |scratch, i, image| {
            let Scratch(panel, product) = scratch;
            let mut gradients = vec![0.0; outputs * plane];
            let grad = grad[i * outputs * size..][..outputs * size].chunks_exact(size);
            for (to, grad) in gradients.chunks_exact_mut(plane).zip(grad) {
                geometry.spread(grad, &mut to[before..]);
            }
            for phase in &phases {
                let right = (gradients.as_slice(), &phase.right);
                if geometry.stride() == 1 {
                    phase.matrix.multiply(right, 0, &nothing, panel, image);
                } else {
                    zeroed(product, channels * phase.right.width);
                    phase.matrix.multiply(right, 0, &nothing, panel, product);
                    phase.place(geometry, product, image);
                }
            }
        });
    });
    tensor(all, [count, channels, height, width])
}

/// The gradients of weights, `[K, C, k, k]`, and bias, `[K]`.
///
/// Of how many images a sum is made at once depends on their size alone, and the sums are added in the order of
/// the images, so that the result does not depend on the number of threads.
pub(super) fn grad_parameters(
    geometry: &Geometry,
    input: &FlexTensor,
    grad: &FlexTensor,
    kernel: usize,
    bias: bool,
) -> (FlexTensor, Option<FlexTensor>) {
    let [count, channels, height, width] = dims(input);
    let [_, outputs, rows, columns] = dims(grad);
    let (size, plane) = (rows * columns, geometry.plane_size());
    let span = geometry.span();
    let line = span.next_multiple_of(LANES);
    let starts = starts(geometry, channels);
    let at_once = images_at_once(size);
    let parts = with_values(input, |input| {
        with_values(grad, |grad| {
            map_images(count.div_ceil(at_once), |part| {
                let images = part * at_once..count.min((part + 1) * at_once);
                // The last line is read beyond its end, where the gradients are 0.
                let mut phases = vec![0.0; images.len() * channels * plane + LANES];
                let mut gradients = vec![0.0; images.len() * outputs * line];
                let image = channels * height * width;
                for (i, phases) in images.clone().zip(phases.chunks_mut(channels * plane)) {
                    split(geometry, &input[i * image..][..image], phases);
                }
                let planes = grad[images.start * outputs * size..].chunks_exact(size);
                for (to, grad) in gradients.chunks_exact_mut(line).zip(planes) {
                    geometry.spread(grad, to);
                }
                correlations(
                    &phases,
                    channels * plane,
                    &starts,
                    &gradients,
                    span,
                    outputs,
                )
            })
        })
    });
    let mut sum = vec![0.0_f32; outputs * starts.len()];
    for part in &parts {
        sum.iter_mut()
            .zip(part)
            .for_each(|(sum, part)| *sum += part);
    }
    (
        tensor(sum, [outputs, channels, kernel, kernel]),
        bias.then(|| grad_bias(grad, outputs, size)),
    )
}
