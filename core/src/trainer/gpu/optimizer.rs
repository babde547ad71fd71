//! The optimizer step for all weights at once: weights and moments lie in one buffer, each parameter at
//! an aligned offset, so that the new weights are views into the new buffer and nothing is copied.

use std::fmt::Write;

use burn::tensor::Tensor;
use burn_cubecl::tensor::CubeTensor;

use crate::gpu::{
    ComputeShader, LANES, aligned, buffers, dims, empty, launch, primitive, view, wrap,
};

/// Gradients a shader takes, within WebGPU's default limit of storage buffers.
const MAX_GRADIENTS: usize = 5;

/// The update rule and its hyperparameters for one step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::trainer) enum UpdateRule {
    /// Adam; with `scale = √(1 − β₂ᵗ)`:
    /// `w ← w − η · m · scale/(1 − β₁ᵗ) / (√v + ε · scale)`.
    Adam {
        /// `β₁`.
        beta_1: f32,
        /// `β₂`.
        beta_2: f32,
        /// `ε`.
        epsilon: f32,
        /// `λ`.
        weight_decay: f32,
        /// Which step this is, counted from 1.
        step: i32,
    },
    /// Stochastic gradient descent: `v ← μ v + (g + λ w)`, `w ← w − η v`.
    Sgd {
        /// `μ`.
        momentum: f32,
        /// `λ`.
        weight_decay: f32,
    },
}

impl UpdateRule {
    /// Number of moments, each as long as all weights.
    pub(in crate::trainer) fn moments(&self) -> usize {
        match self {
            Self::Adam { .. } => 2,
            Self::Sgd { momentum, .. } => usize::from(*momentum > 0.0),
        }
    }

    /// The hyperparameters among the shader's `params`, as bits.
    fn hyperparameters(&self) -> [u32; 7] {
        let values = match *self {
            Self::Adam {
                beta_1,
                beta_2,
                epsilon,
                weight_decay,
                step,
            } => {
                let scale = (1.0 - beta_2.powi(step)).sqrt();
                let factor = scale / (1.0 - beta_1.powi(step));
                [
                    beta_1,
                    1.0 - beta_1,
                    beta_2,
                    1.0 - beta_2,
                    factor,
                    epsilon * scale,
                    weight_decay,
                ]
            }
            Self::Sgd {
                momentum,
                weight_decay,
            } => [momentum, 0.0, 0.0, 0.0, 0.0, 0.0, weight_decay],
        };
        values.map(f32::to_bits)
    }
}

/// The shader: which rule, and for how many gradients.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Update {
    adam: bool,
    moments: usize,
    gradients: usize,
}

/// Number of `params` before the offset and length of each gradient.
const HEADER: usize = 9;

impl ComputeShader for Update {
    fn wgsl(&self) -> String {
        let mut names: Vec<String> = (0..self.gradients).map(|i| format!("g{i}")).collect();
        names.push("old".to_owned());
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let mut text = buffers(&names, &["updated"], true);
        text.push_str("fn gradient(which: u32, i: u32) -> f32 {\n  switch (which) {\n");
        for i in 1..self.gradients {
            let _ = writeln!(text, "    case {i}u: {{ return g{i}[i]; }}");
        }
        text.push_str("    default: { return g0[i]; }\n  }\n}\n");
        let rule = match (self.adam, self.moments) {
            (true, _) => {
                "  let m = old[stride + at] * hyperparameter(2u) + g * hyperparameter(3u);
  let v = old[2u * stride + at] * hyperparameter(4u) + g * g * hyperparameter(5u);
  updated[stride + at] = m;
  updated[2u * stride + at] = v;
  updated[at] = w - m * hyperparameter(6u) / (sqrt(v) + hyperparameter(7u)) * hyperparameter(1u);"
            }
            (false, 0) => "  updated[at] = w - g * hyperparameter(1u);",
            (false, _) => {
                "  let v = g + old[stride + at] * hyperparameter(2u);
  updated[stride + at] = v;
  updated[at] = w - v * hyperparameter(1u);"
            }
        };
        let _ = write!(
            text,
            "fn hyperparameter(i: u32) -> f32 {{ return bitcast<f32>(params[i]); }}
@compute @workgroup_size({LANES})
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(workgroup_id) group: vec3<u32>) {{
  let place = {HEADER}u + 2u * group.y;
  let i = id.x;
  if (i >= params[place + 1u]) {{ return; }}
  let stride = params[0];
  let at = params[place] + i;
  let w = old[at];
  let g = gradient(group.y, i) + w * hyperparameter(8u);
{rule}
}}
"
        );
        text
    }
}

/// Weights and moments between steps, in one buffer.
#[derive(Debug, Clone)]
pub(in crate::trainer) struct FlatState {
    /// Weights, then each moment, each `stride` long.
    state: CubeTensor,
    stride: usize,
    /// Offset and length of each parameter.
    parameters: Vec<(usize, usize)>,
    moments: usize,
}

impl FlatState {
    /// From weights and `count` moments, each as long as all weights together; missing ones are zero.
    /// `None` on other devices.
    pub(in crate::trainer) fn new(
        weights: &[Tensor<1>],
        moments: &[Tensor<1>],
        count: usize,
    ) -> Option<Self> {
        let first = weights.first()?;
        primitive(first)?;
        let device = first.device();
        let mut parameters = Vec::with_capacity(weights.len());
        let (mut stride, mut length) = (0, 0);
        for weight in weights {
            let [count] = weight.dims();
            parameters.push((stride, count));
            stride += aligned(count);
            length += count;
        }
        let mut parts = Vec::new();
        let mut append = |part: Tensor<1>| {
            let [count] = part.dims();
            parts.push(part);
            if aligned(count) > count {
                parts.push(Tensor::zeros([aligned(count) - count], &device));
            }
        };
        weights.iter().cloned().for_each(&mut append);
        for index in 0..count {
            let mut from = 0;
            for (_, count) in &parameters {
                append(match moments.get(index) {
                    Some(moment) if moment.dims() == [length] => {
                        moment.clone().narrow(0, from, *count)
                    }
                    _ => Tensor::zeros([*count], &device),
                });
                from += count;
            }
        }
        Some(Self {
            state: primitive(&Tensor::cat(parts, 0))?,
            stride,
            parameters,
            moments: count,
        })
    }

    /// Whether it holds parameters of these lengths.
    pub(in crate::trainer) fn fits(&self, weights: &[Tensor<1>]) -> bool {
        let lengths = weights.iter().map(|weight| weight.dims()[0]);
        lengths.eq(self.parameters.iter().map(|(_, length)| *length))
    }

    /// One step; returns the new weights. `None` if the gradients are on another device; nothing changes
    /// then.
    pub(in crate::trainer) fn step(
        &mut self,
        rule: UpdateRule,
        learning_rate: f32,
        gradients: &[Tensor<1>],
    ) -> Option<Vec<Tensor<1>>> {
        let gradients: Vec<CubeTensor> = gradients.iter().map(primitive).collect::<Option<_>>()?;
        let [length] = dims::<1>(&self.state);
        let updated = empty(&self.state, [length]);
        let hyperparameters = rule.hyperparameters();
        let chunks = gradients
            .chunks(MAX_GRADIENTS)
            .zip(self.parameters.chunks(MAX_GRADIENTS));
        for (gradients, parameters) in chunks {
            let mut params = vec![self.stride as u32, learning_rate.to_bits()];
            params.extend(hyperparameters);
            let mut longest = 0;
            for (start, length) in parameters {
                params.extend([*start as u32, *length as u32]);
                longest = longest.max(*length);
            }
            let shader = Update {
                adam: matches!(rule, UpdateRule::Adam { .. }),
                moments: self.moments,
                gradients: gradients.len(),
            };
            let groups = [longest.div_ceil(LANES), gradients.len(), 1];
            let tensors: Vec<_> = gradients.iter().chain([&self.state, &updated]).collect();
            launch(shader, groups, &tensors, &params);
        }
        self.state = updated;
        let part = |(start, length): &(usize, usize)| wrap(view(&self.state, *start, [*length]));
        Some(self.parameters.iter().map(part).collect())
    }

    /// One moment of all parameters, concatenated.
    pub(in crate::trainer) fn moment(&self, index: usize) -> Tensor<1> {
        let start = (index + 1) * self.stride;
        let part =
            |(from, length): &(usize, usize)| wrap::<1>(view(&self.state, start + from, [*length]));
        Tensor::cat(self.parameters.iter().map(part).collect(), 0)
    }
}
