//! Gradients against finite differences, and what the gradient pass must not change.

use burn::{
    module::Module,
    tensor::{Device, Tensor, TensorData},
};
use pollster::block_on;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::one_hot;
use crate::{
    challenge::{Along, apply, gradient, signal},
    config::*,
    model::{Mode, Network, weights},
    trainer::cross_entropy,
};

#[test]
fn the_gradient_pass_leaves_running_statistics_alone() {
    let device = Device::flex();
    let config = NetworkConfig {
        backbone: Backbone::SmallCnn {
            channels: vec![4, 8],
        },
        normalization: Normalization::Batch,
        challenge_after: Some(1),
        ..NetworkConfig::default()
    };
    let network = Network::init(&config, 16, 3, 0, &device.clone().autodiff());
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let images: Vec<f32> = (0..6 * 3 * 256).map(|_| rng.random()).collect();
    let images = Tensor::<4>::from_data(TensorData::new(images, [6, 3, 16, 16]), &device);
    let one_hot = one_hot(6, 3, &device);
    let z = network
        .body(images.clone().autodiff(), Mode::Evaluate)
        .without_autodiff();
    let before = block_on(weights(&network.frozen())).unwrap();
    let frozen = network.clone().no_grad();
    gradient(
        &z,
        &one_hot,
        |z| frozen.head(z, Mode::Evaluate),
        Signal::TrueLogit,
    );
    assert_eq!(before, block_on(weights(&network.frozen())).unwrap());
    // A training pass does move them, so the check above can fail.
    let _ = network.head(network.body(images.autodiff(), Mode::Train), Mode::Train);
    assert_ne!(before, block_on(weights(&network.frozen())).unwrap());
}

/// Central differences of a scalar function of `z`, in steps that f32 can resolve.
fn differences(z: &[f32], value: impl Fn(Vec<f32>) -> f32) -> Vec<f32> {
    let h = 1e-2_f32;
    (0..z.len())
        .map(|i| {
            let moved = |by: f32| {
                let mut z = z.to_vec();
                z[i] += by;
                value(z)
            };
            (moved(h) - moved(-h)) / (2.0 * h)
        })
        .collect()
}

#[test]
fn gradients_agree_with_finite_differences() {
    let device = Device::flex();
    let shape = [3, 4, 8, 8];
    let config = NetworkConfig {
        backbone: Backbone::SmallCnn {
            channels: vec![4, 6],
        },
        // Smooth, so that differences make sense everywhere.
        activation: Activation::Gelu,
        head: Head::FlattenLinear,
        challenge_after: Some(1),
        ..NetworkConfig::default()
    };
    let network = Network::init(&config, 16, 3, 7, &device.clone().autodiff()).no_grad();
    let head = |z: Tensor<4>| network.head(z, Mode::Evaluate);
    let mut rng = ChaCha8Rng::seed_from_u64(11);
    let z: Vec<f32> = (0..shape.iter().product())
        .map(|_| rng.random_range(-1.0..1.0))
        .collect();
    let tensor = |values: Vec<f32>| Tensor::<4>::from_data(TensorData::new(values, shape), &device);
    let one_hot = one_hot(3, 3, &device);
    let check = |name: &str, ours: Vec<f32>, numeric: Vec<f32>| {
        let scale = numeric.iter().fold(0.0_f32, |a, b| a.max(b.abs()));
        assert!(scale > 1e-4, "{name}: there is a gradient to compare");
        for (i, (a, b)) in ours.iter().zip(&numeric).enumerate() {
            assert!((a - b).abs() < 0.02 * scale, "{name}[{i}]: {a} and {b}");
        }
    };

    for kind in [Signal::TrueLogit, Signal::Loss, Signal::LossDecrease] {
        let (_, g) = gradient(&tensor(z.clone()), &one_hot, head, kind);
        let numeric = differences(&z, |z| {
            let logits = head(tensor(z).autodiff()).without_autodiff();
            signal(logits, one_hot.clone(), kind).into_scalar::<f32>()
        });
        check(
            &format!("{kind:?}"),
            g.into_data().try_into_vec().unwrap(),
            numeric,
        );
    }

    // Through the mask: the loss of the muted features, and nothing where they are muted.
    let mask: Vec<f32> = (0..3 * 64).map(|i| f32::from(i % 3 != 0)).collect();
    let mask = Tensor::<2>::from_data(TensorData::new(mask, [3, 64]), &device);
    let loss = |z: Tensor<4>| {
        let muted = apply(z, mask.clone().autodiff(), Along::Spatial);
        cross_entropy(head(muted), one_hot.clone().autodiff(), 0.1)
    };
    let tracked = tensor(z.clone()).autodiff().require_grad();
    let g = tracked
        .grad(&loss(tracked.clone()).backward())
        .unwrap()
        .without_autodiff();
    let muted_part = apply(g.clone(), 1.0 - mask.clone(), Along::Spatial);
    assert_eq!(muted_part.abs().sum().into_scalar::<f32>(), 0.0);
    let numeric = differences(&z, |z| {
        loss(tensor(z).autodiff())
            .without_autodiff()
            .into_scalar::<f32>()
    });
    check(
        "masked loss",
        g.into_data().try_into_vec().unwrap(),
        numeric,
    );
}
