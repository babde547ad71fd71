//! The optimizer step for all weights at once: weights and moments lie in one buffer (in several where the
//! device has none so large), each parameter at an aligned offset, so that the new weights are views into the new buffer and nothing is copied.

use std::fmt::Write;

use burn::tensor::Tensor;
use burn_cubecl::tensor::CubeTensor;

use crate::{
    gpu::{
        ComputeShader, LANES, aligned, buffers, dims, empty, largest_tensor, launch, primitive,
        view, wrap,
    },
    trainer::update_rule::UpdateRule,
};

/// Gradients a shader takes, within WebGPU's default limit of storage buffers.
const MAX_GRADIENTS: usize = 5;

impl UpdateRule {
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

/// Weights and moments between steps. They lie in one buffer, or in several where one would exceed the
/// device's largest.
#[derive(Debug, Clone)]
pub(in crate::trainer) struct FlatState {
    groups: Vec<Group>,
}

/// Parameters whose weights and moments lie in one buffer.
#[derive(Debug, Clone)]
struct Group {
    /// Weights, then each moment, each `stride` long.
    state: CubeTensor,
    stride: usize,
    /// Offset and length of each parameter.
    parameters: Vec<(usize, usize)>,
    moments: usize,
}

impl FlatState {
    /// From weights and `count` moments, each as long as all weights together; missing ones are zero.
    /// `None` on other devices, and where a single parameter exceeds the device's largest buffer.
    pub(in crate::trainer) fn new(
        weights: &[Tensor<1>],
        moments: &[Tensor<1>],
        count: usize,
    ) -> Option<Self> {
        let most = largest_tensor(&weights.first()?.device())?;
        Self::within(weights, moments, count, most)
    }

    /// The same in buffers of at most `most` bytes.
    pub(in crate::trainer) fn within(
        weights: &[Tensor<1>],
        moments: &[Tensor<1>],
        count: usize,
        most: u64,
    ) -> Option<Self> {
        let most = (most / 4) as usize / (1 + count);
        let length: usize = weights.iter().map(|weight| weight.dims()[0]).sum();
        let whole = |moment: &&Tensor<1>| moment.dims() == [length];
        let mut groups = Vec::new();
        let (mut rest, mut from) = (weights, 0);
        while !rest.is_empty() {
            let mut stride = 0;
            let fits = |weight: &&Tensor<1>| {
                stride += aligned(weight.dims()[0]);
                stride <= most
            };
            let (these, others) = rest.split_at(rest.iter().take_while(fits).count());
            // The next parameter alone is too long.
            if these.is_empty() {
                return None;
            }
            let long: usize = these.iter().map(|weight| weight.dims()[0]).sum();
            let moments: Vec<_> = (0..count)
                .map(|index| {
                    let moment = moments.get(index).filter(whole);
                    moment.map(|moment| moment.clone().narrow(0, from, long))
                })
                .collect();
            groups.push(Group::new(these, &moments)?);
            (rest, from) = (others, from + long);
        }
        Some(Self { groups })
    }

    /// Number of buffers.
    #[cfg(test)]
    pub(in crate::trainer) fn buffers(&self) -> usize {
        self.groups.len()
    }

    /// Whether it holds parameters of these lengths.
    pub(in crate::trainer) fn fits(&self, weights: &[Tensor<1>]) -> bool {
        let lengths = weights.iter().map(|weight| weight.dims()[0]);
        let ours = self.groups.iter().flat_map(|group| &group.parameters);
        lengths.eq(ours.map(|(_, length)| *length))
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
        let mut rest = gradients.as_slice();
        let mut weights = Vec::with_capacity(gradients.len());
        for group in &mut self.groups {
            let (these, others) = rest.split_at(group.parameters.len().min(rest.len()));
            weights.extend(group.step(rule, learning_rate, these));
            rest = others;
        }
        Some(weights)
    }

    /// One moment of all parameters, concatenated.
    pub(in crate::trainer) fn moment(&self, index: usize) -> Tensor<1> {
        let parts = self.groups.iter().flat_map(|group| group.moment(index));
        Tensor::cat(parts.collect(), 0)
    }
}

impl Group {
    /// From weights and, of each moment, the part of these weights; zeros where there is none. `None` on other
    /// devices.
    fn new(weights: &[Tensor<1>], moments: &[Option<Tensor<1>>]) -> Option<Self> {
        let device = weights.first()?.device();
        let mut parameters = Vec::with_capacity(weights.len());
        let mut stride = 0;
        for weight in weights {
            let [count] = weight.dims();
            parameters.push((stride, count));
            stride += aligned(count);
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
        for moment in moments {
            let mut from = 0;
            for (_, count) in &parameters {
                append(match moment {
                    Some(moment) => moment.clone().narrow(0, from, *count),
                    None => Tensor::zeros([*count], &device),
                });
                from += count;
            }
        }
        Some(Self {
            state: primitive(&Tensor::cat(parts, 0))?,
            stride,
            parameters,
            moments: moments.len(),
        })
    }

    /// One step; the new weights.
    fn step(
        &mut self,
        rule: UpdateRule,
        learning_rate: f32,
        gradients: &[CubeTensor],
    ) -> Vec<Tensor<1>> {
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
        self.parameters.iter().map(part).collect()
    }

    /// One moment of each parameter.
    fn moment(&self, index: usize) -> Vec<Tensor<1>> {
        let start = (index + 1) * self.stride;
        let part =
            |(from, length): &(usize, usize)| wrap::<1>(view(&self.state, start + from, [*length]));
        self.parameters.iter().map(part).collect()
    }
}
