//! The depthwise convolution: each channel has its own kernel and becomes one channel.
//!
//! With [`Geometry`]'s phases `P` of the image, each pass over a plane is a few loops over long
//! contiguous runs, also for small images and at any stride. `G` are the output's gradients in rows
//! of a phase's length, with zeros between:
//!
//! ```text
//! forward  Y[i]          = b + Σ_t w[t] · P[offset(t) + i]
//! weights  dw[t]         = Σ_i G[i] · P[offset(t) + i]
//! input    dP[phase, j]  = Σ_{t in phase} w[t] · G[j − offset in phase(t)]
//! ```

use burn::backend::flex::FlexTensor;

use super::{
    finish::Finish,
    geometry::Geometry,
    plane::total,
    primitive::{Scratch, dims, for_each_chunk, for_each_two_chunks, tensor, with_values, zeroed},
    simd::{accumulate, correlate},
};

/// The convolution, and what follows.
///
/// # Shapes
/// - input: `[B, C, H, W]`, weight: `[C, 1, k, k]`
/// - output: `[B, C, H_out, W_out]`
pub(super) fn forward(
    geometry: &Geometry,
    input: &FlexTensor,
    weight: &FlexTensor,
    finish: &Finish,
) -> FlexTensor {
    let [count, channels, ..] = dims(input);
    let ([height, width], [rows, columns]) = (geometry.input(), geometry.output());
    let offsets = geometry.offsets();
    let mut all = vec![0.0; count * channels * rows * columns];
    with_values(input, |input| {
        with_values(weight, |weight| {
            for_each_chunk(&mut all, rows * columns, |scratch, i, out| {
                let Scratch(phases, sums) = scratch;
                let plane = &input[i * height * width..][..height * width];
                zeroed(phases, geometry.plane_size());
                geometry.split(plane, phases);
                zeroed(sums, geometry.span());
                let kernel = &weight[i % channels * geometry.taps()..][..geometry.taps()];
                accumulate(sums, phases, &offsets, kernel);
                let lines = sums.chunks(geometry.columns());
                for (out, line) in out.chunks_exact_mut(columns).zip(lines) {
                    out.copy_from_slice(&line[..columns]);
                }
                finish.channel(i % channels, out);
            });
        });
    });
    tensor(all, [count, channels, rows, columns])
}

/// The taps of all kernels in the order of their phases.
struct ByPhase {
    /// Taps of each phase.
    counts: Vec<usize>,
    /// Where each tap's gradients start.
    offsets: Vec<usize>,
    /// Of each channel.
    weights: Vec<f32>,
}

impl ByPhase {
    fn new(geometry: &Geometry, weight: &FlexTensor) -> Self {
        let places: Vec<_> = geometry.places().collect();
        let mut order: Vec<usize> = (0..places.len()).collect();
        order.sort_by_key(|&tap| places[tap].0);
        let count = |phase| places.iter().filter(|place| place.0 == phase).count();
        let offset = |&tap: &usize| geometry.reach() - places[tap].1;
        Self {
            counts: (0..geometry.phases()).map(count).collect(),
            offsets: order.iter().map(offset).collect(),
            weights: with_values(weight, |weight| {
                let kernels = weight.chunks_exact(places.len());
                let ordered = kernels.flat_map(|kernel| order.iter().map(|&tap| kernel[tap]));
                ordered.collect()
            }),
        }
    }

    /// Adds the weighted gradients of a channel's plane to its phases.
    fn accumulate<'a>(
        &self,
        channel: usize,
        gradients: &[f32],
        phases: impl Iterator<Item = &'a mut [f32]>,
    ) {
        let kernel = &self.weights[channel * self.offsets.len()..][..self.offsets.len()];
        let mut first = 0;
        for (phase, &count) in phases.zip(&self.counts) {
            let taps = first..first + count;
            accumulate(phase, gradients, &self.offsets[taps.clone()], &kernel[taps]);
            first += count;
        }
    }
}

/// All gradients in one pass over the planes: of the input, `[B, C, H, W]`; of weights, `[C, 1, k, k]`, and
/// bias, `[C]`.
pub(super) fn gradients(
    geometry: &Geometry,
    input: &FlexTensor,
    grad: &FlexTensor,
    weight: &FlexTensor,
    bias: bool,
) -> (FlexTensor, (FlexTensor, Option<FlexTensor>)) {
    let [count, channels, height, width] = dims(input);
    let [rows, columns] = geometry.output();
    // Of each plane: those of its kernel and of the bias.
    let each = geometry.taps() + 1;
    let mut all = vec![0.0; count * channels * height * width];
    let mut parts = vec![0.0; count * channels * each];
    let offsets = geometry.offsets();
    let by_phase = ByPhase::new(geometry, weight);
    with_values(input, |input| {
        with_values(grad, |grad| {
            let chunks = (all.as_mut_slice(), height * width);
            let sums = (parts.as_mut_slice(), each);
            for_each_two_chunks(chunks, sums, |scratch, i, out, sums| {
                let Scratch(gradients, phases) = scratch;
                let plane = &grad[i * rows * columns..][..rows * columns];
                zeroed(gradients, geometry.reach() + geometry.phase_size());
                geometry.spread(plane, &mut gradients[geometry.reach()..]);
                zeroed(phases, geometry.plane_size());
                geometry.split(&input[i * height * width..][..height * width], phases);
                let (weights, of_bias) = sums.split_at_mut(geometry.taps());
                let values = &gradients[geometry.reach()..][..geometry.span()];
                correlate(weights, values, phases, &offsets);
                of_bias.fill(total(plane));
                // The image's phases have been used: their place is that of its gradient's.
                phases.fill(0.0);
                let size = geometry.phase_size();
                by_phase.accumulate(i % channels, gradients, phases.chunks_mut(size));
                geometry.join(phases, out);
            });
        });
    });
    let [.., kernel] = dims(weight);
    (
        tensor(all, [count, channels, height, width]),
        sums_of_channels(&parts, channels, kernel, bias),
    )
}

/// Gradients of weights, `[C, 1, k, k]`, and bias, `[C]`, from those of each plane.
fn sums_of_channels(
    parts: &[f32],
    channels: usize,
    kernel: usize,
    bias: bool,
) -> (FlexTensor, Option<FlexTensor>) {
    let taps = kernel * kernel;
    let each = taps + 1;
    let mut sums = vec![0.0_f32; channels * each];
    for image in parts.chunks_exact(channels * each) {
        sums.iter_mut().zip(image).for_each(|(sum, it)| *sum += it);
    }
    let (mut weights, mut biases) = (Vec::new(), Vec::new());
    for channel in sums.chunks_exact(each) {
        weights.extend_from_slice(&channel[..taps]);
        biases.push(channel[taps]);
    }
    (
        tensor(weights, [channels, 1, kernel, kernel]),
        bias.then(|| tensor(biases, [channels])),
    )
}
