//! What the network's controls do to a network, and how it is drawn: widths, depths, the choices
//! that fit an image size, the groups that fit all widths.

use rsc_core::config::{
    Backbone, Head, NetworkConfig, NetworkCost, Normalization, PartCost, StageConfig,
};

use crate::ui::model::format;

/// Most blocks of a small CNN.
pub(crate) const MOST_BLOCKS: usize = 6;
/// Most stages of a ResNet.
pub(crate) const MOST_STAGES: usize = 4;
/// Most channels that doubling from block to block arrives at.
const DOUBLED: usize = 256;
/// Smallest side that the engine accepts for the last feature map.
const SMALLEST_SIDE: usize = 2;
/// Group normalisation starts with about so many groups.
const GROUPS: usize = 8;

/// A quick choice for all channel counts: twice as many from block to block, beginning here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Width {
    /// From 8 channels on.
    Narrow,
    /// From 16 on, as in the default.
    Standard,
    /// From 32 on.
    Wide,
}

impl Width {
    /// All of them, in the order shown.
    pub(crate) const ALL: [Self; 3] = [Self::Narrow, Self::Standard, Self::Wide];

    /// Its name on a button.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Narrow => "Narrow",
            Self::Standard => "Standard",
            Self::Wide => "Wide",
        }
    }

    fn first(self) -> usize {
        match self {
            Self::Narrow => 8,
            Self::Standard => 16,
            Self::Wide => 32,
        }
    }

    /// The first `count` channel counts.
    pub(crate) fn channels(self, count: usize) -> Vec<usize> {
        let doubled = |i: usize| (self.first() << i.min(16)).min(DOUBLED);
        (0..count).map(doubled).collect()
    }

    /// Gives all blocks these channels; their number, strides and the like stay.
    pub(crate) fn apply(self, backbone: &mut Backbone) {
        match backbone {
            Backbone::SmallCnn { channels } => *channels = self.channels(channels.len()),
            Backbone::ResNet { stem, stages } => {
                *stem = self.first();
                let wanted = self.channels(stages.len());
                for (stage, channels) in stages.iter_mut().zip(wanted) {
                    stage.channels = channels;
                }
            }
        }
    }

    /// Whether all blocks have these channels.
    pub(crate) fn is_of(self, backbone: &Backbone) -> bool {
        let mut applied = backbone.clone();
        self.apply(&mut applied);
        applied == *backbone
    }
}

/// The two kinds of backbone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Plain blocks with pools between them.
    SmallCnn,
    /// Stages of blocks with shortcuts.
    ResNet,
}

impl Kind {
    /// Which one `backbone` is.
    pub(crate) fn of(backbone: &Backbone) -> Self {
        match backbone {
            Backbone::SmallCnn { .. } => Self::SmallCnn,
            Backbone::ResNet { .. } => Self::ResNet,
        }
    }

    /// The backbone of this kind to begin with. The ResNet is that of He et al. 2016 for small
    /// images with one block in each stage: ResNet-8.
    pub(crate) fn standard(self) -> Backbone {
        match self {
            Self::SmallCnn => NetworkConfig::default().backbone,
            Self::ResNet => Backbone::ResNet {
                stem: Width::Standard.first(),
                stages: with_stages(&[], 3),
            },
        }
    }
}

/// `count` channel counts: the first of those there are, then twice as many from one to the next.
pub(crate) fn with_depth(channels: &[usize], count: usize) -> Vec<usize> {
    let mut channels = channels.to_vec();
    channels.truncate(count);
    while channels.len() < count {
        let next = match channels.last() {
            Some(&last) => (2 * last).min(DOUBLED.max(last)),
            None => Width::Standard.first(),
        };
        channels.push(next);
    }
    channels
}

/// `count` stages: the first of those there are, then halving the side and doubling the channels.
pub(crate) fn with_stages(stages: &[StageConfig], count: usize) -> Vec<StageConfig> {
    let mut stages = stages.to_vec();
    stages.truncate(count);
    while stages.len() < count {
        let next = match stages.last() {
            Some(last) => StageConfig {
                channels: (2 * last.channels).min(DOUBLED.max(last.channels)),
                blocks: last.blocks,
                stride: 2,
            },
            None => StageConfig {
                channels: Width::Standard.first(),
                blocks: 1,
                stride: 1,
            },
        };
        stages.push(next);
    }
    stages
}

/// Blocks of a small CNN, or stages of a ResNet.
pub(crate) fn depth(backbone: &Backbone) -> usize {
    match backbone {
        Backbone::SmallCnn { channels } => channels.len(),
        Backbone::ResNet { stages, .. } => stages.len(),
    }
}

/// Gives a backbone so many blocks or stages.
pub(crate) fn set_depth(backbone: &mut Backbone, count: usize) {
    match backbone {
        Backbone::SmallCnn { channels } => *channels = with_depth(channels, count),
        Backbone::ResNet { stages, .. } => *stages = with_stages(stages, count),
    }
}

/// The numbers of blocks or stages that leave something of an image; always the present one too.
pub(crate) fn depths(network: &NetworkConfig, image_size: usize) -> Vec<usize> {
    let most = match network.backbone {
        Backbone::SmallCnn { .. } => MOST_BLOCKS,
        Backbone::ResNet { .. } => MOST_STAGES,
    };
    let now = depth(&network.backbone);
    let fits = |count: &usize| {
        let mut other = network.clone();
        set_depth(&mut other.backbone, *count);
        let last = other.cost(image_size, 1).blocks.last().copied();
        *count == now || last.is_some_and(|last| last.side >= SMALLEST_SIDE)
    };
    (1..=most.max(now)).filter(fits).collect()
}

fn channel_counts(backbone: &Backbone) -> Vec<usize> {
    match backbone {
        Backbone::SmallCnn { channels } => channels.clone(),
        Backbone::ResNet { stem, stages } => [*stem]
            .into_iter()
            .chain(stages.iter().map(|stage| stage.channels))
            .collect(),
    }
}

/// The numbers of groups that divide every channel count, in rising order.
pub(crate) fn groups(backbone: &Backbone) -> Vec<usize> {
    let counts = channel_counts(backbone);
    let least = counts.iter().copied().min().unwrap_or(1);
    (1..=least)
        .filter(|groups| counts.iter().all(|count| count % groups == 0))
        .collect()
}

/// The largest possible number of groups up to `wanted`.
fn groups_up_to(backbone: &Backbone, wanted: usize) -> usize {
    let possible = groups(backbone);
    let fitting = possible.into_iter().rev().find(|&g| g <= wanted);
    fitting.unwrap_or(1)
}

/// The number of groups to begin with.
pub(crate) fn usual_groups(backbone: &Backbone) -> usize {
    groups_up_to(backbone, GROUPS)
}

/// After a change of the backbone: a challenge point that is gone becomes the last block, and a
/// number of groups that no longer divides all widths the next smaller one that does.
pub(crate) fn fit_to_backbone(network: &mut NetworkConfig) {
    let blocks = network.backbone.blocks();
    if network.challenge_after.is_some_and(|block| block >= blocks) {
        network.challenge_after = None;
    }
    if let Normalization::Group { groups } = &mut network.normalization {
        *groups = groups_up_to(&network.backbone, *groups);
    }
}

/// Where the network can be cut: number of blocks, and its name with the shape of the features.
pub(crate) fn challenge_points(cost: &NetworkCost) -> Vec<(String, String)> {
    let last = cost.blocks.len();
    let point = |(i, part): (usize, &PartCost)| {
        let block = i + 1;
        let name = if block == last {
            text!("layers.after-last", block = block, shape = shape(part))
        } else {
            text!("layers.after", block = block, shape = shape(part))
        };
        (block.to_string(), name)
    };
    cost.blocks.iter().enumerate().map(point).collect()
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
        let mut block = slab(text!("layers.block", n = i + 1), part.channels, part.side);
        block.challenged = i + 1 == cut;
        all.push(block);
    }
    let features = cost.blocks.last();
    let features = features.map_or(0, |last| match network.head {
        Head::GapLinear => last.channels,
        Head::FlattenLinear => last.channels * last.side * last.side,
    });
    all.push(Drawn {
        name: match network.head {
            Head::GapLinear => String::from(text!("layers.average")),
            Head::FlattenLinear => String::from(text!("layers.flatten")),
        },
        lines: [
            text!("layers.features", n = format::thousands(features)),
            plural!("layers.logits", cost.linear.channels),
        ],
        height: 1.0 / image_size.max(1) as f64,
        width: 4.0 + 3.0 * (features.max(1) as f64).log2(),
        challenged: false,
    });
    all
}

#[cfg(test)]
mod tests;
