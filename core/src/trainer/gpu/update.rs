//! The update of all weights at once: weights and moments lie in one buffer, each parameter from a
//! place where a tensor may begin, so that the new weights are parts of the new buffer and nothing is
//! copied.

use std::fmt::Write;

use burn::tensor::Tensor;
use burn_cubecl::tensor::CubeTensor;

use crate::gpu::{LANES, Program, aligned, buffers, dims, empty, launch, plain, view, wrap};

/// So many gradients fit beside the other buffers of a program.
const TOGETHER: usize = 5;

/// The rule and its numbers for one step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Rule {
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
    /// Stochastic gradient descent.
    Sgd {
        /// `μ`.
        momentum: f32,
        /// `λ`.
        weight_decay: f32,
    },
}

impl Rule {
    /// Vectors beside the weights that the rule keeps.
    pub(crate) fn moments(&self) -> usize {
        match self {
            Self::Adam { .. } => 2,
            Self::Sgd { momentum, .. } => usize::from(*momentum > 0.0),
        }
    }

    /// The numbers that the program is given.
    fn numbers(&self) -> [u32; 7] {
        let numbers = match *self {
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
        numbers.map(f32::to_bits)
    }
}

/// The program: which rule, and for how many gradients.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Update {
    adam: bool,
    moments: usize,
    gradients: usize,
}

/// Words before those that say where each gradient belongs.
const HEADER: usize = 9;

impl Program for Update {
    fn wgsl(&self) -> String {
        let mut names: Vec<String> = (0..self.gradients).map(|i| format!("g{i}")).collect();
        names.push("old".to_owned());
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let mut text = buffers(&names, &["made"], true);
        text.push_str("fn slope(which: u32, i: u32) -> f32 {\n  switch (which) {\n");
        for i in 1..self.gradients {
            let _ = writeln!(text, "    case {i}u: {{ return g{i}[i]; }}");
        }
        text.push_str("    default: { return g0[i]; }\n  }\n}\n");
        let rule = match (self.adam, self.moments) {
            (true, _) => {
                "  let m = old[stride + at] * number(2u) + g * number(3u);
  let v = old[2u * stride + at] * number(4u) + g * g * number(5u);
  made[stride + at] = m;
  made[2u * stride + at] = v;
  made[at] = w - m * number(6u) / (sqrt(v) + number(7u)) * number(1u);"
            }
            (false, 0) => "  made[at] = w - g * number(1u);",
            (false, _) => {
                "  let v = g + old[stride + at] * number(2u);
  made[stride + at] = v;
  made[at] = w - v * number(1u);"
            }
        };
        let _ = write!(
            text,
            "fn number(i: u32) -> f32 {{ return bitcast<f32>(words[i]); }}
@compute @workgroup_size({LANES})
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(workgroup_id) group: vec3<u32>) {{
  let place = {HEADER}u + 2u * group.y;
  let i = id.x;
  if (i >= words[place + 1u]) {{ return; }}
  let stride = words[0];
  let at = words[place] + i;
  let w = old[at];
  let g = slope(group.y, i) + w * number(8u);
{rule}
}}
"
        );
        text
    }
}

/// Weights and moments between steps.
#[derive(Debug, Clone)]
pub(crate) struct Packed {
    /// Weights, then each moment, each `stride` long.
    state: CubeTensor,
    stride: usize,
    /// Start and length of each parameter.
    places: Vec<(usize, usize)>,
    moments: usize,
}

impl Packed {
    /// Of these weights, with these moments (each as long as all weights together; none are zeros);
    /// `None` where this file has no way to keep them.
    pub(crate) fn new(weights: &[Tensor<1>], moments: &[Tensor<1>], count: usize) -> Option<Self> {
        let first = weights.first()?;
        plain(first)?;
        let device = first.device();
        let mut places = Vec::with_capacity(weights.len());
        let (mut stride, mut length) = (0, 0);
        for weight in weights {
            let [count] = weight.dims();
            places.push((stride, count));
            stride += aligned(count);
            length += count;
        }
        let mut parts = Vec::new();
        let mut lay = |part: Tensor<1>| {
            let [count] = part.dims();
            parts.push(part);
            if aligned(count) > count {
                parts.push(Tensor::zeros([aligned(count) - count], &device));
            }
        };
        weights.iter().cloned().for_each(&mut lay);
        for index in 0..count {
            let mut from = 0;
            for (_, count) in &places {
                lay(match moments.get(index) {
                    Some(moment) if moment.dims() == [length] => {
                        moment.clone().narrow(0, from, *count)
                    }
                    _ => Tensor::zeros([*count], &device),
                });
                from += count;
            }
        }
        Some(Self {
            state: plain(&Tensor::cat(parts, 0))?,
            stride,
            places,
            moments: count,
        })
    }

    /// Whether it is of parameters of these lengths.
    pub(crate) fn fits(&self, weights: &[Tensor<1>]) -> bool {
        let lengths = weights.iter().map(|weight| weight.dims()[0]);
        lengths.eq(self.places.iter().map(|(_, length)| *length))
    }

    /// One step; `None` if the gradients lie elsewhere, and nothing changes then.
    pub(crate) fn step(
        &mut self,
        rule: Rule,
        learning_rate: f32,
        gradients: &[Tensor<1>],
    ) -> Option<Vec<Tensor<1>>> {
        let gradients: Vec<CubeTensor> = gradients.iter().map(plain).collect::<Option<_>>()?;
        let [length] = dims::<1>(&self.state);
        let made = empty(&self.state, [length]);
        let numbers = rule.numbers();
        let some = gradients.chunks(TOGETHER).zip(self.places.chunks(TOGETHER));
        for (gradients, places) in some {
            let mut words = vec![self.stride as u32, learning_rate.to_bits()];
            words.extend(numbers);
            let mut longest = 0;
            for (start, length) in places {
                words.extend([*start as u32, *length as u32]);
                longest = longest.max(*length);
            }
            let program = Update {
                adam: matches!(rule, Rule::Adam { .. }),
                moments: self.moments,
                gradients: gradients.len(),
            };
            let groups = [longest.div_ceil(LANES), gradients.len(), 1];
            let tensors: Vec<_> = gradients.iter().chain([&self.state, &made]).collect();
            launch(program, groups, &tensors, &words);
        }
        self.state = made;
        let part = |(start, length): &(usize, usize)| wrap(view(&self.state, *start, [*length]));
        Some(self.places.iter().map(part).collect())
    }

    /// One of the moments, all parameters end to end.
    pub(crate) fn moment(&self, index: usize) -> Tensor<1> {
        let start = (index + 1) * self.stride;
        let part =
            |(from, length): &(usize, usize)| wrap::<1>(view(&self.state, start + from, [*length]));
        Tensor::cat(self.places.iter().map(part).collect(), 0)
    }
}
