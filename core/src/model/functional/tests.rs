//! The 3×3 convolution against Burn's own, forward and back.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests read at once and may panic"
)]

use burn::tensor::{Device, Tensor};

use super::conv2d;
use crate::{
    model::Initializer,
    testing::{assert_close, values, wave},
};

/// Of sums of some hundred products, relative to the largest.
const TOLERANCE: f32 = 1e-5;

/// Output and gradients of input, weight and bias.
fn passes(
    shape: [usize; 4],
    outputs: usize,
    bias: bool,
    ours: bool,
) -> (Vec<f32>, Vec<f32>, Vec<f32>, Option<Vec<f32>>) {
    let device = Device::flex().autodiff();
    let conv = Initializer::new(7, &device).conv([shape[1], outputs], 3, 1, bias);
    let count: usize = shape.iter().product();
    let input = Tensor::<1>::from_floats(wave(0.37, count).as_slice(), &device)
        .reshape(shape)
        .require_grad();
    let output = if ours {
        conv2d(&conv, input.clone())
    } else {
        conv.forward(input.clone())
    };
    let weights = wave(0.73, count / shape[1] * outputs);
    let weights = Tensor::<1>::from_floats(weights.as_slice(), &device).reshape(output.dims());
    let gradients = (output.clone() * weights).sum().backward();
    (
        values(output),
        values(input.grad(&gradients).unwrap()),
        values(conv.weight.val().grad(&gradients).unwrap()),
        conv.bias
            .map(|bias| values(bias.val().grad(&gradients).unwrap())),
    )
}

fn alike(ours: &[f32], theirs: &[f32], what: &str) {
    assert_close(ours, theirs, TOLERANCE, what);
}

#[test]
fn it_agrees_with_burns_convolution() {
    let cases = [
        ([2, 3, 8, 8], 16),
        ([1, 1, 1, 1], 1),
        ([3, 2, 1, 5], 4),
        ([2, 2, 5, 1], 3),
        ([2, 5, 7, 6], 3),
        ([4, 16, 9, 9], 32),
        ([2, 1, 2, 2], 2),
    ];
    for (shape, outputs) in cases {
        for bias in [true, false] {
            let (ours, theirs) = (
                passes(shape, outputs, bias, true),
                passes(shape, outputs, bias, false),
            );
            let case = format!("{shape:?} to {outputs}, bias {bias}");
            alike(&ours.0, &theirs.0, &format!("output of {case}"));
            alike(&ours.1, &theirs.1, &format!("input of {case}"));
            alike(&ours.2, &theirs.2, &format!("weight of {case}"));
            match (&ours.3, &theirs.3) {
                (Some(ours), Some(theirs)) => alike(ours, theirs, &format!("bias of {case}")),
                (None, None) => assert!(!bias),
                _ => panic!("{case}"),
            }
        }
    }
}

#[test]
fn it_is_the_same_without_autodiff_and_every_time() {
    let device = Device::flex();
    let conv = Initializer::new(3, &device).conv([3, 8], 3, 1, true);
    let input = Tensor::<4>::ones([33, 3, 12, 12], &device) * 0.3;
    let first = values(conv2d(&conv, input.clone()));
    alike(&first, &values(conv.forward(input.clone())), "output");
    let again = values(conv2d(&conv, input));
    assert!(
        first
            .iter()
            .map(|it| it.to_bits())
            .eq(again.iter().map(|it| it.to_bits()))
    );
}

#[test]
fn other_convolutions_are_left_to_burn() {
    let device = Device::flex();
    let mut conv = Initializer::new(3, &device).conv([2, 8], 3, 2, true);
    conv.groups = 2;
    let input = Tensor::<4>::ones([2, 4, 12, 12], &device);
    let output = values(conv2d(&conv, input.clone()));
    assert_eq!(output, values(conv.forward(input)));
}
