use super::*;
use crate::config::{PretrainedNetwork, StageConfig, Trains};

fn shapes(cost: &NetworkCost) -> Vec<[usize; 2]> {
    cost.parts()
        .map(|part| [part.channels, part.side])
        .collect()
}

#[test]
fn the_default_network() {
    let cost = NetworkConfig::default().cost(32, 4);
    // The same sum as in the engine's own test of its parameters.
    assert_eq!(cost.parameters(), 448 + 4640 + 18496 + 260);
    assert_eq!(cost.statistics(), 0);
    assert_eq!(shapes(&cost), [[16, 16], [32, 8], [64, 8], [4, 1]]);
    assert_eq!(
        cost.parts().map(|p| p.multiply_adds).collect::<Vec<_>>(),
        [
            16 * 27 * 32 * 32,
            32 * 144 * 16 * 16,
            64 * 288 * 8 * 8,
            64 * 4
        ]
    );
    assert_eq!(cost.multiply_adds(), 442_368 + 1_179_648 + 1_179_648 + 256);
}

#[test]
fn odd_sides_are_halved_downwards_by_pools() {
    let cost = NetworkConfig::default().cost(30, 4);
    assert_eq!(shapes(&cost), [[16, 15], [32, 7], [64, 7], [4, 1]]);
}

#[test]
fn normalisation_takes_the_place_of_biases() {
    let with = |normalization| {
        let network = NetworkConfig {
            normalization,
            ..NetworkConfig::default()
        };
        let cost = network.cost(32, 4);
        (cost.parameters(), cost.statistics())
    };
    let weights = 432 + 4608 + 18432;
    let channels = 16 + 32 + 64;
    assert_eq!(with(Normalization::None), (weights + channels + 260, 0));
    assert_eq!(
        with(Normalization::Group { groups: 4 }),
        (weights + 2 * channels + 260, 0)
    );
    assert_eq!(
        with(Normalization::Batch),
        (weights + 2 * channels + 260, 2 * channels)
    );
}

#[test]
fn flattening_needs_a_weight_for_each_position() {
    let network = NetworkConfig {
        head: Head::FlattenLinear,
        ..NetworkConfig::default()
    };
    let linear = network.cost(28, 10).linear;
    assert_eq!(linear.multiply_adds, 64 * 7 * 7 * 10);
    assert_eq!(linear.parameters, 64 * 7 * 7 * 10 + 10);
}

#[test]
fn a_resnet_with_and_without_projections() {
    let stage = |channels, blocks, stride| StageConfig {
        channels,
        blocks,
        stride,
    };
    let network = NetworkConfig {
        backbone: Backbone::ResNet {
            stem: 4,
            stages: vec![stage(4, 2, 1), stage(8, 1, 2)],
        },
        normalization: Normalization::Batch,
        ..NetworkConfig::default()
    };
    // Strides halve 21 upwards.
    let cost = network.cost(21, 5);
    assert_eq!(shapes(&cost), [[4, 21], [4, 21], [4, 21], [8, 11], [5, 1]]);
    let parameters: Vec<u64> = cost.parts().map(|p| p.parameters).collect();
    assert_eq!(
        parameters,
        [
            108 + 8,
            2 * (144 + 8),
            2 * (144 + 8),
            (288 + 16) + (576 + 16) + (32 + 16),
            45
        ]
    );
    let statistics: Vec<u64> = cost.parts().map(|p| p.statistics).collect();
    assert_eq!(statistics, [8, 16, 16, 48, 0]);
    let last = &cost.blocks[2];
    assert_eq!(last.multiply_adds, (288 + 576 + 32) * 11 * 11);
    assert_eq!(cost.linear.multiply_adds, 40);
}

fn pretrained(network: PretrainedNetwork, trains: Trains) -> NetworkConfig {
    NetworkConfig {
        backbone: Backbone::Pretrained {
            network,
            trains,
            batch_statistics: false,
        },
        ..NetworkConfig::default()
    }
}

#[test]
fn pretrained_networks_have_their_published_size() {
    // Parameters with the classifier of 1000 classes, as torchvision and the authors give them, and
    // multiply-adds of convolutions and classifier at 224 px.
    for (network, parameters, millions) in [
        (PretrainedNetwork::EfficientNetLite0, 4_652_008, 385),
        (PretrainedNetwork::ResNet18, 11_689_512, 1814),
        (PretrainedNetwork::ResNet50, 25_557_032, 4089),
    ] {
        let cost = pretrained(network, Trains::All).cost(224, 1000);
        assert_eq!(cost.parameters(), parameters, "{network:?}");
        assert_eq!(cost.multiply_adds() / 1_000_000, millions, "{network:?}");
        assert_eq!(cost.blocks.last().unwrap().side, 7);
        assert_eq!(cost.frozen_parameters(), 0);
    }
}

#[test]
fn frozen_stages_are_not_counted_as_trained() {
    let network = PretrainedNetwork::EfficientNetLite0;
    let all = pretrained(network, Trains::All).cost(96, 3);
    let head = pretrained(network, Trains::Head).cost(96, 3);
    assert_eq!(head.parameters(), 1280 * 3 + 3);
    assert_eq!(head.statistics(), 0);
    assert_eq!(
        head.frozen_parameters() + head.parameters(),
        all.parameters()
    );
    let last = pretrained(network, Trains::LastStage).cost(96, 3);
    assert_eq!(last.blocks.iter().filter(|it| it.frozen).count(), 6);
    assert_eq!(last.blocks.last().unwrap().channels, 1280);
}

#[test]
fn a_convolution_in_the_head_replaces_that_of_the_features() {
    let network = PretrainedNetwork::EfficientNetLite0;
    let mut config = pretrained(network, Trains::Head);
    let own = config.cost(128, 7);
    config.head = Head::ConvGapLinear { channels: 256 };
    let replaced = config.cost(128, 7);
    // Its weights, scales and shifts.
    let features = 320 * 1280 + 2 * 1280;
    assert_eq!(
        replaced.frozen_parameters() + features,
        own.frozen_parameters()
    );
    let last = replaced.blocks[6];
    assert_eq!([last.channels, last.side], [320, 4]);
    assert_eq!(replaced.parameters(), 320 * 256 + 256 + 256 * 7 + 7);
    // ResNets have none.
    let resnet = pretrained(PretrainedNetwork::ResNet18, Trains::Head);
    let conv = NetworkConfig {
        head: config.head,
        ..resnet.clone()
    };
    assert_eq!(
        conv.cost(128, 7).frozen_parameters(),
        resnet.cost(128, 7).frozen_parameters()
    );
}

#[test]
fn a_convolution_in_the_head_is_a_block() {
    let config = NetworkConfig {
        head: Head::ConvGapLinear { channels: 10 },
        ..NetworkConfig::default()
    };
    let cost = config.cost(32, 4);
    assert_eq!(shapes(&cost), [[16, 16], [32, 8], [64, 8], [10, 8], [4, 1]]);
    assert_eq!(cost.parameters(), 448 + 4640 + 18496 + 650 + 44);
    assert_eq!(config.blocks(), 4);
    assert_eq!(config.challenge_block(), 4);
}
