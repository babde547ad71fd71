//! Loss, metrics and update of a training step on the GPU device, each one program or two. The plain
//! operations in `step.rs` and `optimizer.rs` say what is computed, and the tests compare with them.

mod update;

use burn::{
    backend::autodiff::{
        checkpoint::base::Checkpointer,
        grads::Gradients,
        ops::{Backward, Ops, OpsKind},
    },
    tensor::Tensor,
};
use burn_cubecl::{CubeBackend, tensor::CubeTensor};

pub(super) use update::{Packed, Rule};

use super::METRICS;
use crate::{
    challenge::Challenged,
    gpu::{
        LANES, Program, Strategy, buffers, constants, dims, empty, inner, launch, plain, tracked,
        walk, whole, wrap, wrap_tracked,
    },
};

/// The mean cross-entropy of so many classes, and its gradient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct CrossEntropy {
    classes: usize,
}

impl Program for CrossEntropy {
    fn wgsl(&self) -> String {
        buffers(&["logits", "one_hot"], &["made", "slope"], true)
            + &constants(&[("CLASSES", self.classes)])
            + include_str!("cross_entropy.wgsl")
    }
}

/// All values times one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Scale;

impl Program for Scale {
    fn wgsl(&self) -> String {
        format!(
            "{}@compute @workgroup_size({LANES})
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {{
  for (var i = id.x; i < words[0]; i += groups.x * {LANES}u) {{ made[i] = values[i] * by[0]; }}
}}
",
            buffers(&["values", "by"], &["made"], true)
        )
    }
}

/// As [`super::cross_entropy`]; `None` on any other device.
pub(super) fn cross_entropy(
    logits: &Tensor<2>,
    one_hot: &Tensor<2>,
    smoothing: f64,
) -> Option<Tensor<1>> {
    let one_hot = plain(&one_hot.clone().without_autodiff())?;
    if let Some(logits) = plain(logits) {
        return Some(wrap(entropy(&logits, &one_hot, smoothing).0));
    }
    let logits = tracked(logits)?;
    let prepared = Step
        .prepare::<Strategy>([logits.node()])
        .compute_bound()
        .stateful();
    let (loss, slope) = entropy(&inner(&logits), &one_hot, smoothing);
    Some(wrap_tracked(match prepared {
        OpsKind::Tracked(step) => step.finish(slope, loss),
        OpsKind::UnTracked(step) => step.finish(loss),
    }))
}

/// Loss, `[1]`, and its gradient, `[B, K]`.
fn entropy(logits: &CubeTensor, one_hot: &CubeTensor, smoothing: f64) -> (CubeTensor, CubeTensor) {
    let [samples, classes] = dims(logits);
    let loss = empty(logits, [1]);
    let slope = empty(logits, [samples, classes]);
    let words = [
        samples as u32,
        ((1.0 - smoothing) as f32).to_bits(),
        ((smoothing / classes as f64) as f32).to_bits(),
    ];
    let tensors = [logits, one_hot, &loss, &slope];
    launch(CrossEntropy { classes }, [1, 1, 1], &tensors, &words);
    (loss, slope)
}

/// The step back through the loss.
#[derive(Debug)]
struct Step;

impl Backward<CubeBackend, 1> for Step {
    type State = CubeTensor;

    fn backward(
        self,
        ops: Ops<Self::State, 1>,
        grads: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let [logits] = ops.parents;
        let grad = whole(grads.consume::<CubeBackend>(&ops.node));
        if let Some(node) = logits {
            let shape: [usize; 2] = dims(&ops.state);
            let made = empty(&grad, shape);
            let count = shape.iter().product();
            launch(
                Scale,
                walk(count),
                &[&ops.state, &grad, &made],
                &[count as u32],
            );
            grads.register::<CubeBackend>(node.id, made);
        }
    }
}

/// The metrics of a step, with what a challenge came to or without.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Metrics {
    samples: usize,
    classes: usize,
    /// Values of a mask, if there is one.
    count: Option<usize>,
}

impl Program for Metrics {
    fn wgsl(&self) -> String {
        let constants = constants(&[
            ("SAMPLES", self.samples),
            ("CLASSES", self.classes),
            ("COUNT", self.count.unwrap_or(0)),
            ("SUMS", 6),
        ]);
        let names = [
            "loss",
            "before",
            "one_hot",
            "after",
            "mask",
            "degenerate",
            "selected",
        ];
        match self.count {
            Some(_) => {
                buffers(&names, &["made"], false) + &constants + include_str!("metrics.wgsl")
            }
            None => {
                buffers(&names[..3], &["made"], false)
                    + &constants
                    + include_str!("metrics_plain.wgsl")
            }
        }
    }
}

/// All metrics of a step in the order of [`METRICS`], from its loss, logits (masked where there was a
/// challenge) and what a challenge came to; `None` on any other device.
pub(super) fn metrics(
    loss: &Tensor<1>,
    logits: &Tensor<2>,
    one_hot: &Tensor<2>,
    outcome: Option<&Challenged>,
) -> Option<Tensor<1>> {
    let (loss, logits, one_hot) = (plain(loss)?, plain(logits)?, plain(one_hot)?);
    let [samples, classes] = dims(&logits);
    let made = empty(&loss, [METRICS]);
    let Some(outcome) = outcome else {
        let program = Metrics {
            samples,
            classes,
            count: None,
        };
        launch(program, [1, 1, 1], &[&loss, &logits, &one_hot, &made], &[]);
        return Some(wrap(made));
    };
    let before = plain(&outcome.logits)?;
    let mask = plain(&outcome.mask)?;
    let degenerate = plain(&outcome.degenerate)?;
    let selected = plain(&outcome.selected)?;
    let [_, count] = dims::<2>(&mask);
    let program = Metrics {
        samples,
        classes,
        count: Some(count),
    };
    let tensors = [
        &loss,
        &before,
        &one_hot,
        &logits,
        &mask,
        &degenerate,
        &selected,
        &made,
    ];
    launch(program, [1, 1, 1], &tensors, &[]);
    Some(wrap(made))
}

#[cfg(test)]
mod tests;
