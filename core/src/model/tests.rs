//! Shapes, cuts and exported weights.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests read at once and may panic"
)]

use burn::{
    module::Module,
    tensor::{Device, Tensor},
};
use pollster::block_on;
use safetensors::SafeTensors;

use super::*;
use crate::config::{Backbone, Head, NetworkConfig, Normalization, StageConfig};

fn resnet(cut: usize) -> NetworkConfig {
    let stage = |channels, stride| StageConfig {
        channels,
        blocks: 2,
        stride,
    };
    NetworkConfig {
        backbone: Backbone::ResNet {
            stem: 4,
            stages: vec![stage(4, 1), stage(8, 2), stage(12, 2)],
        },
        normalization: Normalization::Batch,
        challenge_after: Some(cut),
        ..NetworkConfig::default()
    }
}

fn feature_shape(network: &Network, side: usize, device: &Device) -> [usize; 3] {
    let image = Tensor::zeros([1, 3, side, side], device);
    let [_, channels, height, width] = network.body(image, Mode::Evaluate).dims();
    [channels, height, width]
}

#[test]
fn the_default_network_has_the_published_size() {
    let device = Device::flex();
    let network = Network::init(&NetworkConfig::default(), 32, 4, 0, &device);
    // 3·16·9 + 16, 16·32·9 + 32, 32·64·9 + 64, 64·4 + 4.
    assert_eq!(network.num_params(), 448 + 4640 + 18496 + 260);
    assert_eq!(feature_shape(&network, 32, &device), [64, 8, 8]);
    assert_eq!(feature_shape(&network, 28, &device), [64, 7, 7]);
}

#[test]
fn every_cut_gives_the_same_logits() {
    let device = Device::flex();
    let image = Tensor::<4>::ones([2, 3, 21, 21], &device) * 0.3;
    let expected = [
        [4, 21, 21],
        [4, 21, 21],
        [8, 11, 11],
        [8, 11, 11],
        [12, 6, 6],
        [12, 6, 6],
    ];
    let mut logits = Vec::new();
    for (cut, shape) in (1..=6).zip(expected) {
        let network = Network::init(&resnet(cut), 21, 5, 3, &device);
        assert_eq!(feature_shape(&network, 21, &device), shape);
        let features = network.body(image.clone(), Mode::Evaluate);
        let out = network.head(features, Mode::Evaluate);
        logits.push(out.into_data().try_into_vec::<f32>().unwrap());
    }
    assert!(logits.windows(2).all(|pair| pair[0] == pair[1]));
}

#[test]
fn weights_are_exported_by_name_in_pytorch_layout() {
    let device = Device::flex();
    let config = NetworkConfig {
        head: Head::FlattenLinear,
        backbone: Backbone::SmallCnn {
            channels: vec![4, 6],
        },
        normalization: Normalization::Batch,
        ..NetworkConfig::default()
    };
    let network = Network::init(&config, 16, 3, 0, &device);
    let file = block_on(to_safetensors(&network)).unwrap();
    let tensors = SafeTensors::deserialize(&file).unwrap();
    let shape = |name: &str| tensors.tensor(name).unwrap().shape().to_vec();
    let mut names = tensors.names();
    names.sort_unstable();
    assert_eq!(shape("linear.weight"), [3, 6 * 64]);
    assert_eq!(shape("linear.bias"), [3]);
    assert_eq!(
        names,
        [
            "blocks.0.conv.weight",
            "blocks.0.norm.bias",
            "blocks.0.norm.running_mean",
            "blocks.0.norm.running_var",
            "blocks.0.norm.weight",
            "blocks.1.conv.weight",
            "blocks.1.norm.bias",
            "blocks.1.norm.running_mean",
            "blocks.1.norm.running_var",
            "blocks.1.norm.weight",
            "linear.bias",
            "linear.weight",
        ]
    );
}
