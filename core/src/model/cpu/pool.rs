//! The max-pool of the CPU device: 2×2, stride 2.
//!
//! Burn's own computes the range of every window and saves indices as 64-bit integers. Here both
//! passes iterate over pairs of lines, and the index of the maximum within its window is saved as a
//! byte. Ties go to the first, and NaN wins, as in Burn, whose results the tests compare with.

use std::sync::Arc;

use burn::{
    backend::{
        Autodiff, Flex,
        autodiff::{
            checkpoint::{base::Checkpointer, strategy::NoCheckpointing},
            grads::Gradients,
            ops::{Backward, Ops, OpsKind},
        },
        flex::FlexTensor,
    },
    tensor::Tensor,
};

use super::primitive::{Tracked, dims, inner, primitive, tensor, with_values, wrap};

/// The largest value of each 2×2 window; `None` for images without a whole window and on other
/// devices.
///
/// # Shapes
/// - input: `[B, C, H, W]`
/// - output: `[B, C, ⌊H/2⌋, ⌊W/2⌋]`
pub(in crate::model) fn max_pool2d(input: &Tensor<4>) -> Option<Tensor<4>> {
    let [.., height, width] = input.dims();
    if height < 2 || width < 2 {
        return None;
    }
    if let Some(input) = primitive::<4, Flex>(input) {
        return Some(wrap::<4, Flex>(forward(&input).0));
    }
    primitive::<4, Autodiff<Flex>>(input).map(forward_tracked)
}

/// The backward pass.
#[derive(Debug)]
struct MaxPoolBackward;

/// The input's shape, and the index of each output's maximum within its window, 0 to 3.
type Saved = ([usize; 4], Arc<Vec<u8>>);

impl Backward<Flex, 1> for MaxPoolBackward {
    type State = Saved;

    fn backward(
        self,
        ops: Ops<Self::State, 1>,
        grads: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let [input] = ops.parents;
        let grad = grads.consume::<Flex>(&ops.node);
        if let Some(node) = input {
            grads.register::<Flex>(node.id, grad_input(&grad, &ops.state));
        }
    }
}

fn forward_tracked(input: Tracked) -> Tensor<4> {
    let prepared = MaxPoolBackward
        .prepare::<NoCheckpointing>([input.node()])
        .compute_bound()
        .stateful();
    let plain = inner(&input);
    let (output, indices) = forward(&plain);
    wrap::<4, Autodiff<Flex>>(match prepared {
        OpsKind::Tracked(step) => step.finish((dims(&plain), Arc::new(indices)), output),
        OpsKind::UnTracked(step) => step.finish(output),
    })
}

/// Calls `each` with the index of a plane and its chunks of both lists; natively in parallel.
fn for_each_plane<A: Send, B: Send>(
    a: (&mut [A], usize),
    b: (&mut [B], usize),
    each: impl Fn(usize, &mut [A], &mut [B]) + Send + Sync,
) {
    #[cfg(not(target_family = "wasm"))]
    {
        use rayon::prelude::*;
        let pairs = a.0.par_chunks_mut(a.1).zip(b.0.par_chunks_mut(b.1));
        pairs.enumerate().for_each(|(i, (a, b))| each(i, a, b));
    }
    #[cfg(target_family = "wasm")]
    {
        let pairs = a.0.chunks_mut(a.1).zip(b.0.chunks_mut(b.1));
        pairs.enumerate().for_each(|(i, (a, b))| each(i, a, b));
    }
}

/// The largest of each window, and its index within the window.
fn forward(input: &FlexTensor) -> (FlexTensor, Vec<u8>) {
    let [count, channels, height, width] = dims(input);
    let (rows, columns) = (height / 2, width / 2);
    let (size, plane) = (rows * columns, height * width);
    let mut largest = vec![0.0_f32; count * channels * size];
    let mut indices = vec![0_u8; count * channels * size];
    with_values(input, |values| {
        for_each_plane(
            (&mut largest, size),
            (&mut indices, size),
            |i, largest, indices| {
                let lines = values[i * plane..][..plane].chunks_exact(2 * width);
                let outs = largest
                    .chunks_exact_mut(columns)
                    .zip(indices.chunks_exact_mut(columns));
                for (lines, (largest, indices)) in lines.zip(outs) {
                    let (upper, lower) = lines.split_at(width);
                    let windows = upper.chunks_exact(2).zip(lower.chunks_exact(2));
                    for ((upper, lower), (largest, index)) in
                        windows.zip(largest.iter_mut().zip(indices))
                    {
                        let (mut most, mut which) = (upper[0], 0);
                        let rest = [(upper[1], 1), (lower[0], 2), (lower[1], 3)];
                        for (value, at) in rest {
                            let wins = value > most || value.is_nan();
                            most = if wins { value } else { most };
                            which = if wins { at } else { which };
                        }
                        (*largest, *index) = (most, which);
                    }
                }
            },
        );
    });
    (tensor(largest, [count, channels, rows, columns]), indices)
}

/// The input's gradient: each output's gradient goes to the maximum of its window.
fn grad_input(grad: &FlexTensor, (shape, indices): &Saved) -> FlexTensor {
    let [count, channels, height, width] = *shape;
    let (rows, columns) = (height / 2, width / 2);
    let (size, plane) = (rows * columns, height * width);
    let mut all = vec![0.0_f32; count * channels * plane];
    // `for_each_plane` takes two lists.
    let mut nothing = vec![(); count * channels];
    with_values(grad, |grad| {
        for_each_plane((&mut all, plane), (&mut nothing, 1), |i, all, _| {
            let grads = grad[i * size..][..size].chunks_exact(columns);
            let indices = indices[i * size..][..size].chunks_exact(columns);
            for (lines, (grads, indices)) in all.chunks_exact_mut(2 * width).zip(grads.zip(indices))
            {
                for (column, (&grad, &index)) in grads.iter().zip(indices).enumerate() {
                    let (down, right) = (usize::from(index / 2), usize::from(index % 2));
                    lines[down * width + 2 * column + right] = grad;
                }
            }
        });
    });
    tensor(all, *shape)
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::disallowed_methods,
        clippy::unwrap_used,
        reason = "tests read at once and may panic"
    )]

    use burn::tensor::{Device, Tensor, module, ops::MaxPoolOptions};

    use super::max_pool2d;

    fn burns(input: Tensor<4>) -> Tensor<4> {
        module::max_pool2d(input, MaxPoolOptions::new([2, 2]).with_stride([2, 2]))
    }

    /// Output and gradient, as bits.
    fn passes(numbers: &[f32], shape: [usize; 4], ours: bool) -> [Vec<u32>; 2] {
        let device = Device::flex().autodiff();
        let input = Tensor::<1>::from_floats(numbers, &device)
            .reshape(shape)
            .require_grad();
        let output = if ours {
            max_pool2d(&input).unwrap()
        } else {
            burns(input.clone())
        };
        let weights: Vec<f32> = (0..output.dims().iter().product())
            .map(|i| (i as f32 * 0.7).cos())
            .collect();
        let weights = Tensor::<1>::from_floats(weights.as_slice(), &device).reshape(output.dims());
        let gradients = (output.clone() * weights).sum().backward();
        [output, input.grad(&gradients).unwrap()].map(|tensor| {
            let numbers = tensor.into_data().try_to_vec::<f32>().unwrap();
            numbers.into_iter().map(f32::to_bits).collect()
        })
    }

    #[test]
    fn it_agrees_with_burn_for_ties_and_odd_sides_too() {
        for shape in [[2, 3, 8, 8], [1, 2, 7, 5], [3, 1, 2, 3], [1, 1, 1, 4]] {
            let count = shape.iter().product::<usize>();
            let wave: Vec<f32> = (0..count)
                .map(|i| (i as f32 * 0.9).sin().max(0.0))
                .collect();
            if shape[2] > 1 {
                assert_eq!(
                    passes(&wave, shape, true),
                    passes(&wave, shape, false),
                    "{shape:?}"
                );
            }
            let plain = Tensor::<1>::from_floats(wave.as_slice(), &Device::flex()).reshape(shape);
            if shape[2] > 1 {
                let dims = max_pool2d(&plain).unwrap().dims();
                assert_eq!(dims, [shape[0], shape[1], shape[2] / 2, shape[3] / 2]);
            }
        }
    }

    #[test]
    fn nan_is_not_hidden() {
        let mut numbers = [1.0, 2.0, 3.0, 4.0];
        for at in 0..4 {
            let before = std::mem::replace(&mut numbers[at], f32::NAN);
            let [output, gradient] = passes(&numbers, [1, 1, 2, 2], true);
            assert!(f32::from_bits(output[0]).is_nan());
            let got: Vec<bool> = gradient
                .iter()
                .map(|&it| f32::from_bits(it) != 0.0)
                .collect();
            assert!(got[at] && got.iter().filter(|&&it| it).count() == 1);
            numbers[at] = before;
        }
    }
}
