//! The mean cross-entropy; its gradient is computed in the forward pass.

use burn::{
    backend::autodiff::{
        checkpoint::{base::Checkpointer, strategy::NoCheckpointing},
        grads::Gradients,
        ops::{Backward, Ops, OpsKind},
    },
    tensor::Tensor,
};
use burn_cubecl::{CubeBackend, tensor::CubeTensor};

use crate::gpu::{
    ComputeShader, LANES, buffers, constants, contiguous, dims, empty, grid_stride_groups, inner,
    launch, primitive, tracked, wrap, wrap_tracked,
};

/// The shader of the loss and its gradient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct CrossEntropy {
    classes: usize,
}

impl ComputeShader for CrossEntropy {
    fn wgsl(&self) -> String {
        buffers(&["logits", "one_hot"], &["mean_loss", "grad"], true)
            + &constants(&[("CLASSES", self.classes)])
            + include_str!("cross_entropy.wgsl")
    }
}

/// Multiplies all values by one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Scale;

impl ComputeShader for Scale {
    fn wgsl(&self) -> String {
        format!(
            "{}@compute @workgroup_size({LANES})
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {{
  for (var i = id.x; i < params[0]; i += groups.x * {LANES}u) {{ scaled[i] = values[i] * factor[0]; }}
}}
",
            buffers(&["values", "factor"], &["scaled"], true)
        )
    }
}

/// As [`cross_entropy`](crate::trainer::cross_entropy()); `None` on other devices.
pub(in crate::trainer) fn cross_entropy(
    logits: &Tensor<2>,
    one_hot: &Tensor<2>,
    smoothing: f64,
) -> Option<Tensor<1>> {
    let one_hot = primitive(&one_hot.clone().without_autodiff())?;
    if let Some(logits) = primitive(logits) {
        return Some(wrap(loss_and_grad(&logits, &one_hot, smoothing).0));
    }
    let logits = tracked(logits)?;
    let prepared = CrossEntropyBackward
        .prepare::<NoCheckpointing>([logits.node()])
        .compute_bound()
        .stateful();
    let (loss, grad) = loss_and_grad(&inner(&logits), &one_hot, smoothing);
    Some(wrap_tracked(match prepared {
        OpsKind::Tracked(step) => step.finish(grad, loss),
        OpsKind::UnTracked(step) => step.finish(loss),
    }))
}

/// The loss, `[1]`, and its gradient with respect to the logits, `[B, K]`.
fn loss_and_grad(
    logits: &CubeTensor,
    one_hot: &CubeTensor,
    smoothing: f64,
) -> (CubeTensor, CubeTensor) {
    let [samples, classes] = dims(logits);
    let loss = empty(logits, [1]);
    let grad = empty(logits, [samples, classes]);
    let params = [
        samples as u32,
        ((1.0 - smoothing) as f32).to_bits(),
        ((smoothing / classes as f64) as f32).to_bits(),
    ];
    let tensors = [logits, one_hot, &loss, &grad];
    launch(CrossEntropy { classes }, [1, 1, 1], &tensors, &params);
    (loss, grad)
}

/// The backward pass.
#[derive(Debug)]
struct CrossEntropyBackward;

impl Backward<CubeBackend, 1> for CrossEntropyBackward {
    type State = CubeTensor;

    fn backward(
        self,
        ops: Ops<Self::State, 1>,
        grads: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let [logits] = ops.parents;
        let grad_loss = contiguous(grads.consume::<CubeBackend>(&ops.node));
        if let Some(node) = logits {
            let shape: [usize; 2] = dims(&ops.state);
            let grad_logits = empty(&grad_loss, shape);
            let count = shape.iter().product();
            launch(
                Scale,
                grid_stride_groups(count),
                &[&ops.state, &grad_loss, &grad_logits],
                &[count as u32],
            );
            grads.register::<CubeBackend>(node.id, grad_logits);
        }
    }
}
