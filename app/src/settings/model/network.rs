//! What the network's controls do to a network: widths, depths, the choices that fit an image size,
//! the groups that fit all widths.

pub(crate) mod drawing;
pub(crate) mod kind;

use rsc_core::config::{Backbone, Head, NetworkConfig, Normalization, StageConfig};

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
            Backbone::Pretrained { .. } => {}
        }
    }

    /// Whether all blocks have these channels.
    pub(crate) fn is_of(self, backbone: &Backbone) -> bool {
        let mut applied = backbone.clone();
        self.apply(&mut applied);
        applied == *backbone
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

/// Blocks of a small CNN, or stages of another network.
pub(crate) fn depth(backbone: &Backbone) -> usize {
    match backbone {
        Backbone::SmallCnn { channels } => channels.len(),
        Backbone::ResNet { stages, .. } => stages.len(),
        Backbone::Pretrained { network, .. } => network.stages(),
    }
}

/// Gives a backbone so many blocks or stages; a pretrained one has as many as it has.
pub(crate) fn set_depth(backbone: &mut Backbone, count: usize) {
    match backbone {
        Backbone::SmallCnn { channels } => *channels = with_depth(channels, count),
        Backbone::ResNet { stages, .. } => *stages = with_stages(stages, count),
        Backbone::Pretrained { .. } => {}
    }
}

/// The numbers of blocks or stages that leave something of an image; always the present one too.
pub(crate) fn depths(network: &NetworkConfig, image_size: usize) -> Vec<usize> {
    let most = match network.backbone {
        Backbone::SmallCnn { .. } => MOST_BLOCKS,
        Backbone::ResNet { .. } => MOST_STAGES,
        Backbone::Pretrained { .. } => 0,
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

/// The channel counts that normalisation divides into groups.
fn channel_counts(network: &NetworkConfig) -> Vec<usize> {
    let mut counts = match &network.backbone {
        Backbone::SmallCnn { channels } => channels.clone(),
        Backbone::ResNet { stem, stages } => [*stem]
            .into_iter()
            .chain(stages.iter().map(|stage| stage.channels))
            .collect(),
        Backbone::Pretrained { .. } => Vec::new(),
    };
    if let Head::ConvGapLinear { channels } = network.head {
        counts.push(channels);
    }
    counts
}

/// The numbers of groups that divide every channel count, in rising order.
pub(crate) fn groups(network: &NetworkConfig) -> Vec<usize> {
    let counts = channel_counts(network);
    let least = counts.iter().copied().min().unwrap_or(1);
    (1..=least)
        .filter(|groups| counts.iter().all(|count| count % groups == 0))
        .collect()
}

/// The largest possible number of groups up to `wanted`.
fn groups_up_to(network: &NetworkConfig, wanted: usize) -> usize {
    let possible = groups(network);
    let fitting = possible.into_iter().rev().find(|&g| g <= wanted);
    fitting.unwrap_or(1)
}

/// The number of groups to begin with.
pub(crate) fn usual_groups(network: &NetworkConfig) -> usize {
    groups_up_to(network, GROUPS)
}

/// After a change of backbone or head: a challenge point that is gone becomes the last block, and a
/// number of groups that no longer divides all widths the next smaller one that does.
pub(crate) fn fit_to_backbone(network: &mut NetworkConfig) {
    let points = network.first_challenge_block()..network.blocks();
    if network
        .challenge_after
        .is_some_and(|block| !points.contains(&block))
    {
        network.challenge_after = None;
    }
    if let Normalization::Group { groups } = network.normalization {
        let groups = groups_up_to(network, groups);
        network.normalization = Normalization::Group { groups };
    }
}

#[cfg(test)]
mod tests;
