//! The convolutions and clamps of pretrained backbones against Burn's own, forward and back.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests read at once and may panic"
)]

use burn::{
    nn::{PaddingConfig2d, conv::Conv2d},
    tensor::{Device, Tensor},
};

use super::{conv2d, conv2d_activated};
use crate::{
    model::{Clamp, Initializer, gpu},
    testing::{self, assert_close, tensor, values, wave},
};

/// Of sums of some hundred products, relative to the largest.
const TOLERANCE: f32 = 1e-5;

/// A convolution: channels in and out, kernel, stride, padding, groups.
#[derive(Clone, Copy, Debug)]
struct Case {
    channels: [usize; 2],
    kernel: usize,
    stride: usize,
    /// Above, left, below, right.
    padding: [usize; 4],
    groups: usize,
}

impl Case {
    fn conv(self, bias: bool, device: &Device) -> Conv2d {
        let [input, output] = self.channels;
        let channels = [input / self.groups, output];
        let mut conv = Initializer::new(7, device).conv(channels, self.kernel, self.stride, bias);
        let [top, left, bottom, right] = self.padding;
        conv.padding = PaddingConfig2d::Explicit(top, left, bottom, right);
        conv.groups = self.groups;
        conv
    }

    fn input(self, batch: usize, [height, width]: [usize; 2], device: &Device) -> Tensor<4> {
        let shape = [batch, self.channels[0], height, width];
        tensor(wave(0.37, shape.iter().product()), shape, device)
    }
}

/// Padding of TensorFlow's "SAME": at stride 2 of an even size, one less at the start.
fn same(kernel: usize, stride: usize) -> [usize; 4] {
    let (start, end) = ((kernel - stride) / 2, (kernel - stride).div_ceil(2));
    [start, start, end, end]
}

fn cases() -> Vec<Case> {
    let pointwise = [([3, 4], 1), ([8, 3], 1), ([5, 7], 2), ([4, 4], 3)];
    let pointwise = pointwise.map(|(channels, stride)| Case {
        channels,
        kernel: 1,
        stride,
        padding: [0; 4],
        groups: 1,
    });
    let depthwise = [
        (3, 1, same(3, 1)),
        (3, 2, same(3, 2)),
        (3, 2, [1; 4]),
        (5, 1, same(5, 1)),
        (5, 2, same(5, 2)),
        (5, 2, [2; 4]),
        (7, 1, [3; 4]),
        (3, 3, [0, 2, 3, 1]),
        (1, 2, [0; 4]),
    ];
    let depthwise = depthwise.map(|(kernel, stride, padding)| Case {
        channels: [6, 6],
        kernel,
        stride,
        padding,
        groups: 6,
    });
    let strided = [
        ([3, 8], 3, 2, same(3, 2)),
        ([3, 5], 7, 2, [3; 4]),
        ([4, 6], 3, 2, [1; 4]),
        ([2, 3], 5, 1, [2; 4]),
        ([3, 2], 3, 1, [1, 0, 2, 1]),
        ([2, 2], 1, 1, [1, 0, 0, 2]),
        ([2, 2], 2, 2, [0; 4]),
        // More products than are summed at once.
        ([50, 5], 3, 1, [1; 4]),
        // The zeros around the image on one side only, and on both by different numbers.
        ([3, 7], 3, 1, [0, 2, 1, 0]),
        ([2, 4], 5, 1, [1, 3, 2, 1]),
        // Pixels that no kernel meets.
        ([3, 2], 2, 3, [0, 1, 0, 0]),
    ];
    let strided = strided.map(|(channels, kernel, stride, padding)| Case {
        channels,
        kernel,
        stride,
        padding,
        groups: 1,
    });
    let mut all = pointwise.to_vec();
    all.extend(depthwise);
    all.extend(strided);
    all
}

/// Sizes of images for which a case has outputs.
fn sizes(case: Case) -> impl Iterator<Item = [usize; 2]> {
    let [top, left, bottom, right] = case.padding;
    let sizes = [[8, 8], [7, 7], [5, 5], [1, 1], [2, 2], [4, 9], [31, 14]];
    sizes.into_iter().filter(move |[height, width]| {
        height + top + bottom >= case.kernel && width + left + right >= case.kernel
    })
}

/// Output, and gradients of input, weight and bias, with the convolution of `make`.
fn passes(
    case: Case,
    size: [usize; 2],
    bias: bool,
    device: &Device,
    make: impl Fn(&Conv2d, Tensor<4>) -> Tensor<4>,
) -> Vec<Vec<f32>> {
    let conv = case.conv(bias, device);
    let input = case.input(3, size, device).require_grad();
    let output = make(&conv, input.clone());
    let shape = output.dims();
    let weights = tensor(wave(0.73, shape.iter().product()), shape, device);
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
fn they_agree_with_burns_convolution() {
    for case in cases() {
        for size in sizes(case) {
            for bias in [true, false] {
                let device = Device::flex().autodiff();
                let ours = passes(case, size, bias, &device, conv2d);
                let theirs = passes(case, size, bias, &device, |conv, input| conv.forward(input));
                assert_eq!(ours.len(), theirs.len());
                let names = ["output", "input", "weight", "bias"];
                for (name, (ours, theirs)) in names.iter().zip(ours.iter().zip(&theirs)) {
                    let what = format!("{name} of {case:?}, {size:?}, bias {bias}");
                    assert_close(ours, theirs, TOLERANCE, &what);
                }
            }
        }
    }
}

#[test]
fn sums_over_many_images_agree_too() {
    let device = Device::flex().autodiff();
    let (pointwise, strided) = (cases()[0], cases()[13]);
    for case in [pointwise, strided] {
        let gradients = [true, false].map(|ours| {
            let conv = case.conv(true, &device);
            let input = case.input(70, [8, 8], &device);
            let output = if ours {
                conv2d(&conv, input)
            } else {
                conv.forward(input)
            };
            let gradients = output.powi_scalar(2).sum().backward();
            values(conv.weight.val().grad(&gradients).unwrap())
        });
        assert_close(&gradients[0], &gradients[1], TOLERANCE, "weight");
    }
}

#[test]
fn a_batch_gives_the_bits_of_its_images_alone() {
    let device = Device::flex();
    for case in cases() {
        for clamp in [Clamp::None, Clamp::Relu6] {
            let conv = case.conv(true, &device);
            let batch = case.input(5, [9, 9], &device) * 9.0;
            let together = values(conv2d_activated(&conv, batch.clone(), clamp));
            let alone: Vec<f32> = (0..5)
                .flat_map(|i| {
                    let image = batch.clone().narrow(0, i, 1);
                    values(conv2d_activated(&conv, image, clamp))
                })
                .collect();
            let bits = |values: Vec<f32>| values.into_iter().map(f32::to_bits).collect::<Vec<_>>();
            assert_eq!(bits(together), bits(alone), "{case:?}, {clamp:?}");
        }
    }
}

#[test]
fn the_fused_clamp_is_that_of_the_parts_with_and_without_autodiff() {
    let conv3x3 = Case {
        channels: [3, 4],
        kernel: 3,
        stride: 1,
        padding: [1; 4],
        groups: 1,
    };
    for case in cases().into_iter().chain([conv3x3]) {
        for clamp in [Clamp::None, Clamp::Relu, Clamp::Relu6] {
            for device in [Device::flex(), Device::flex().autodiff()] {
                let conv = case.conv(true, &device);
                let input = case.input(2, [9, 9], &device) * 20.0;
                let output = conv2d_activated(&conv, input.clone(), clamp);
                let [low, high] = clamp.bounds().unwrap_or([f32::MIN, f32::MAX]);
                let expected = values(conv2d(&conv, input));
                let expected: Vec<f32> = expected.iter().map(|it| it.clamp(low, high)).collect();
                assert_eq!(values(output), expected, "{case:?}, {clamp:?}");
            }
        }
    }
}

#[test]
fn the_fused_clamp_has_the_gradients_of_the_parts() {
    let device = Device::flex().autodiff();
    for case in cases() {
        for clamp in [Clamp::None, Clamp::Relu, Clamp::Relu6] {
            let gradients = [true, false].map(|fused| {
                let conv = case.conv(true, &device);
                let input = (case.input(2, [9, 9], &device) * 20.0).require_grad();
                let output = if fused {
                    conv2d_activated(&conv, input.clone(), clamp)
                } else {
                    super::clamp(conv2d(&conv, input.clone()), clamp)
                };
                let gradients = output.powi_scalar(2).sum().backward();
                let weight = values(conv.weight.val().grad(&gradients).unwrap());
                (values(input.grad(&gradients).unwrap()), weight)
            });
            assert_eq!(gradients[0], gradients[1], "{case:?}, {clamp:?}");
        }
    }
}

#[test]
fn a_clamps_gradient_passes_strictly_inside() {
    let device = Device::flex().autodiff();
    let numbers = vec![-1.0, -0.0, 0.0, 0.5, 5.5, 6.0, 7.0, f32::NAN, 3.0];
    for (clamp, passes) in [
        (Clamp::Relu, [0., 0., 0., 1., 1., 1., 1., 0., 1.]),
        (Clamp::Relu6, [0., 0., 0., 1., 1., 0., 0., 0., 1.]),
    ] {
        let input = tensor(numbers.clone(), [1, 1, 3, 3], &device).require_grad();
        let output = super::clamp(input.clone(), clamp);
        let gradients = output.clone().sum().backward();
        let mut gradient = values(input.grad(&gradients).unwrap());
        // Of NaN it is not defined.
        gradient[7] = 0.0;
        assert_eq!(gradient, passes, "{clamp:?}");
        let [low, high] = clamp.bounds().unwrap();
        for (output, input) in values(output).iter().zip(&numbers) {
            assert!(*output == input.clamp(low, high) || output.is_nan() && input.is_nan());
        }
    }
}

#[test]
fn the_gpus_own_agree_with_the_cpus() {
    let Some(device) = testing::gpu() else { return };
    let more = [([16, 24], 1), ([24, 6], 1), ([9, 20], 1)].map(|(channels, stride)| Case {
        channels,
        kernel: 1,
        stride,
        padding: [0; 4],
        groups: 1,
    });
    let mut own = 0;
    for case in cases().into_iter().chain(more) {
        for (i, size) in sizes(case).filter(|size| size[0] > 4).enumerate() {
            let conv = case.conv(true, &Device::flex());
            // Others are Burn's own, which software drivers take minutes to compile.
            if !gpu::is_own(&conv, [3, case.channels[0], size[0], size[1]]) {
                continue;
            }
            own += 1;
            let bias = i % 2 == 0;
            let clamp = [Clamp::Relu6, Clamp::Relu, Clamp::None][i % 3];
            let [ours, theirs] = [device.clone(), Device::flex()].map(|device| {
                let clamped =
                    |conv: &Conv2d, input: Tensor<4>| conv2d_activated(conv, input * 9.0, clamp);
                passes(case, size, bias, &device.autodiff(), clamped)
            });
            assert_eq!(ours.len(), theirs.len());
            let names = ["output", "input", "weight", "bias"];
            for (name, (ours, theirs)) in names.iter().zip(ours.iter().zip(&theirs)) {
                let what = format!("{name} of {case:?}, {size:?}, bias {bias}, {clamp:?}");
                assert_close(ours, theirs, 2.0 * TOLERANCE, &what);
            }
        }
    }
    assert!(own > 30, "{own}");
}

#[test]
fn the_gpus_own_sum_over_many_images() {
    let Some(device) = testing::gpu() else { return };
    for case in [cases()[0], cases()[4]] {
        let [ours, theirs] = [device.clone(), Device::flex()].map(|device| {
            let device = device.autodiff();
            let conv = case.conv(true, &device);
            let input = case.input(70, [12, 12], &device);
            let output = conv2d_activated(&conv, input, Clamp::Relu6);
            let gradients = output.powi_scalar(2).sum().backward();
            values(conv.weight.val().grad(&gradients).unwrap())
        });
        assert_close(&ours, &theirs, 2.0 * TOLERANCE, "weight");
    }
}
