//! The optimizers against Burn's.

use burn::{
    optim::{
        AdamConfig, GradientsParams, ModuleOptimizer, SgdConfig, decay::WeightDecayConfig,
        momentum::MomentumConfig,
    },
    tensor::{Device, Tensor, TensorData},
};
use pollster::block_on;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::small;
use crate::{
    config::*,
    model::{Mode, Network, weights},
    trainer::Optimizer,
};

/// Our one pass over all weights gives what Burn's loop over parameters gives.
#[test]
fn the_optimizers_agree_with_burns() {
    let device = Device::flex().autodiff();
    let config = small(|it| it.network.normalization = Normalization::Batch);
    let network = || Network::init(&config.network, 16, 4, 3, &device);
    let decay = || Some(WeightDecayConfig::new(0.01));
    let cases: [(OptimizerConfig, ModuleOptimizer); 3] = [
        (
            OptimizerConfig::Adam {
                beta_1: 0.9,
                beta_2: 0.999,
                epsilon: 1e-8,
                weight_decay: 0.01,
            },
            AdamConfig::new()
                .with_epsilon(1e-8)
                .with_weight_decay(decay())
                .init(),
        ),
        (
            OptimizerConfig::Sgd {
                momentum: 0.9,
                weight_decay: 0.01,
            },
            SgdConfig::new()
                .with_momentum(Some(MomentumConfig {
                    momentum: 0.9,
                    dampening: 0.0,
                    nesterov: false,
                }))
                .with_weight_decay(decay())
                .init(),
        ),
        (
            OptimizerConfig::Sgd {
                momentum: 0.0,
                weight_decay: 0.0,
            },
            SgdConfig::new().init(),
        ),
    ];
    for (config, mut theirs) in cases {
        let mut ours = Optimizer::new(&config);
        let (mut a, mut b) = (network(), network());
        for step in 0..4 {
            let mut rng = ChaCha8Rng::seed_from_u64(step);
            let values: Vec<f32> = (0..2 * 3 * 16 * 16).map(|_| rng.random()).collect();
            let images = Tensor::<4>::from_data(TensorData::new(values, [2, 3, 16, 16]), &device);
            let gradients = |network: &Network| {
                let logits = network.head(network.body(images.clone(), Mode::Train), Mode::Train);
                GradientsParams::from_grads(logits.square().mean().backward(), network)
            };
            let (for_a, for_b) = (gradients(&a), gradients(&b));
            a = ours.step(0.01, a, for_a);
            b = theirs.step(0.01, b, for_b);
        }
        let (a, b) = (a.frozen(), b.frozen());
        let (a, b) = (
            block_on(weights(&a)).unwrap(),
            block_on(weights(&b)).unwrap(),
        );
        for ((name, _, a), (_, _, b)) in a.iter().zip(&b) {
            for (a, b) in a.iter().zip(b) {
                assert!((a - b).abs() <= 1e-6, "{config:?}: {name}: {a} and {b}");
            }
        }
    }
}
