//! Batches: images as tensors on the device, and their seeded order.

use burn::tensor::{Device, Tensor, TensorData};
use rand::seq::SliceRandom;

use super::random::{Purpose, stream};
use crate::data::Item;

/// Images and their labels on the device, outside any graph.
#[derive(Debug, Clone)]
pub struct Batch {
    /// `[B, 3, S, S]`, each value `2·v/255 − 1`.
    pub images: Tensor<4>,
    /// `[B, K]`.
    pub one_hot: Tensor<2>,
}

impl Batch {
    /// Uploads `items`, each `size × size` RGB.
    pub fn new(items: &[&Item], size: usize, classes: usize, device: &Device) -> Self {
        let area = size * size;
        let mut values = vec![0.0_f32; items.len() * 3 * area];
        let mut labels = vec![0.0_f32; items.len() * classes];
        for (i, item) in items.iter().enumerate() {
            let planes = &mut values[i * 3 * area..(i + 1) * 3 * area];
            for (at, rgb) in item.pixels.chunks_exact(3).enumerate() {
                for (plane, &value) in rgb.iter().enumerate() {
                    planes[plane * area + at] = f32::from(value) * (2.0 / 255.0) - 1.0;
                }
            }
            labels[i * classes + item.label] = 1.0;
        }
        Self {
            images: Tensor::from_data(
                TensorData::new(values, [items.len(), 3, size, size]),
                device,
            ),
            one_hot: Tensor::from_data(TensorData::new(labels, [items.len(), classes]), device),
        }
    }

    /// Number of samples.
    pub fn len(&self) -> usize {
        self.one_hot.dims()[0]
    }

    /// Whether there is no sample.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Order of `count` training images in `epoch`.
pub fn batch_order(seed: u64, epoch: u32, count: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    order.shuffle(&mut stream(seed, Purpose::Order, u64::from(epoch)));
    order
}
