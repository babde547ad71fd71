//! The shaders against Burn's own operations on the CPU, forward and backward: software drivers take
//! minutes to compile Burn's own shaders for so many shapes.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests read at once and may panic"
)]

use burn::{
    backend::Flex,
    nn::{Linear, conv::Conv2d},
    tensor::{Device, Tensor, activation::relu, module::max_pool2d, ops::MaxPoolOptions},
};

use super::{
    conv2d,
    conv3x3_shader::{ConvShader, Output, Shape},
    depthwise_shader::Depthwise,
    gap_linear,
    pointwise_shader::{PointwiseShader, PointwiseShape},
};
use crate::{
    challenge::{Along, apply},
    model::{Clamp, Initializer, epilogue::Epilogue, window::Window},
    testing::{assert_close, gpu, tensor, values, wave},
};

/// Of sums of up to some ten thousand products in another order, relative to the largest.
const TOLERANCE: f32 = 5e-5;

const EPILOGUES: [Epilogue; 3] = [
    Epilogue::Clamp(Clamp::None),
    Epilogue::Clamp(Clamp::Relu),
    Epilogue::ReluPool,
];

fn alike(ours: &[f32], theirs: &[f32], what: &str) {
    assert_close(ours, theirs, TOLERANCE, what);
}

fn burns(conv: &Conv2d, input: Tensor<4>, epilogue: Epilogue) -> Tensor<4> {
    let output = conv.forward(input);
    match epilogue {
        Epilogue::Clamp(Clamp::None) => output,
        Epilogue::Clamp(Clamp::Relu) => relu(output),
        Epilogue::Clamp(Clamp::Relu6) => relu(output).clamp_max(6.0),
        Epilogue::ReluPool => max_pool2d(
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
    epilogue: Epilogue,
    ours: bool,
) -> Vec<Vec<f32>> {
    let conv = Initializer::new(7, device).conv([shape[1], outputs], 3, 1, bias);
    let input = tensor(wave(0.37, shape.iter().product()), shape, device).require_grad();
    let output = match ours {
        true => conv2d(&conv, &input, epilogue).unwrap(),
        false => burns(&conv, input.clone(), epilogue),
    };
    let weights = tensor(
        wave(0.73, output.dims().iter().product()),
        output.dims(),
        device,
    );
    let gradients = (output.clone() * weights).sum().backward();
    let mut all = vec![
        values(output),
        values(input.grad(&gradients).unwrap()),
        values(conv.weight.val().grad(&gradients).unwrap()),
    ];
    all.extend(
        conv.bias
            .map(|bias| values(bias.val().grad(&gradients).unwrap())),
    );
    all
}

#[test]
fn blocks_agree_with_burn() {
    let Some(device) = gpu() else { return };
    let [tracking, cpu] = [device.clone(), Device::flex()].map(|device| device.autodiff());
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
        for epilogue in EPILOGUES {
            if epilogue == Epilogue::ReluPool && shape[2].min(shape[3]) < 2 {
                let conv = Initializer::new(7, &device).conv([shape[1], outputs], 3, 1, true);
                let input = Tensor::zeros(shape, &device);
                assert!(conv2d(&conv, &input, epilogue).is_none());
                continue;
            }
            for bias in [true, false] {
                let ours = passes(&tracking, shape, outputs, bias, epilogue, true);
                let theirs = passes(&cpu, shape, outputs, bias, epilogue, false);
                assert_eq!(ours.len(), theirs.len());
                let names = ["output", "input", "weight", "bias"];
                for ((ours, theirs), name) in ours.iter().zip(&theirs).zip(names) {
                    let what =
                        format!("{name} of {shape:?} to {outputs}, {epilogue:?}, bias {bias}");
                    alike(ours, theirs, &what);
                }
            }
        }
    }
}

#[test]
fn blocks_agree_with_the_cpu_and_are_the_same_without_autodiff() {
    let Some(device) = gpu() else { return };
    for epilogue in EPILOGUES {
        let on = |device: &Device, ours: bool| {
            let conv = Initializer::new(3, device).conv([4, 11], 3, 1, true);
            let input = tensor(wave(0.21, 3 * 4 * 10 * 14), [3, 4, 10, 14], device);
            match ours {
                true => values(conv2d(&conv, &input, epilogue).unwrap()),
                false => values(burns(&conv, input, epilogue)),
            }
        };
        let plain = on(&device, true);
        alike(
            &plain,
            &on(&Device::flex(), false),
            &format!("{epilogue:?}"),
        );
        let tracked = on(&device.clone().autodiff(), true);
        assert_eq!(plain, tracked, "{epilogue:?}");
    }
}

#[test]
fn nan_is_not_hidden() {
    let Some(device) = gpu() else { return };
    let relu6 = Epilogue::Clamp(Clamp::Relu6);
    for (epilogue, kernel) in [
        (Epilogue::Clamp(Clamp::Relu), 3),
        (Epilogue::ReluPool, 3),
        (relu6, 3),
        (relu6, 1),
    ] {
        let conv = Initializer::new(3, &device).conv([1, 2], kernel, 1, true);
        let mut input = wave(0.2, 64);
        input[27] = f32::NAN;
        let input = tensor(input, [1, 1, 8, 8], &device);
        let output = values(conv2d(&conv, &input, epilogue).unwrap());
        assert!(
            output.iter().any(|it| it.is_nan()),
            "{epilogue:?}, {kernel}"
        );
    }
}

#[test]
fn other_convolutions_and_devices_are_refused() {
    let device = Device::flex();
    let conv = Initializer::new(3, &device).conv([3, 8], 3, 1, true);
    let input = Tensor::<4>::ones([2, 3, 12, 12], &device);
    assert!(input.clone().try_into_primitive::<Flex>().is_ok());
    assert!(conv2d(&conv, &input, Epilogue::Clamp(Clamp::Relu)).is_none());
    let Some(device) = gpu() else { return };
    let conv = Initializer::new(3, &device).conv([3, 8], 3, 2, true);
    let input = Tensor::<4>::ones([2, 3, 12, 12], &device);
    assert!(conv2d(&conv, &input, Epilogue::Clamp(Clamp::Relu)).is_none());
}

fn plain_head(linear: &Linear, features: Tensor<4>) -> Tensor<2> {
    let [batch, channels, height, width] = features.dims();
    let means = features
        .reshape([batch, channels, height * width])
        .mean_dim(2);
    linear.forward(means.reshape([batch, channels]))
}

#[test]
fn gap_linear_agrees_with_burn() {
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
                    let all: Vec<f32> = all
                        .iter()
                        .map(|it| f32::from(u8::from(*it > 0.2)))
                        .collect();
                    (tensor(all, [shape[0], count], &device), along)
                });
                let linear = Initializer::new(5, &tracking).linear(shape[1], classes);
                let features = tensor(wave(0.31, shape.iter().product()), shape, &tracking);
                let features = features.require_grad();
                let logits = match (ours, &mask) {
                    (true, Some((mask, along))) => {
                        gap_linear(&linear, &features, Some((mask, *along))).unwrap()
                    }
                    (true, None) => gap_linear(&linear, &features, None).unwrap(),
                    (false, Some((mask, along))) => {
                        let mask = mask.clone().autodiff();
                        plain_head(&linear, apply(features.clone(), mask, *along))
                    }
                    (false, None) => plain_head(&linear, features.clone()),
                };
                let weights = wave(0.9, shape[0] * classes);
                let weights = tensor(weights, [shape[0], classes], &tracking);
                let gradients = (logits.clone() * weights).sum().backward();
                let bias = linear.bias.unwrap().val();
                [
                    values(logits),
                    values(features.grad(&gradients).unwrap()),
                    values(linear.weight.val().grad(&gradients).unwrap()),
                    values(bias.grad(&gradients).unwrap()),
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

#[test]
fn layers_share_their_programs() {
    let conv = |[inputs, outputs, side]: [usize; 3], transposed, output| {
        let shape = Shape {
            inputs,
            outputs,
            height: side,
            width: side,
        };
        ConvShader::new(shape, transposed, true, output)
    };
    let pool = Output::Pool { save_indices: true };
    let first = conv([3, 16, 32], false, pool);
    assert_eq!(first, conv([16, 32, 16], false, pool));
    assert_ne!(first, conv([16, 32, 15], false, pool));
    let plain = Output::Clamped(Clamp::None);
    let gradient = conv([64, 32, 8], true, plain);
    assert_eq!(gradient, conv([32, 16, 16], true, plain));
    assert_ne!(gradient, conv([64, 32, 8], true, pool));
}

#[test]
fn pointwise_layers_share_their_programs() {
    let conv = |[inputs, outputs, side]: [usize; 3], transposed| {
        let shape = PointwiseShape {
            inputs,
            outputs,
            area: side * side,
        };
        PointwiseShader::new(shape, transposed, true, Clamp::Relu)
    };
    for transposed in [false, true] {
        let first = conv([16, 96, 32], transposed);
        assert_eq!(first, conv([24, 144, 16], transposed));
        assert_ne!(first, conv([24, 144, 15], transposed));
    }
    // The weights of three channels are not one load.
    assert_ne!(conv([16, 96, 32], false), conv([3, 96, 32], false));
}

#[test]
fn depthwise_layers_share_their_programs() {
    let conv = |channels, side: usize, stride| {
        let window = Window {
            kernel: 3,
            stride,
            padding: [1, 1],
            input: [side, side],
            output: [side.div_ceil(stride); 2],
        };
        Depthwise::new(window, channels, true, Clamp::Relu).shader
    };
    let first = conv(32, 32, 1);
    assert_eq!(first, conv(96, 16, 1));
    assert_ne!(first, conv(32, 15, 1));
    assert_ne!(first, conv(32, 32, 2));
    assert_eq!(conv(96, 32, 2), conv(144, 16, 2));
}
