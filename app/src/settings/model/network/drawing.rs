//! How a network is drawn, and the names of the places where it can be cut.

use rsc_core::config::{Backbone, Head, NetworkConfig, NetworkCost, PartCost};

use crate::ui::model::format;

/// What one of the parts after which a network can be cut is called in a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// A block of a network that is trained from nothing.
    Block,
    /// A stage of a pretrained network.
    Stage,
    /// The convolution of the head.
    HeadConv,
}

impl Part {
    /// That of the block with this number, from 1.
    fn of(network: &NetworkConfig, block: usize) -> Self {
        if block > network.backbone.blocks() {
            return Self::HeadConv;
        }
        match network.backbone {
            Backbone::SmallCnn { .. } | Backbone::ResNet { .. } => Self::Block,
            Backbone::Pretrained { .. } => Self::Stage,
        }
    }
}

/// The name of the block with this number, from 1, on a box or in a table.
pub(crate) fn block_name(network: &NetworkConfig, block: usize) -> String {
    match Part::of(network, block) {
        Part::Block => text!("layers.block", n = block),
        Part::Stage => text!("layers.stage", n = block),
        Part::HeadConv => String::from(text!("layers.head-conv")),
    }
}

/// Where the network can be cut: number of blocks, and its name with the shape of the features.
pub(crate) fn challenge_points(
    network: &NetworkConfig,
    cost: &NetworkCost,
) -> Vec<(String, String)> {
    let first = network.first_challenge_block();
    let last = cost.blocks.len();
    let point = |(i, part): (usize, &PartCost)| {
        let block = i + 1;
        let shape = shape(part);
        let name = match Part::of(network, block) {
            Part::Block if block == last => {
                text!("layers.after-last", block = block, shape = shape)
            }
            Part::Block => text!("layers.after", block = block, shape = shape),
            Part::Stage if part.frozen => {
                text!("layers.after-frozen-stage", stage = block, shape = shape)
            }
            Part::Stage => text!("layers.after-stage", stage = block, shape = shape),
            Part::HeadConv => text!("layers.after-head-conv", shape = shape),
        };
        (block.to_string(), name)
    };
    let parts = cost.blocks.iter().enumerate();
    parts.skip(first.saturating_sub(1)).map(point).collect()
}

/// `16 channels, 8 × 8`.
pub(crate) fn shape(part: &PartCost) -> String {
    plural!("layers.shape", part.channels, side = part.side)
}

/// One box of the network's diagram.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Drawn {
    /// What it is.
    pub(crate) name: String,
    /// What comes out of it, in two short lines.
    pub(crate) lines: [String; 2],
    /// Height of its slab, as a share of the input's.
    pub(crate) height: f64,
    /// Width of its slab in pixels: grows with the logarithm of its channels.
    pub(crate) width: f64,
    /// Whether features are muted behind it.
    pub(crate) challenged: bool,
    /// Whether its weights stay as they are.
    pub(crate) frozen: bool,
}

/// The network from the image to the logits.
pub(crate) fn drawing(
    network: &NetworkConfig,
    cost: &NetworkCost,
    image_size: usize,
) -> Vec<Drawn> {
    let slab = |name: String, channels: usize, side: usize| Drawn {
        name,
        lines: [
            plural!("layers.channels", channels),
            format!("{side} × {side}"), // not shown
        ],
        height: (side as f64 / image_size.max(1) as f64).clamp(0.0, 1.0),
        width: 4.0 + 3.0 * (channels.max(1) as f64).log2(),
        challenged: false,
        frozen: false,
    };
    let mut all = vec![slab(String::from(text!("layers.image")), 3, image_size)];
    if let Some(stem) = &cost.stem {
        all.push(slab(
            String::from(text!("layers.stem")),
            stem.channels,
            stem.side,
        ));
    }
    let cut = network.challenge_block();
    for (i, part) in cost.blocks.iter().enumerate() {
        let name = block_name(network, i + 1);
        let mut block = slab(name, part.channels, part.side);
        block.challenged = i + 1 == cut;
        block.frozen = part.frozen;
        all.push(block);
    }
    let features = cost.blocks.last();
    let features = features.map_or(0, |last| match network.head {
        Head::GapLinear | Head::ConvGapLinear { .. } => last.channels,
        Head::FlattenLinear => last.channels * last.side * last.side,
    });
    all.push(Drawn {
        name: match network.head {
            Head::GapLinear | Head::ConvGapLinear { .. } => String::from(text!("layers.average")),
            Head::FlattenLinear => String::from(text!("layers.flatten")),
        },
        lines: [
            text!("layers.features", n = format::thousands(features)),
            plural!("layers.logits", cost.linear.channels),
        ],
        height: 1.0 / image_size.max(1) as f64,
        width: 4.0 + 3.0 * (features.max(1) as f64).log2(),
        challenged: false,
        frozen: false,
    });
    all
}

#[cfg(test)]
mod tests {
    use rsc_core::config::RunConfig;

    use super::*;
    use crate::settings::model::network::kind::{Kind, choose_kind, set_trains};
    use rsc_core::config::{PretrainedNetwork, Trains};

    #[test]
    fn a_pretrained_network_is_cut_after_what_is_not_followed_by_a_frozen_stage() {
        let mut config = RunConfig::default();
        choose_kind(
            &mut config,
            Kind::Pretrained(PretrainedNetwork::EfficientNetLite0),
        );
        let points = |config: &RunConfig| {
            let cost = config.network.cost(config.data.image_size, 2);
            challenge_points(&config.network, &cost)
        };
        let names = points(&config);
        assert_eq!(names.len(), 2, "{names:?}");
        assert!(names[0].1.contains("stage 7") && names[0].1.contains("frozen"));
        assert!(names[1].1.contains("256 channels, 4 × 4"), "{names:?}");
        set_trains(&mut config, Trains::All);
        assert_eq!(points(&config).len(), 8);
        let cost = config.network.cost(128, 2);
        assert!(
            drawing(&config.network, &cost, 128)
                .iter()
                .all(|it| !it.frozen)
        );
        set_trains(&mut config, Trains::LastStage);
        let cost = config.network.cost(128, 2);
        let drawn = drawing(&config.network, &cost, 128);
        assert_eq!(drawn.iter().filter(|it| it.frozen).count(), 6);
        assert_eq!(drawn.iter().filter(|it| it.challenged).count(), 1);
    }
}
