//! The programs against Burn's own operations, forward and back: on the processor, since software
//! drivers take minutes to compile Burn's own shaders for so many shapes.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests read at once and may panic"
)]

use burn::{
    backend::Flex,
    nn::{Linear, conv::Conv2d},
    tensor::{
        Device, Tensor, TensorData, activation::relu, module::max_pool2d, ops::MaxPoolOptions,
    },
};

use super::{After, averaged, convolution};
use crate::{
    challenge::{Along, apply},
    gpu::for_tests::gpu,
    model::Weights,
};

fn wave(scale: f32, count: usize) -> Vec<f32> {
    (0..count).map(|i| (i as f32 * scale).sin()).collect()
}

fn tensor<const D: usize>(values: Vec<f32>, shape: [usize; D], device: &Device) -> Tensor<D> {
    Tensor::from_data(TensorData::new(values, shape), device)
}

fn numbers<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_to_vec::<f32>().unwrap()
}

/// Relative to the largest: sums of up to some ten thousand products in another order.
fn alike(ours: &[f32], theirs: &[f32], what: &str) {
    assert_eq!(ours.len(), theirs.len(), "{what}");
    let largest = theirs.iter().fold(1.0_f32, |most, it| most.max(it.abs()));
    for (i, (a, b)) in ours.iter().zip(theirs).enumerate() {
        let off = (a - b).abs() / largest;
        assert!(off < 5e-5, "{what} {i}: {a} and {b}");
    }
}

fn burns(conv: &Conv2d, input: Tensor<4>, after: After) -> Tensor<4> {
    let output = conv.forward(input);
    match after {
        After::Nothing => output,
        After::Relu => relu(output),
        After::ReluPool => max_pool2d(
            relu(output),
            MaxPoolOptions::new([2, 2]).with_stride([2, 2]),
        ),
    }
}

/// Output and gradients of input, weight and bias.
fn passes(
    device: &Device,
    shape: [usize; 4],
    outputs: usize,
    bias: bool,
    after: After,
    ours: bool,
) -> Vec<Vec<f32>> {
    let conv = Weights::new(7, device).conv([shape[1], outputs], 3, 1, bias);
    let input = tensor(wave(0.37, shape.iter().product()), shape, device).require_grad();
    let output = match ours {
        true => convolution(&conv, &input, after).unwrap(),
        false => burns(&conv, input.clone(), after),
    };
    let pull = tensor(
        wave(0.73, output.dims().iter().product()),
        output.dims(),
        device,
    );
    let gradients = (output.clone() * pull).sum().backward();
    let mut all = vec![
        numbers(output),
        numbers(input.grad(&gradients).unwrap()),
        numbers(conv.weight.val().grad(&gradients).unwrap()),
    ];
    all.extend(
        conv.bias
            .map(|bias| numbers(bias.val().grad(&gradients).unwrap())),
    );
    all
}

#[test]
fn blocks_are_burns() {
    let Some(device) = gpu() else { return };
    let [tracking, processor] = [device.clone(), Device::flex()].map(|device| device.autodiff());
    let cases = [
        ([2, 3, 8, 8], 16),
        ([9, 3, 32, 32], 16),
        ([4, 32, 8, 8], 64),
        ([1, 1, 1, 1], 1),
        ([2, 2, 5, 1], 3),
        ([2, 5, 7, 6], 13),
        ([3, 4, 6, 7], 10),
        ([2, 9, 9, 9], 20),
        ([1, 2, 48, 48], 5),
        ([2, 1, 2, 2], 2),
    ];
    for (shape, outputs) in cases {
        for after in [After::Nothing, After::Relu, After::ReluPool] {
            if after == After::ReluPool && shape[2].min(shape[3]) < 2 {
                let conv = Weights::new(7, &device).conv([shape[1], outputs], 3, 1, true);
                let input = Tensor::zeros(shape, &device);
                assert!(convolution(&conv, &input, after).is_none());
                continue;
            }
            for bias in [true, false] {
                let ours = passes(&tracking, shape, outputs, bias, after, true);
                let theirs = passes(&processor, shape, outputs, bias, after, false);
                assert_eq!(ours.len(), theirs.len());
                let names = ["output", "input", "weight", "bias"];
                for ((ours, theirs), name) in ours.iter().zip(&theirs).zip(names) {
                    let what = format!("{name} of {shape:?} to {outputs}, {after:?}, bias {bias}");
                    alike(ours, theirs, &what);
                }
            }
        }
    }
}

#[test]
fn blocks_are_those_of_the_processor_and_the_same_without_a_way_back() {
    let Some(device) = gpu() else { return };
    for after in [After::Nothing, After::Relu, After::ReluPool] {
        let on = |device: &Device, ours: bool| {
            let conv = Weights::new(3, device).conv([4, 11], 3, 1, true);
            let input = tensor(wave(0.21, 3 * 4 * 10 * 14), [3, 4, 10, 14], device);
            match ours {
                true => numbers(convolution(&conv, &input, after).unwrap()),
                false => numbers(burns(&conv, input, after)),
            }
        };
        let plain = on(&device, true);
        alike(&plain, &on(&Device::flex(), false), &format!("{after:?}"));
        let tracked = on(&device.clone().autodiff(), true);
        assert_eq!(plain, tracked, "{after:?}");
    }
}

#[test]
fn nan_is_not_hidden() {
    let Some(device) = gpu() else { return };
    for after in [After::Relu, After::ReluPool] {
        let conv = Weights::new(3, &device).conv([1, 2], 3, 1, true);
        let mut values = wave(0.2, 64);
        values[27] = f32::NAN;
        let input = tensor(values, [1, 1, 8, 8], &device);
        let output = numbers(convolution(&conv, &input, after).unwrap());
        assert!(output.iter().any(|it| it.is_nan()), "{after:?}");
    }
}

#[test]
fn other_convolutions_and_devices_are_left_to_others() {
    let device = Device::flex();
    let conv = Weights::new(3, &device).conv([3, 8], 3, 1, true);
    let input = Tensor::<4>::ones([2, 3, 12, 12], &device);
    assert!(input.clone().try_into_primitive::<Flex>().is_ok());
    assert!(convolution(&conv, &input, After::Relu).is_none());
    let Some(device) = gpu() else { return };
    let conv = Weights::new(3, &device).conv([3, 8], 3, 2, true);
    let input = Tensor::<4>::ones([2, 3, 12, 12], &device);
    assert!(convolution(&conv, &input, After::Relu).is_none());
}

fn plain_head(linear: &Linear, features: Tensor<4>) -> Tensor<2> {
    let [batch, channels, height, width] = features.dims();
    let means = features
        .reshape([batch, channels, height * width])
        .mean_dim(2);
    linear.forward(means.reshape([batch, channels]))
}

#[test]
fn the_averaging_head_is_burns() {
    let Some(device) = gpu() else { return };
    let cases = [
        ([32, 64, 8, 8], 4),
        ([2, 1, 1, 1], 2),
        ([3, 7, 5, 3], 11),
        ([1, 130, 9, 9], 70),
        ([2, 512, 2, 2], 3),
    ];
    let masks = [None, Some(Along::Spatial), Some(Along::Channel)];
    for (shape, classes) in cases {
        for along in masks {
            let of = |ours: bool| {
                let device = if ours { device.clone() } else { Device::flex() };
                let tracking = device.clone().autodiff();
                let mask = along.map(|along| {
                    let count = along.count(shape);
                    let all = wave(0.83, shape[0] * count);
                    let all = all
                        .iter()
                        .map(|it| f32::from(u8::from(*it > 0.2)))
                        .collect();
                    (tensor(all, [shape[0], count], &device), along)
                });
                let linear = Weights::new(5, &tracking).linear(shape[1], classes);
                let features = tensor(wave(0.31, shape.iter().product()), shape, &tracking);
                let features = features.require_grad();
                let logits = match (ours, &mask) {
                    (true, Some((mask, along))) => {
                        averaged(&linear, &features, Some((mask, *along))).unwrap()
                    }
                    (true, None) => averaged(&linear, &features, None).unwrap(),
                    (false, Some((mask, along))) => {
                        let mask = mask.clone().autodiff();
                        plain_head(&linear, apply(features.clone(), mask, *along))
                    }
                    (false, None) => plain_head(&linear, features.clone()),
                };
                let pull = wave(0.9, shape[0] * classes);
                let pull = tensor(pull, [shape[0], classes], &tracking);
                let gradients = (logits.clone() * pull).sum().backward();
                let bias = linear.bias.unwrap().val();
                [
                    numbers(logits),
                    numbers(features.grad(&gradients).unwrap()),
                    numbers(linear.weight.val().grad(&gradients).unwrap()),
                    numbers(bias.grad(&gradients).unwrap()),
                ]
            };
            let names = ["logits", "features", "weight", "bias"];
            for ((ours, theirs), name) in of(true).iter().zip(&of(false)).zip(names) {
                let what = format!("{name} of {shape:?} to {classes}, {along:?}");
                alike(ours, theirs, &what);
            }
        }
    }
}
