//! From gradients to new weights, in one pass over all parameters together.
//!
//! Burn's own loop makes a dozen small operations for each parameter. Here the gradients are laid
//! end to end, so that the rule runs once over one long vector; its moments are two such vectors,
//! which a checkpoint can read without blocking (Burn's records of optimizers read synchronously,
//! which panics on a GPU in a browser).

use std::{collections::HashMap, ops::Range};

use burn::{
    module::{Module, ModuleMapper, ModuleVisitor, Param, ParamId},
    optim::{
        Adam, AdamConfig, AdamState, AdaptiveMomentumState, GradientsParams, Optimizer as Rule,
        decay::WeightDecayConfig,
    },
    tensor::{Device, Tensor, TensorData},
};

use super::gpu;
use crate::{
    config::OptimizerConfig,
    error::{Error, Result},
    model::Network,
};

/// The rule, and what it remembers of the steps before.
#[expect(clippy::large_enum_variant, reason = "there is one for each arm")]
enum Memory {
    Adam {
        rule: Adam,
        state: Option<AdamState<1>>,
    },
    Sgd {
        momentum: f64,
        weight_decay: f64,
        steps: usize,
        velocity: Option<Tensor<1>>,
    },
}

/// One arm's optimizer: Adam (Kingma and Ba 2015) as Burn has it, or stochastic gradient descent.
pub struct Optimizer {
    memory: Memory,
    config: OptimizerConfig,
    /// All trained weights end to end, as the last step left them.
    weights: Option<Tensor<1>>,
    /// On a GPU, in place of both: the steps made, and weights and moments.
    packed: Option<(usize, gpu::Packed)>,
}

/// What an optimizer remembers, read from the device.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct OptimizerState {
    /// Steps that it has made.
    pub steps: usize,
    /// Moments by name, each as long as all trained weights together: `moment_1` and `moment_2`
    /// of Adam, `velocity` of SGD with momentum; none before the first step.
    pub moments: Vec<(String, Vec<f32>)>,
}

/// Lays weights and gradients end to end, in the order of the module.
struct Gather {
    gradients: GradientsParams,
    places: Vec<(ParamId, Range<usize>)>,
    length: usize,
    weights: Vec<Tensor<1>>,
    slopes: Vec<Tensor<1>>,
}

impl ModuleVisitor for Gather {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        // Running statistics have none.
        let Some(gradient) = self.gradients.remove::<D>(param.id) else {
            return;
        };
        let count = gradient.dims().iter().product::<usize>();
        self.places
            .push((param.id, self.length..self.length + count));
        self.length += count;
        self.slopes.push(gradient.reshape([count]));
        let weight = param.val().without_autodiff();
        self.weights.push(weight.reshape([count]));
    }
}

/// Gives the parameters their new weights.
struct Scatter(HashMap<ParamId, Tensor<1>>);

impl ModuleMapper for Scatter {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let (id, tensor, mapper) = param.consume();
        let tensor = match self.0.remove(&id) {
            None => tensor,
            Some(part) => part.reshape(tensor.dims()).autodiff().require_grad(),
        };
        Param::from_mapped_value(id, tensor, mapper)
    }
}

impl Optimizer {
    /// A fresh optimizer.
    pub fn new(config: &OptimizerConfig) -> Self {
        let memory = match *config {
            OptimizerConfig::Adam {
                beta_1,
                beta_2,
                epsilon,
                weight_decay,
            } => Memory::Adam {
                rule: AdamConfig::new()
                    .with_beta_1(beta_1 as f32)
                    .with_beta_2(beta_2 as f32)
                    .with_epsilon(epsilon as f32)
                    .with_weight_decay(
                        (weight_decay > 0.0).then(|| WeightDecayConfig::new(weight_decay as f32)),
                    )
                    .build(),
                state: None,
            },
            OptimizerConfig::Sgd {
                momentum,
                weight_decay,
            } => Memory::Sgd {
                momentum,
                weight_decay,
                steps: 0,
                velocity: None,
            },
        };
        Self {
            memory,
            config: config.clone(),
            weights: None,
            packed: None,
        }
    }

    /// One update of all weights that have a gradient.
    pub fn step(
        &mut self,
        learning_rate: f64,
        network: Network,
        gradients: GradientsParams,
    ) -> Network {
        let mut gathered = Gather {
            gradients,
            places: Vec::new(),
            length: 0,
            weights: Vec::new(),
            slopes: Vec::new(),
        };
        network.visit(&mut gathered);
        if gathered.slopes.is_empty() {
            return network;
        }
        let parameters = gathered.places.iter().map(|(id, _)| *id);
        let packed = self.step_packed(learning_rate, &gathered.weights, &gathered.slopes);
        if let Some(weights) = packed {
            return network.map(&mut Scatter(parameters.zip(weights).collect()));
        }
        let weights = match self.weights.take() {
            Some(weights) if weights.dims() == [gathered.length] => weights,
            _ => Tensor::cat(gathered.weights, 0),
        };
        let weights = self.update(learning_rate, weights, Tensor::cat(gathered.slopes, 0));
        let parts = gathered
            .places
            .into_iter()
            .map(|(id, place)| (id, weights.clone().slice([place])));
        let network = network.map(&mut Scatter(parts.collect()));
        self.weights = Some(weights);
        network
    }

    /// The same in one program or two, where there is a GPU to run it: the new weights, one tensor for
    /// each parameter.
    fn step_packed(
        &mut self,
        learning_rate: f64,
        weights: &[Tensor<1>],
        gradients: &[Tensor<1>],
    ) -> Option<Vec<Tensor<1>>> {
        let before = self.steps();
        let rule = match self.config {
            OptimizerConfig::Adam {
                beta_1,
                beta_2,
                epsilon,
                weight_decay,
            } => gpu::Rule::Adam {
                beta_1: beta_1 as f32,
                beta_2: beta_2 as f32,
                epsilon: epsilon as f32,
                weight_decay: weight_decay as f32,
                step: before as i32 + 1,
            },
            OptimizerConfig::Sgd {
                momentum,
                weight_decay,
            } => gpu::Rule::Sgd {
                momentum: momentum as f32,
                weight_decay: weight_decay as f32,
            },
        };
        let mut packed = match self.packed.take() {
            Some((_, packed)) if packed.fits(weights) => packed,
            _ => {
                let moments: Vec<_> = self.moments().1.into_iter().map(|(_, it)| it).collect();
                let packed = gpu::Packed::new(weights, &moments, rule.moments())?;
                match &mut self.memory {
                    Memory::Adam { state, .. } => *state = None,
                    Memory::Sgd { velocity, .. } => *velocity = None,
                }
                packed
            }
        };
        let weights = packed.step(rule, learning_rate as f32, gradients)?;
        self.packed = Some((before + 1, packed));
        Some(weights)
    }

    /// The rule itself. SGD with momentum `μ` and weight decay `λ` as PyTorch's, without
    /// dampening: `v ← μ v + (g + λ w)`, `w ← w − η v`, with `v = g + λ w` at the first step.
    ///
    /// # Shapes
    /// - `weights`, `gradient`, output: `[N]`
    fn update(&mut self, learning_rate: f64, weights: Tensor<1>, gradient: Tensor<1>) -> Tensor<1> {
        match &mut self.memory {
            Memory::Adam { rule, state } => {
                let (weights, next) = rule.step(learning_rate, weights, gradient, state.take());
                *state = next;
                weights
            }
            Memory::Sgd {
                momentum,
                weight_decay,
                steps,
                velocity,
            } => {
                *steps += 1;
                let mut change = gradient;
                if *weight_decay > 0.0 {
                    change = change + weights.clone() * *weight_decay;
                }
                if *momentum > 0.0 {
                    if let Some(before) = velocity.take() {
                        change = change + before * *momentum;
                    }
                    *velocity = Some(change.clone());
                }
                weights - change * learning_rate
            }
        }
    }

    fn steps(&self) -> usize {
        match (&self.packed, &self.memory) {
            (Some((steps, _)), _) | (None, Memory::Sgd { steps, .. }) => *steps,
            (None, Memory::Adam { state, .. }) => {
                state.as_ref().map_or(0, |state| state.momentum.time)
            }
        }
    }

    /// Steps made, and the moments by name, still on the device.
    pub(super) fn moments(&self) -> (usize, Vec<(&'static str, Tensor<1>)>) {
        if let Some((steps, packed)) = &self.packed {
            let names: &[&str] = match self.memory {
                Memory::Adam { .. } => &["moment_1", "moment_2"],
                Memory::Sgd { momentum, .. } if momentum > 0.0 => &["velocity"],
                Memory::Sgd { .. } => &[],
            };
            let moments = names.iter().enumerate();
            let moments = moments.map(|(index, name)| (*name, packed.moment(index)));
            return (*steps, moments.collect());
        }
        match &self.memory {
            Memory::Adam { state: None, .. } => (0, Vec::new()),
            Memory::Adam {
                state: Some(state), ..
            } => {
                let AdaptiveMomentumState {
                    time,
                    moment_1,
                    moment_2,
                    ..
                } = &state.momentum;
                let moments = vec![
                    ("moment_1", moment_1.clone()),
                    ("moment_2", moment_2.clone()),
                ];
                (*time, moments)
            }
            Memory::Sgd {
                steps, velocity, ..
            } => {
                let velocity = velocity.iter().map(|it| ("velocity", it.clone()));
                (*steps, velocity.collect())
            }
        }
    }

    /// Goes on where another left off; for weights of `count` values in all.
    ///
    /// # Errors
    /// [`Error::Data`] if a moment is missing or has another length; nothing changes then.
    pub(super) fn restore(
        &mut self,
        state: OptimizerState,
        count: usize,
        device: &Device,
    ) -> Result<()> {
        let find = |name: &str| -> Result<Tensor<1>> {
            let found = state.moments.iter().find(|(it, _)| it == name);
            match found {
                Some((_, values)) if values.len() == count => Ok(Tensor::from_data(
                    TensorData::new(values.clone(), [count]),
                    device,
                )),
                Some((_, values)) => Err(Error::Data(format!(
                    "the optimizer's `{name}` has {} values: {count} are needed for this network",
                    values.len()
                ))),
                None => Err(Error::Data(format!(
                    "the optimizer's `{name}` is missing after {} steps",
                    state.steps
                ))),
            }
        };
        match &mut self.memory {
            Memory::Adam { state: adam, .. } => {
                *adam = if state.steps == 0 {
                    None
                } else {
                    let (first, second) = (find("moment_1")?, find("moment_2")?);
                    let momentum = AdaptiveMomentumState::new(state.steps, first, second);
                    Some(AdamState::new(momentum))
                };
            }
            Memory::Sgd {
                momentum,
                steps,
                velocity,
                ..
            } => {
                *velocity = if state.steps == 0 || *momentum == 0.0 {
                    None
                } else {
                    Some(find("velocity")?)
                };
                *steps = state.steps;
            }
        }
        self.weights = None;
        self.packed = None;
        Ok(())
    }
}
