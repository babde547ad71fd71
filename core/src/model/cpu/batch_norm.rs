//! Batch normalisation by the statistics of the batch (Ioffe and Szegedy 2015, algorithm 1), with its backward
//! pass. Burn's goes over the whole tensor about ten times in either; here it is twice.
//!
//! Over the `n` values of a channel, with mean `m`, variance `v` and `x̂ = (x − m) / √(v + ε)`:
//!
//! ```text
//! forward  y  = γ x̂ + β
//! β        dβ = Σ dy
//! γ        dγ = Σ dy x̂
//! input    dx = γ / √(v + ε) · (dy − dβ / n − x̂ dγ / n)
//! ```

use burn::{
    backend::{
        Autodiff, AutodiffBackend, Flex,
        autodiff::{
            NodeId,
            checkpoint::{base::Checkpointer, strategy::NoCheckpointing},
            grads::Gradients,
            ops::{Backward, Ops, OpsKind},
        },
        flex::FlexTensor,
    },
    tensor::Tensor,
};

use super::{
    plane::{set, sums, total},
    primitive::{
        dims, for_each_chunk, inner, map_images, primitive, tensor, tracked, with_values, wrap,
    },
};

/// The normalised input, and mean and variance (divided by the number of values) of each channel; `None` on other
/// devices.
///
/// # Shapes
/// - input, output: `[B, C, H, W]`
/// - gamma, beta, mean, variance: `[C]`
pub(in crate::model) fn batch_norm(
    input: &Tensor<4>,
    [gamma, beta]: [&Tensor<1>; 2],
    epsilon: f64,
) -> Option<(Tensor<4>, [Tensor<1>; 2])> {
    if let Some(input) = primitive::<4, Flex>(input)
        && let Some(gamma) = primitive::<1, Flex>(gamma)
        && let Some(beta) = primitive::<1, Flex>(beta)
    {
        let channels = Channels::of(&input, epsilon);
        let output = wrap::<4, Flex>(channels.forward(&input, &gamma, &beta));
        let [mean, variance] = channels.statistics();
        return Some((output, [wrap::<1, Flex>(mean), wrap::<1, Flex>(variance)]));
    }
    let (input, gamma, beta) = (tracked(input)?, tracked(gamma)?, tracked(beta)?);
    let prepared = BatchNormBackward
        .prepare::<NoCheckpointing>([input.node(), gamma.node(), beta.node()])
        .compute_bound()
        .stateful();
    let plain = inner(&input);
    let channels = Channels::of(&plain, epsilon);
    let output = channels.forward(&plain, &inner(&gamma), &inner(&beta));
    let statistics = channels.statistics().map(|it| {
        let constant = <Autodiff<Flex> as AutodiffBackend>::from_inner(it);
        wrap::<1, Autodiff<Flex>>(constant)
    });
    let output = wrap::<4, Autodiff<Flex>>(match prepared {
        OpsKind::Tracked(mut step) => {
            let saved = Saved {
                input: step.checkpoint(&input),
                gamma: step.checkpoint(&gamma),
                channels,
            };
            step.finish(saved, output)
        }
        OpsKind::UnTracked(step) => step.finish(output),
    });
    Some((output, statistics))
}

/// The backward pass.
#[derive(Debug)]
struct BatchNormBackward;

/// What the backward pass needs.
#[derive(Clone, Debug)]
struct Saved {
    input: NodeId,
    gamma: NodeId,
    channels: Channels,
}

impl Backward<Flex, 3> for BatchNormBackward {
    type State = Saved;

    fn backward(
        self,
        ops: Ops<Self::State, 3>,
        grads: &mut Gradients,
        checkpointer: &mut Checkpointer,
    ) {
        let [input, gamma, beta] = ops.parents;
        let grad = grads.consume::<Flex>(&ops.node);
        let x = checkpointer.retrieve_node_output::<FlexTensor>(ops.state.input);
        let scale = checkpointer.retrieve_node_output::<FlexTensor>(ops.state.gamma);
        let sums = ops.state.channels.sums(&x, &grad);
        if let Some(node) = input {
            let grad_input = ops.state.channels.grad_input(&x, &grad, &scale, &sums);
            grads.register::<Flex>(node.id, grad_input);
        }
        let count = sums.len();
        let of_channels = |which: usize| sums.iter().map(|sums| sums[which] as f32).collect();
        if let Some(node) = beta {
            grads.register::<Flex>(node.id, tensor(of_channels(0), [count]));
        }
        if let Some(node) = gamma {
            grads.register::<Flex>(node.id, tensor(of_channels(1), [count]));
        }
    }
}

/// The statistics of each channel.
#[derive(Clone, Debug)]
struct Channels {
    /// Mean and variance.
    moments: Vec<[f64; 2]>,
    epsilon: f64,
}

impl Channels {
    fn of(input: &FlexTensor, epsilon: f64) -> Self {
        let [images, channels, height, width] = dims(input);
        let size = height * width;
        let count = (images * size) as f64;
        let moments = with_values(input, |values| {
            map_images(channels, |channel| {
                let planes = || planes(values, channel, channels, size);
                let mean = planes().map(|plane| f64::from(total(plane))).sum::<f64>() / count;
                let centre = mean as f32;
                let squares = planes().map(|plane| {
                    let [squares] = sums([plane; 2], |x, _| [(x - centre) * (x - centre)]);
                    f64::from(squares)
                });
                [mean, squares.sum::<f64>() / count]
            })
        });
        Self { moments, epsilon }
    }

    /// Means and variances, `[C]` each.
    fn statistics(&self) -> [FlexTensor; 2] {
        [0, 1].map(|which| {
            let values = self.moments.iter().map(|moments| moments[which] as f32);
            tensor(values.collect(), [self.moments.len()])
        })
    }

    /// `1 / √(v + ε)`.
    fn inverse_deviation(&self, channel: usize) -> f64 {
        (self.moments[channel][1] + self.epsilon).sqrt().recip()
    }

    fn forward(&self, input: &FlexTensor, gamma: &FlexTensor, beta: &FlexTensor) -> FlexTensor {
        let [.., height, width] = dims(input);
        let size = height * width;
        let mut all = vec![0.0; dims(input).iter().product()];
        let [gamma, beta] = [gamma, beta].map(|it| with_values(it, <[f32]>::to_vec));
        with_values(input, |values| {
            for_each_chunk(&mut all, size, |_, i, out| {
                let channel = i % self.moments.len();
                let scale = f64::from(gamma[channel]) * self.inverse_deviation(channel);
                let (scale, shift) = (scale as f32, beta[channel]);
                let mean = self.moments[channel][0] as f32;
                let plane = &values[i * size..][..size];
                set(out, [plane; 2], |x, _| (x - mean) * scale + shift);
            });
        });
        tensor(all, dims(input))
    }

    /// `dβ` and `dγ` of each channel.
    fn sums(&self, input: &FlexTensor, grad: &FlexTensor) -> Vec<[f64; 2]> {
        let [_, channels, height, width] = dims(input);
        let size = height * width;
        with_values(input, |values| {
            with_values(grad, |grads| {
                map_images(channels, |channel| {
                    let mean = self.moments[channel][0] as f32;
                    let both = planes(values, channel, channels, size)
                        .zip(planes(grads, channel, channels, size));
                    let mut all = [0.0_f64; 2];
                    for (values, grads) in both {
                        let terms = sums([grads, values], |dy, x| [dy, dy * (x - mean)]);
                        all.iter_mut()
                            .zip(terms)
                            .for_each(|(sum, term)| *sum += f64::from(term));
                    }
                    [all[0], all[1] * self.inverse_deviation(channel)]
                })
            })
        })
    }

    fn grad_input(
        &self,
        input: &FlexTensor,
        grad: &FlexTensor,
        gamma: &FlexTensor,
        sums: &[[f64; 2]],
    ) -> FlexTensor {
        let [images, _, height, width] = dims(input);
        let size = height * width;
        let count = (images * size) as f64;
        let gamma = with_values(gamma, <[f32]>::to_vec);
        let mut all = vec![0.0; dims(input).iter().product()];
        with_values(input, |values| {
            with_values(grad, |grads| {
                for_each_chunk(&mut all, size, |_, i, out| {
                    let channel = i % self.moments.len();
                    let inverse = self.inverse_deviation(channel);
                    let scale = f64::from(gamma[channel]) * inverse;
                    let [grad_beta, grad_gamma] = sums[channel].map(|sum| sum / count);
                    let factors = [scale, -scale * inverse * grad_gamma, -scale * grad_beta];
                    let [of_grad, of_value, constant] = factors.map(|it| it as f32);
                    let mean = self.moments[channel][0] as f32;
                    let plane = i * size..(i + 1) * size;
                    set(out, [&grads[plane.clone()], &values[plane]], |dy, x| {
                        of_grad * dy + of_value * (x - mean) + constant
                    });
                });
            });
        });
        tensor(all, dims(input))
    }
}

/// A channel's plane of each image.
fn planes(
    values: &[f32],
    channel: usize,
    channels: usize,
    size: usize,
) -> impl Iterator<Item = &[f32]> {
    values.chunks_exact(size).skip(channel).step_by(channels)
}
