//! The metrics of a step in one shader.

use burn::tensor::Tensor;

use crate::{
    challenge::Challenged,
    gpu::{ComputeShader, buffers, constants, dims, empty, launch, primitive, wrap},
};

/// The shader, for a step with or without a challenge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Metrics {
    samples: usize,
    classes: usize,
    /// Length of a sample's mask, if there is a challenge.
    count: Option<usize>,
}

impl ComputeShader for Metrics {
    fn wgsl(&self) -> String {
        let constants = constants(&[
            ("SAMPLES", self.samples),
            ("CLASSES", self.classes),
            ("COUNT", self.count.unwrap_or(0)),
            ("SUMS", 6),
        ]);
        let names = [
            "loss",
            "logits_before",
            "one_hot",
            "logits",
            "mask",
            "degenerate",
            "selected",
        ];
        match self.count {
            Some(_) => {
                buffers(&names, &["metrics"], false) + &constants + include_str!("metrics.wgsl")
            }
            None => {
                buffers(&names[..3], &["metrics"], false)
                    + &constants
                    + include_str!("metrics_erm.wgsl")
            }
        }
    }
}

/// The metrics of a step, `[length]`; `None` on other devices.
pub(in crate::trainer) fn metrics_on_gpu(
    loss: &Tensor<1>,
    logits: &Tensor<2>,
    one_hot: &Tensor<2>,
    outcome: Option<&Challenged>,
    length: usize,
) -> Option<Tensor<1>> {
    let (loss, logits, one_hot) = (primitive(loss)?, primitive(logits)?, primitive(one_hot)?);
    let [samples, classes] = dims(&logits);
    let metrics = empty(&loss, [length]);
    let Some(outcome) = outcome else {
        let shader = Metrics {
            samples,
            classes,
            count: None,
        };
        launch(
            shader,
            [1, 1, 1],
            &[&loss, &logits, &one_hot, &metrics],
            &[],
        );
        return Some(wrap(metrics));
    };
    let before = primitive(&outcome.logits)?;
    let mask = primitive(&outcome.mask)?;
    let degenerate = primitive(&outcome.degenerate)?;
    let selected = primitive(&outcome.selected)?;
    let [_, count] = dims::<2>(&mask);
    let shader = Metrics {
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
        &metrics,
    ];
    launch(shader, [1, 1, 1], &tensors, &[]);
    Some(wrap(metrics))
}
