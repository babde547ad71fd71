//! Tests of `network`.

use super::drawing::{challenge_points, drawing};
use super::kind::Kind;
use super::*;
use rsc_core::config::RunConfig;

fn small(channels: &[usize]) -> NetworkConfig {
    NetworkConfig {
        backbone: Backbone::SmallCnn {
            channels: channels.to_vec(),
        },
        ..NetworkConfig::default()
    }
}

#[test]
fn widths_double_and_keep_everything_else() {
    assert_eq!(Width::Wide.channels(6), [32, 64, 128, 256, 256, 256]);
    let mut backbone = Kind::ResNet.standard();
    assert!(Width::Standard.is_of(&backbone));
    Width::Narrow.apply(&mut backbone);
    assert!(Width::Narrow.is_of(&backbone) && !Width::Standard.is_of(&backbone));
    assert_eq!(backbone.blocks(), 3);
    let network = NetworkConfig {
        backbone,
        ..NetworkConfig::default()
    };
    assert_eq!(channel_counts(&network), [8, 8, 16, 32]);
    assert!(Width::Standard.is_of(&NetworkConfig::default().backbone));
}

#[test]
fn what_to_begin_with_is_valid() {
    for kind in [Kind::SmallCnn, Kind::ResNet] {
        for image_size in [28, 32, 96] {
            let mut config = RunConfig::default();
            config.data.image_size = image_size;
            config.network.backbone = kind.standard();
            assert_eq!(config.validate(), Ok(()));
            assert_eq!(Kind::of(&config.network.backbone), kind);
        }
    }
}

#[test]
fn depths_grow_and_shrink_and_those_offered_are_valid() {
    assert_eq!(with_depth(&[10, 7], 4), [10, 7, 14, 28]);
    assert_eq!(with_depth(&[512], 2), [512, 512]);
    assert_eq!(with_depth(&[16, 32, 64], 1), [16]);
    let stages = with_stages(&[], 3);
    assert_eq!(
        stages.iter().map(|s| s.stride).collect::<Vec<_>>(),
        [1, 2, 2]
    );
    // 28 → 14 → 7 → 3, and a fifth block would leave 1.
    assert_eq!(depths(&NetworkConfig::default(), 28), [1, 2, 3, 4]);
    assert_eq!(depths(&NetworkConfig::default(), 64), [1, 2, 3, 4, 5, 6]);
    for image_size in [28, 32, 48, 64, 96] {
        for kind in [Kind::SmallCnn, Kind::ResNet] {
            let mut config = RunConfig::default();
            config.data.image_size = image_size;
            config.network.backbone = kind.standard();
            for count in depths(&config.network, image_size) {
                set_depth(&mut config.network.backbone, count);
                assert_eq!(depth(&config.network.backbone), count);
                assert_eq!(config.validate(), Ok(()));
            }
        }
    }
}

#[test]
fn groups_divide_every_width() {
    assert_eq!(groups(&small(&[16, 24])), [1, 2, 4, 8]);
    assert_eq!(groups(&small(&[7, 16])), [1]);
    assert_eq!(usual_groups(&small(&[12, 36])), 6);
    let mut network = small(&[16, 32]);
    network.head = Head::ConvGapLinear { channels: 20 };
    assert_eq!(groups(&network), [1, 2, 4]);
}

#[test]
fn a_changed_backbone_takes_the_rest_along() {
    let mut network = small(&[12, 16]);
    network.challenge_after = Some(5);
    network.normalization = Normalization::Group { groups: 8 };
    fit_to_backbone(&mut network);
    assert_eq!(network.challenge_after, None);
    assert_eq!(network.normalization, Normalization::Group { groups: 4 });
    network.challenge_after = Some(1);
    fit_to_backbone(&mut network);
    assert_eq!(network.challenge_after, Some(1));
}

#[test]
fn points_and_diagram_follow_the_depth() {
    let mut network = NetworkConfig {
        challenge_after: Some(2),
        ..NetworkConfig::default()
    };
    let cost = network.cost(32, 4);
    let points = challenge_points(&network, &cost);
    assert_eq!(points.len(), 3);
    assert_eq!(points[0].1, "After block 1: 16 channels, 16 × 16");
    assert_eq!(points[2].1, "After block 3: 64 channels, 8 × 8 (last)");
    let drawn = drawing(&network, &cost, 32);
    let names: Vec<&str> = drawn.iter().map(|d| d.name.as_str()).collect();
    assert_eq!(
        names,
        ["image", "block 1", "block 2", "block 3", "average, linear"]
    );
    assert_eq!(
        drawn.iter().map(|d| d.challenged).collect::<Vec<_>>(),
        [false, false, true, false, false]
    );
    assert_eq!(drawn[4].lines, ["64 features", "4 logits"]);
    assert_eq!(drawn[1].height, 0.5);
    network.backbone = Kind::ResNet.standard();
    network.head = Head::FlattenLinear;
    let cost = network.cost(32, 4);
    let drawn = drawing(&network, &cost, 32);
    assert_eq!(drawn[1].name, "stem");
    assert_eq!(drawn[5].lines[0], "4,096 features");
}
