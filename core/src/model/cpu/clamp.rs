//! ReLU and ReLU6 of the CPU device.
//!
//! Burn's own make a mask in each pass and keep the input, which nothing else needs. Here the output
//! is kept, which the next layer keeps too: `dx = dy` where `low < y < high`, else 0.

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

use super::{
    primitive::{dims, for_each_chunk, inner, own_values, primitive, tensor, with_values, wrap},
    simd::{add_and_limit, zero_outside},
};
use crate::model::clamp::Clamp;

/// Values of one chunk: some of the first-level cache.
const CHUNK: usize = 4096;

/// Limits each value; `None` without an interval and on other devices.
///
/// # Shapes
/// - input, output: `[B, C, H, W]`
pub(in crate::model) fn clamp(clamp: Clamp, input: &Tensor<4>) -> Option<Tensor<4>> {
    let interval = clamp.bounds()?;
    if let Some(input) = primitive::<4, Flex>(input) {
        return Some(wrap::<4, Flex>(forward(&input, interval)));
    }
    let input = primitive::<4, Autodiff<Flex>>(input)?;
    let prepared = ClampBackward(interval)
        .prepare::<NoCheckpointing>([input.node()])
        .compute_bound()
        .stateful();
    let output = forward(&inner(&input), interval);
    Some(wrap::<4, Autodiff<Flex>>(match prepared {
        OpsKind::Tracked(step) => step.finish(output.clone(), output),
        OpsKind::UnTracked(step) => step.finish(output),
    }))
}

/// The backward pass, with the interval.
#[derive(Debug)]
struct ClampBackward([f32; 2]);

impl Backward<Flex, 1> for ClampBackward {
    /// The output.
    type State = FlexTensor;

    fn backward(
        self,
        ops: Ops<Self::State, 1>,
        grads: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let [input] = ops.parents;
        let grad = grads.consume::<Flex>(&ops.node);
        if let Some(node) = input {
            grads.register::<Flex>(node.id, grad_input(grad, &ops.state, self.0));
        }
    }
}

fn forward(input: &FlexTensor, interval: [f32; 2]) -> FlexTensor {
    with_values(input, |inputs| {
        let mut all = vec![0.0; inputs.len()];
        for_each_chunk(&mut all, CHUNK, |_, i, values| {
            values.copy_from_slice(&inputs[i * CHUNK..][..values.len()]);
            add_and_limit(values, 0.0, Some(interval));
        });
        tensor(all, dims(input))
    })
}

/// The input's gradient from the output's, in its place where nothing else holds it.
pub(super) fn grad_input(grad: FlexTensor, output: &FlexTensor, interval: [f32; 2]) -> FlexTensor {
    let mut grad = own_values(grad);
    with_values(output, |outputs| {
        for_each_chunk(grad.storage_mut::<f32>(), CHUNK, |_, i, values| {
            let outputs = &outputs[i * CHUNK..][..values.len()];
            zero_outside(values, outputs, interval);
        });
    });
    grad
}
