//! Batches: images as tensors on the device, and their seeded order.

use burn::tensor::{Device, Tensor, TensorData};
use rand::seq::SliceRandom;

use super::random::{Purpose, stream};
use crate::{config::PixelScale, data::Item};

/// Images and their labels on the device, outside any graph.
#[derive(Debug, Clone)]
pub struct Batch {
    /// `[B, 3, S, S]`, scaled as the backbone wants it; with frozen stages their features,
    /// `[B, C, H, W]`.
    pub images: Tensor<4>,
    /// `[B, K]`.
    pub one_hot: Tensor<2>,
}

impl Batch {
    /// Uploads `items`, each `size × size` RGB, as values `2·v/255 − 1`.
    pub fn new(items: &[&Item], size: usize, classes: usize, device: &Device) -> Self {
        let images = images_on(items, size, PixelScale::SYMMETRIC, device);
        Self::of(images, items, classes, device)
    }

    /// `images` (or features) with the labels of `items`.
    pub(super) fn of(images: Tensor<4>, items: &[&Item], classes: usize, device: &Device) -> Self {
        let mut labels = vec![0.0_f32; items.len() * classes];
        for (i, item) in items.iter().enumerate() {
            labels[i * classes + item.label] = 1.0;
        }
        let labels = TensorData::new(labels, [items.len(), classes]);
        Self {
            images,
            one_hot: Tensor::from_data(labels, device),
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

/// Uploads `items`, each `size × size` RGB, as `[B, 3, S, S]`.
pub(super) fn images_on(
    items: &[&Item],
    size: usize,
    scale: PixelScale,
    device: &Device,
) -> Tensor<4> {
    let area = size * size;
    let mut values = vec![0.0_f32; items.len() * 3 * area];
    // `v · factor + offset`, by which the network that is trained from nothing gets `2·v/255 − 1`.
    let factor = scale.deviation.map(|deviation| 1.0 / deviation);
    let offset: [f32; 3] = std::array::from_fn(|c| -scale.mean[c] / scale.deviation[c]);
    for (i, item) in items.iter().enumerate() {
        let planes = &mut values[i * 3 * area..(i + 1) * 3 * area];
        for (at, rgb) in item.pixels.chunks_exact(3).enumerate() {
            for (plane, &value) in rgb.iter().enumerate() {
                planes[plane * area + at] = f32::from(value) * factor[plane] + offset[plane];
            }
        }
    }
    let data = TensorData::new(values, [items.len(), 3, size, size]);
    Tensor::from_data(data, device)
}

/// Order of `count` training images in `epoch`.
pub fn batch_order(seed: u64, epoch: u32, count: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    order.shuffle(&mut stream(seed, Purpose::Order, u64::from(epoch)));
    order
}

/// Order of the training images in `epoch`, where every batch has `each` images of each domain, domain
/// after domain: indices into [`crate::data::Dataset::training`], for `steps` batches.
///
/// `counts` are the domains' training images. A domain is passed over in an order of its own, and anew
/// when it is used up, whatever the epoch.
pub(super) fn domain_order(
    seed: u64,
    epoch: u32,
    counts: &[usize],
    each: usize,
    steps: usize,
) -> Vec<usize> {
    let begin = u64::from(epoch) * (steps * each) as u64;
    let mut first = 0;
    let columns = counts.iter().enumerate().map(|(domain, &count)| {
        let column = domain_images(seed, domain, count, begin, steps * each);
        first += count;
        column.into_iter().map(move |image| first - count + image)
    });
    let columns: Vec<Vec<usize>> = columns.map(Iterator::collect).collect();
    let batches = (0..steps).flat_map(|step| {
        let of_step = columns
            .iter()
            .map(move |it| &it[step * each..(step + 1) * each]);
        of_step.flatten().copied()
    });
    batches.collect()
}

/// `length` images of a domain of `count`, from the `begin`th on of all passes over it.
fn domain_images(seed: u64, domain: usize, count: usize, begin: u64, length: usize) -> Vec<usize> {
    let mut images = Vec::with_capacity(length);
    let mut pass = begin / count as u64;
    let mut skip = (begin % count as u64) as usize;
    while images.len() < length {
        let mut order: Vec<usize> = (0..count).collect();
        let index = (domain as u64) << 32 | pass;
        order.shuffle(&mut stream(seed, Purpose::DomainOrder, index));
        images.extend(order.into_iter().skip(skip).take(length - images.len()));
        (pass, skip) = (pass + 1, 0);
    }
    images
}
