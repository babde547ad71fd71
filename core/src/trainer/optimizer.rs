//! Adam and SGD in one pass over all parameters, as PyTorch's `foreach` implementations.
//!
//! Burn's own loop issues a dozen small operations for each parameter. Here the gradients are
//! concatenated, so that the update rule runs once over one long vector. Its moments are such vectors,
//! too, which a checkpoint can read without blocking (Burn's records of optimizers read synchronously,
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

use super::{gpu::optimizer::FlatState, update_rule::UpdateRule};
use crate::{
    config::OptimizerConfig,
    error::{Error, Result},
    model::Network,
};

/// The update rule and its state.
#[expect(clippy::large_enum_variant, reason = "there is one for each arm")]
enum State {
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
    state: State,
    config: OptimizerConfig,
    /// All trained weights, concatenated, after the last step.
    weights: Option<Tensor<1>>,
    /// On a GPU, in place of both: the number of steps, and weights and moments.
    on_gpu: Option<(usize, FlatState)>,
}

/// An optimizer's state, read from the device.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct OptimizerState {
    /// Number of steps made.
    pub steps: usize,
    /// Moments by name, each as long as all trained weights together: `moment_1` and `moment_2`
    /// of Adam, `velocity` of SGD with momentum; none before the first step.
    pub moments: Vec<(String, Vec<f32>)>,
}

/// Flattens weights and gradients, in the order of the module.
struct Gather {
    gradients: GradientsParams,
    ranges: Vec<(ParamId, Range<usize>)>,
    length: usize,
    weights: Vec<Tensor<1>>,
    flat_gradients: Vec<Tensor<1>>,
}

impl ModuleVisitor for Gather {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        // Running statistics have no gradient.
        let Some(gradient) = self.gradients.remove::<D>(param.id) else {
            return;
        };
        let count = gradient.dims().iter().product::<usize>();
        self.ranges
            .push((param.id, self.length..self.length + count));
        self.length += count;
        self.flat_gradients.push(gradient.reshape([count]));
        let weight = param.val().without_autodiff();
        self.weights.push(weight.reshape([count]));
    }
}

/// Sets the parameters' new weights.
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
    /// An optimizer before its first step.
    pub fn new(config: &OptimizerConfig) -> Self {
        let state = match *config {
            OptimizerConfig::Adam {
                beta_1,
                beta_2,
                epsilon,
                weight_decay,
            } => State::Adam {
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
            } => State::Sgd {
                momentum,
                weight_decay,
                steps: 0,
                velocity: None,
            },
        };
        Self {
            state,
            config: config.clone(),
            weights: None,
            on_gpu: None,
        }
    }

    /// The same before its first step.
    #[must_use]
    pub(super) fn anew(&self) -> Self {
        Self::new(&self.config)
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
            ranges: Vec::new(),
            length: 0,
            weights: Vec::new(),
            flat_gradients: Vec::new(),
        };
        network.visit(&mut gathered);
        if gathered.flat_gradients.is_empty() {
            return network;
        }
        let parameters = gathered.ranges.iter().map(|(id, _)| *id);
        let packed = self.step_on_gpu(learning_rate, &gathered.weights, &gathered.flat_gradients);
        if let Some(weights) = packed {
            return network.map(&mut Scatter(parameters.zip(weights).collect()));
        }
        let weights = match self.weights.take() {
            Some(weights) if weights.dims() == [gathered.length] => weights,
            _ => Tensor::cat(gathered.weights, 0),
        };
        let weights = self.update(
            learning_rate,
            weights,
            Tensor::cat(gathered.flat_gradients, 0),
        );
        let parts = gathered
            .ranges
            .into_iter()
            .map(|(id, range)| (id, weights.clone().slice([range])));
        let network = network.map(&mut Scatter(parts.collect()));
        self.weights = Some(weights);
        network
    }

    /// The same on a GPU: the new weights, one tensor for each parameter; `None` on other devices.
    fn step_on_gpu(
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
            } => UpdateRule::Adam {
                beta_1: beta_1 as f32,
                beta_2: beta_2 as f32,
                epsilon: epsilon as f32,
                weight_decay: weight_decay as f32,
                step: before as i32 + 1,
            },
            OptimizerConfig::Sgd {
                momentum,
                weight_decay,
            } => UpdateRule::Sgd {
                momentum: momentum as f32,
                weight_decay: weight_decay as f32,
            },
        };
        let mut packed = match self.on_gpu.take() {
            Some((_, packed)) if packed.fits(weights) => packed,
            _ => {
                let moments: Vec<_> = self.moments().1.into_iter().map(|(_, it)| it).collect();
                let packed = FlatState::new(weights, &moments, rule.moments())?;
                match &mut self.state {
                    State::Adam { state, .. } => *state = None,
                    State::Sgd { velocity, .. } => *velocity = None,
                }
                packed
            }
        };
        let weights = packed.step(rule, learning_rate as f32, gradients)?;
        self.on_gpu = Some((before + 1, packed));
        Some(weights)
    }

    /// The update rule. SGD with momentum `μ` and weight decay `λ` as PyTorch's, without
    /// dampening: `v ← μ v + (g + λ w)`, `w ← w − η v`, with `v = g + λ w` at the first step.
    ///
    /// # Shapes
    /// - `weights`, `gradient`, output: `[N]`
    fn update(&mut self, learning_rate: f64, weights: Tensor<1>, gradient: Tensor<1>) -> Tensor<1> {
        match &mut self.state {
            State::Adam { rule, state } => {
                let (weights, next) = rule.step(learning_rate, weights, gradient, state.take());
                *state = next;
                weights
            }
            State::Sgd {
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
        match (&self.on_gpu, &self.state) {
            (Some((steps, _)), _) | (None, State::Sgd { steps, .. }) => *steps,
            (None, State::Adam { state, .. }) => {
                state.as_ref().map_or(0, |state| state.momentum.time)
            }
        }
    }

    /// Steps made, and the moments by name, still on the device.
    pub(super) fn moments(&self) -> (usize, Vec<(&'static str, Tensor<1>)>) {
        if let Some((steps, packed)) = &self.on_gpu {
            let names: &[&str] = match self.state {
                State::Adam { .. } => &["moment_1", "moment_2"],
                State::Sgd { momentum, .. } if momentum > 0.0 => &["velocity"],
                State::Sgd { .. } => &[],
            };
            let moments = names.iter().enumerate();
            let moments = moments.map(|(index, name)| (*name, packed.moment(index)));
            return (*steps, moments.collect());
        }
        match &self.state {
            State::Adam { state: None, .. } => (0, Vec::new()),
            State::Adam {
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
            State::Sgd {
                steps, velocity, ..
            } => {
                let velocity = velocity.iter().map(|it| ("velocity", it.clone()));
                (*steps, velocity.collect())
            }
        }
    }

    /// Restores a state, for weights of `count` values in all.
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
        match &mut self.state {
            State::Adam { state: adam, .. } => {
                *adam = if state.steps == 0 {
                    None
                } else {
                    let (first, second) = (find("moment_1")?, find("moment_2")?);
                    let momentum = AdaptiveMomentumState::new(state.steps, first, second);
                    Some(AdamState::new(momentum))
                };
            }
            State::Sgd {
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
        self.on_gpu = None;
        Ok(())
    }
}
