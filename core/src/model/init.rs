//! Initial weights from our own random stream, so that a seed gives the same network on every
//! device, natively and in a browser.

use burn::{
    module::Param,
    nn::{Linear, PaddingConfig2d, conv::Conv2d},
    tensor::{Device, Tensor, TensorData},
};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Draws initial weights from a seeded stream, on one device.
#[derive(Debug)]
pub struct Initializer<'a> {
    rng: ChaCha8Rng,
    device: &'a Device,
}

impl<'a> Initializer<'a> {
    /// The stream of `seed`; parameters are created on `device` (with autodiff, if it has it).
    pub fn new(seed: u64, device: &'a Device) -> Self {
        Self {
            rng: ChaCha8Rng::seed_from_u64(seed ^ 0x5eed_0f0e_1647_0015),
            device,
        }
    }

    /// The device that parameters are created on.
    pub fn device(&self) -> &'a Device {
        self.device
    }

    /// Uniform in `±1/√fan_in`: PyTorch's default for convolutions and linear layers, weights
    /// (Kaiming uniform with `a = √5`, He et al. 2015) and biases alike.
    fn uniform<const D: usize>(&mut self, shape: [usize; D], fan_in: usize) -> Param<Tensor<D>> {
        let bound = 1.0 / (fan_in as f32).sqrt();
        let values: Vec<f32> = (0..shape.iter().product())
            .map(|_| self.rng.random_range(-bound..bound))
            .collect();
        Param::from_tensor(Tensor::from_data(
            TensorData::new(values, shape),
            self.device,
        ))
    }

    /// A `kernel × kernel` convolution, padded to keep the size at stride 1.
    pub fn conv(
        &mut self,
        channels: [usize; 2],
        kernel: usize,
        stride: usize,
        bias: bool,
    ) -> Conv2d {
        let [input, output] = channels;
        let fan_in = input * kernel * kernel;
        let padding = kernel / 2;
        Conv2d {
            weight: self.uniform([output, input, kernel, kernel], fan_in),
            bias: bias.then(|| self.uniform([output], fan_in)),
            stride: [stride; 2],
            kernel_size: [kernel; 2],
            dilation: [1; 2],
            groups: 1,
            padding: PaddingConfig2d::Explicit(padding, padding, padding, padding),
        }
    }

    /// A linear layer.
    pub fn linear(&mut self, input: usize, output: usize) -> Linear {
        Linear {
            weight: self.uniform([input, output], input),
            bias: Some(self.uniform([output], input)),
        }
    }
}
